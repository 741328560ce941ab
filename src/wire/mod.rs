//! Protocols as plain values: parse, build, print; no sockets.

pub mod consent;
pub mod audit;
pub mod fhir;
pub mod http;
pub mod jose;
pub mod oauth;
pub mod query;
pub mod status;
pub mod soap;
pub mod task;
pub mod tls;
pub mod x509;
pub mod xacml;
pub mod xml;
