//! Integration tests, one file per promise.
#![allow(clippy::unwrap_used)]

mod attest;
mod bewijs;
mod browse;
mod cli;
mod correspondence;
mod deviations;
mod diagnostics;
mod doctor;
mod eoverdracht;
mod evidence;
mod fhir;
mod fhir_in_runs;
mod fhir_material;
mod gateway;
mod golden;
mod hl7;
mod ladder;
mod logging;
mod maternity;
mod outside;
mod own_rules;
mod packages;
mod pipeline;
mod ports;
mod readme;
mod schemas;
mod simulate;
mod since;
mod stamping;
mod story;
mod suite;
mod support;
mod tamper;
