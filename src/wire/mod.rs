//! Protocols as plain values: parse, build, print; no sockets.

pub mod audit;
pub mod authorization;
pub mod consent;
pub mod dezi;
pub mod did_x509;
pub mod dsse;
pub mod fhir;
pub mod http;
pub mod jades;
pub mod jose;
pub mod mcsd;
pub mod nuts;
pub mod oauth;
pub mod query;
pub mod roles;
pub mod saml;
pub mod soap;
pub mod status;
pub mod task;
pub mod tls;
pub mod tsp;
pub mod x509;
pub mod xacml;
pub mod xcpd;
pub mod xml;
pub mod zip;
