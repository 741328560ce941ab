//! The harness against software that others made: servers, and tools that look at the same things as we do.
//!
//! Nothing is installed here. A test that lacks a program fails and says which one, and which package has it.

mod dicom;
mod foreign;
mod handoffs;
mod hsm;
mod mutual_tls;
mod offline;
#[path = "../it/outside.rs"]
mod outside;
#[path = "../it/ports.rs"]
mod ports;
mod profiles;
mod soap;
mod support;
mod time;
mod tls_grades;
mod viewer;
mod xmldsig;
