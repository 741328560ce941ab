//! Integration tests, one file per promise.
#![allow(clippy::unwrap_used)]

mod browse;
mod cli;
mod deviations;
mod diagnostics;
mod evidence;
mod ladder;
mod logging;
mod pipeline;
mod readme;
mod schemas;
mod simulate;
mod suite;
mod support;
