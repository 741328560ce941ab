//! DICOM instances: how fast one is read, and what a large study costs in time and memory.

use std::hint::black_box;
use std::io::BufReader;
use std::path::Path;
use std::time::Instant;

use criterion::{Criterion, Throughput};
use twiin_harness::simulator::imaging::Archive;
use twiin_harness::wire::dicom::make::{Kind, Patient, Picture, Study};
use twiin_harness::wire::dicom::{EXPLICIT_LITTLE_ENDIAN, Limits, read, read_bytes};
use twiin_harness::wire::metadata::MetadataProfile;

/// Pixel data of one slice: 512 by 512 pixels of two bytes.
const PIXELS: usize = 512 << 10;

fn study() -> Study {
    Study {
        uid: "2.999.50.9".to_owned(),
        patient: Patient {
            bsn: "999943145".to_owned(),
            name: "Verzonnen^SIM".to_owned(),
            birth: "19510412".to_owned(),
            sex: "F".to_owned(),
        },
        accession: "SIM00009".to_owned(),
        accession_issuer: "2.999.1.1.30".to_owned(),
        date: "20250301".to_owned(),
        time: "101500".to_owned(),
        description: "CT TEST".to_owned(),
        institution: "TEST".to_owned(),
    }
}

/// A slice that is as large as in practice: the small one, with more pixel data behind the same header.
fn slice(study: &Study, number: u16) -> Vec<u8> {
    let instance = format!("{}.1.{number}", study.uid);
    let series = format!("{}.1", study.uid);
    let kind = Kind::ComputedTomography(number);
    let picture = Picture { kind, study, series: &series, series_number: 1, instance: &instance, number };
    let mut bytes = picture.file(EXPLICIT_LITTLE_ENDIAN).unwrap();
    // The pixel data are the last element: 64 by 64 pixels of two bytes, behind their length.
    bytes.truncate(bytes.len() - 64 * 64 * 2 - 4);
    bytes.extend((PIXELS as u32).to_le_bytes());
    bytes.resize(bytes.len() + PIXELS, 7);
    bytes
}

/// One slice, in memory.
pub fn measure(criterion: &mut Criterion) {
    let bytes = slice(&study(), 1);
    let mut group = criterion.benchmark_group("dicom");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("one slice of 512 KiB", |b| b.iter(|| read_bytes(black_box(&bytes)).unwrap().facts()));
    group.finish();
}

/// The most memory that this process has had, in MiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() / 1024
}

/// A study of so many megabytes: every instance read and digested, then the folder taken as an archive with a manifest.
pub fn measure_once(megabytes: usize) {
    let folder = tempfile::tempdir().unwrap();
    let study = study();
    let slices = megabytes * 1_000_000 / PIXELS;
    for number in 0..slices {
        let path = folder.path().join(format!("{number}.dcm"));
        std::fs::write(path, slice(&study, u16::try_from(number).unwrap())).unwrap();
    }
    let began = Instant::now();
    let mut bytes = 0;
    for number in 0..slices {
        let file = std::fs::File::open(folder.path().join(format!("{number}.dcm"))).unwrap();
        bytes += read(BufReader::with_capacity(1 << 16, file), &Limits::default()).unwrap().facts().size;
    }
    println!(
        "{slices} instances, {bytes} bytes, read in {:.2} s, at most {} MiB",
        began.elapsed().as_secs_f64(),
        peak()
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("profiles/beeldbeschikbaarheid/metadata/nictiz-bbs-1.0.0-alpha2.yaml");
    let profile: MetadataProfile = serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let began = Instant::now();
    let archive = Archive::folder(folder.path(), &profile).unwrap();
    let community = &archive.communities[0];
    println!(
        "a folder of {} instances became an archive with {} manifest in {:.2} s, at most {} MiB",
        community.instances.len(),
        community.documents.len(),
        began.elapsed().as_secs_f64(),
        peak()
    );
}
