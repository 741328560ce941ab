//! Loading packages of FHIR definitions, and checking a Bundle of 100 entries against profiles. The aims are 300 ms for the
//! standard with the profiles of a country, and 50 ms for the Bundle.

use std::hint::black_box;

use criterion::Criterion;
use serde_json::{Value, json};
use twiin_harness::check::structure::{Options, ProfileChecker};
use twiin_harness::wire::fhir::definitions::{Definitions, PackageLimits, Release};

use super::fhir_material::{bundle, package, profile, standard, weight};

const FHIR: &str = "3.0.2";

/// As many definitions as STU3 and zib2017 have together, of about their size.
fn many() -> Vec<Value> {
    let mut all = standard(FHIR);
    all.extend(weight(FHIR));
    let words = "What an element of a profile means, in so many words that it is as long as most are. ".repeat(6);
    all.extend((0..800).map(|number| {
        let element = |at: usize| (format!("Observation.element{at}"), json!({"min": 0, "definition": words}));
        profile(FHIR, &format!("filler-{number}"), "Observation", (0..40).map(element).collect())
    }));
    all.extend((0..2_300).map(|number| {
        let codes: Vec<Value> = (0..20).map(|code| json!({"code": format!("c{code}"), "display": "A code"})).collect();
        let system = format!("http://example.org/codes/{number}");
        json!({"resourceType": "ValueSet", "url": format!("http://example.org/fhir/ValueSet/{number}"),
            "compose": {"include": [{"system": system, "concept": codes}]}})
    }));
    all
}

fn definitions(bytes: &[u8]) -> Definitions {
    let mut definitions = Definitions::new(Release::Stu3);
    definitions.add_bytes(bytes.to_vec(), &PackageLimits::default()).unwrap();
    definitions
}

pub fn measure(criterion: &mut Criterion) {
    let bytes = package("own.profiles", "1.0.0", FHIR, &many());
    criterion.bench_function("profiles: load 3,100 definitions from a package", |b| {
        b.iter(|| black_box(definitions(&bytes)));
    });
    let checker = ProfileChecker::new(definitions(&bytes), Options::default());
    let bundle = bundle(99);
    assert!(checker.check(&bundle, &[]).is_validated());
    criterion.bench_function("profiles: check a Bundle of 100 entries", |b| {
        b.iter(|| black_box(checker.check(&bundle, &[])));
    });
}
