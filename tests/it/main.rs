//! Integration tests, one file per promise.
#![allow(clippy::unwrap_used)]

mod attest;
mod bewijs;
mod browse;
mod cli;
mod deviations;
mod diagnostics;
mod doctor;
mod evidence;
mod gateway;
mod ladder;
mod logging;
mod own_rules;
mod pipeline;
mod readme;
mod schemas;
mod simulate;
mod suite;
mod support;
mod tamper;
