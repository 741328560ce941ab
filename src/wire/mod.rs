//! Protocols as plain values: parse, build, print; no sockets.

pub mod fhir;
