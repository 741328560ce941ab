//! The only sockets: connecting, listening, certificates.

pub mod pki;
