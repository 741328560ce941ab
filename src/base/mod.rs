//! Words everything shares.
