//! 1,000 plain HTTP steps with five assertions each, with and without evidence.
//!
//! With evidence: the transcript on disk is judged, the evidence document signed, HTML and JUnit rendered and written.

use std::sync::Arc;

use criterion::{Criterion, SamplingMode};
use tempfile::TempDir;
use twiin_harness::base::text::Language;
use twiin_harness::evidence::folder::{self, RunConfig, Tool};
use twiin_harness::evidence::model::Kind;
use twiin_harness::evidence::sign;
use twiin_harness::net::pki::{Credential, LeafFlaw};
use twiin_harness::plan::{Plan, Selection};
use twiin_harness::report::{Format, TerminalOptions, render};
use twiin_harness::run::{Bench, Options, run, self_test_kit};
use twiin_harness::simulator::Addresses;
use twiin_harness::suite::requirement::Role;
use twiin_harness::suite::{CandidateFile, Suite};
use twiin_harness::transcript::store::Writer;

use super::{material, server};

/// A plan of so many steps, its candidate, and what is needed to run it.
pub struct Driven {
    pub suite: Arc<Suite>,
    pub plan: Plan,
    pub candidate: CandidateFile,
    text: String,
    bench: Arc<Bench>,
    credential: Credential,
}

impl Driven {
    pub fn new(steps: usize) -> Self {
        let port = server::start();
        let suite = Arc::new(Suite::load(material::suite(steps)).unwrap());
        let text = material::candidate(&material::reference(), port);
        let candidate = folder::candidate("candidate.yaml", &text, false).unwrap();
        let selection = Selection { only: Some(material::SCENARIO.into()), ..Selection::everything(&suite) };
        let plan = Plan::new(&suite, &candidate, selection).unwrap();
        let selection = &plan.selection;
        let (mut kit, _) = self_test_kit(&suite, "bgz", &selection.release, &candidate, None).unwrap();
        let endpoints = candidate.endpoints(Role::Sending).unwrap();
        let addresses = Addresses {
            fhir_base: endpoints.fhir_base.clone(),
            token_endpoint: endpoints.token_endpoint.clone(),
            r4_base: None,
            handoff_notifications: None,
            issuer: None,
            gateway: None,
        };
        kit.target = [(Role::Sending, addresses)].into();
        kit.hosts = candidate.hosts();
        let credential = kit.partner.credential(LeafFlaw::None).unwrap().clone();
        let bench = Arc::new(Bench { kit: Arc::new(kit), others: Default::default(), embedded: None });
        Self { suite, plan, candidate, text, bench, credential }
    }

    /// Runs the plan into a fresh folder.
    pub fn run(&self) -> TempDir {
        let dir = tempfile::tempdir().unwrap();
        let config: RunConfig = serde_json::from_value(serde_json::json!({
            "run": "speed", "selection": self.plan.selection, "embedded": false,
        }))
        .unwrap();
        folder::begin(dir.path(), &config, &self.suite, &self.text).unwrap();
        let writer = Writer::create(&dir.path().join(material::TRANSCRIPT)).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let work = run(self.suite.clone(), &self.plan, self.bench.clone(), writer.clone(), Options::default());
        runtime.block_on(work);
        writer.finish().unwrap();
        dir
    }

    /// Makes everything of a run that a reader gets.
    fn conclude(&self, dir: &TempDir) {
        let dir = dir.path();
        let judged = folder::load(dir).unwrap();
        let tool = Tool { kind: Kind::SelfTest, binary_sha256: String::new() };
        let evidence = judged.evidence(dir, &tool).unwrap();
        let payload = sign::payload(&evidence).unwrap();
        let signed = sign::sign(&payload, Kind::SelfTest, &self.credential).unwrap();
        folder::write(dir, folder::EVIDENCE, &payload).unwrap();
        folder::write(dir, folder::SIGNED, &signed).unwrap();
        for (format, name) in [(Format::Html, "report.html"), (Format::Junit, "junit.xml")] {
            let bytes = render(&evidence, format, Language::En, &TerminalOptions::default()).unwrap();
            folder::write(dir, name, &bytes).unwrap();
        }
        assert_eq!(evidence.counts.pass, 1, "every assertion holds");
    }
}

pub fn measure(criterion: &mut Criterion) {
    let driven = Driven::new(1000);
    let mut group = criterion.benchmark_group("1,000 plain HTTP steps");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.bench_function("evidence off", |b| b.iter(|| driven.run()));
    group.bench_function("evidence on", |b| b.iter(|| driven.conclude(&driven.run())));
    group.finish();
}
