//! The harness against software that others made: servers, and tools that look at the same things as we do.
//!
//! Nothing is installed here. A test that lacks a program fails and says which one, and which package has it.

mod foreign;
mod hsm;
mod mutual_tls;
mod support;
mod time;
mod tls_grades;
mod xmldsig;
