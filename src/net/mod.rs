//! The only sockets: connecting, listening, certificates.
