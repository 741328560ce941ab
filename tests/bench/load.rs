//! Loading and cross-checking everything that is shipped, and judging a stored transcript.

use criterion::Criterion;
use twiin_harness::base::files::FileSet;
use twiin_harness::judge::judge;
use twiin_harness::suite::Suite;
use twiin_harness::transcript::store;

use super::material::{self, root};
use super::steps::Driven;

pub fn measure(criterion: &mut Criterion) {
    let files = FileSet::from_dir(&root(), &["scenarios", "profiles"]).unwrap();
    criterion.bench_function("load and lint: all scenarios and requirements", |b| {
        b.iter(|| Suite::load(files.clone()).unwrap());
    });

    let driven = Driven::new(200);
    let dir = driven.run();
    let transcript = dir.path().join(material::TRANSCRIPT);
    let (suite, plan) = (&driven.suite, &driven.plan);
    let selection = &plan.selection;
    let data = suite.check_data(&selection.zorgtoepassingen, &selection.release, &driven.candidate);
    criterion.bench_function("judge: a stored transcript of 200 steps", |b| {
        b.iter(|| judge(suite, plan, &data, &store::read(&transcript).unwrap().events));
    });
}
