//! Limits on everything that a candidate controls. Reaching one is an observation, not a crash.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Limits of time (milliseconds) and size (bytes) of one exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Limits {
    /// Setting up the TCP connection.
    pub connect_ms: u64,
    /// The TLS handshake.
    pub handshake_ms: u64,
    /// From the request to the first byte of the response.
    pub first_byte_ms: u64,
    /// The whole exchange.
    pub total_ms: u64,
    /// Head of a message.
    pub head_bytes: usize,
    /// Body of a message.
    pub body_bytes: usize,
    /// Body of a package of documents (`multipart/related`): what exceeds `body-bytes` is read piece by piece and not kept.
    pub package_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_ms: 5_000,
            handshake_ms: 5_000,
            first_byte_ms: 30_000,
            total_ms: 60_000,
            head_bytes: 64 * 1024,
            body_bytes: 16 * 1024 * 1024,
            package_bytes: 1024 * 1024 * 1024,
        }
    }
}

impl Limits {
    /// A limit as a duration.
    pub fn duration(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }
}
