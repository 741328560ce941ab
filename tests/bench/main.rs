//! How fast the harness is: loading, judging, verifying, and plain HTTP steps against a loopback server.
//!
//! `cargo bench` measures with Criterion. `tests/bench/side-by-side.sh` uses the two other words of this program, to give
//! `hurl` and the harness the same requests, the same assertions and the same server:
//! `serve` answers on a loopback port until its input ends, `material DIR STEPS PORT` writes what both of them run.
//! `study MB` reads a DICOM study of that size from disk, and tells its time and the memory that it took.
//! `bewijs DIR` writes bewijzen to measure a whole process with.

#![allow(missing_docs, clippy::unwrap_used)]

mod assertions;
// Shared with the tests, which use more of it.
#[allow(dead_code)]
#[path = "../it/fhir_material.rs"]
mod fhir_material;
mod load;
mod material;
mod profiles;
mod server;
mod steps;
mod study;
mod timeline;
mod verify;

use criterion::Criterion;

fn main() {
    twiin_harness::net::install_crypto();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", ..] => server::serve_until_input_ends(),
        ["material", dir, steps, port, ..] => {
            material::write(std::path::Path::new(dir), steps.parse().unwrap(), port.parse().unwrap());
        }
        ["study", megabytes, ..] => study::measure_once(megabytes.parse().unwrap()),
        ["bewijs", dir, ..] => verify::write(std::path::Path::new(dir)),
        _ => {
            let mut criterion = Criterion::default().configure_from_args().without_plots();
            assertions::measure(&mut criterion);
            load::measure(&mut criterion);
            profiles::measure(&mut criterion);
            steps::measure(&mut criterion);
            study::measure(&mut criterion);
            timeline::measure(&mut criterion);
            verify::measure(&mut criterion);
            criterion.final_summary();
        }
    }
}
