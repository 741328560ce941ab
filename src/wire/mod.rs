//! Protocols as plain values: parse, build, print; no sockets.

pub mod authorization;
pub mod fhir;
pub mod http;
pub mod jose;
pub mod oauth;
pub mod query;
pub mod roles;
pub mod task;
pub mod tls;
pub mod x509;
pub mod xml;
