//! One case: its stand, its steps in order, and what earlier cases already brought about.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::bench::{Bench, signature_check};
use super::stand::{Stand, Wanted};
use super::steps::{self, Memory};
use super::variables::Variables;
use super::{Shared, stopped};
use crate::base::placeholder;
use crate::client::Sent;
use crate::deviation::Deviation;
use crate::net::Recorder;
use crate::net::pki::LeafFlaw;
use crate::plan::Case;
use crate::suite::requirement::Role;
use crate::suite::scenario::Step;
use crate::transcript::redact::Redactor;
use crate::transcript::{StepOutcome, StructureCheck};

/// Name of the deadline in which a candidate notices that an address changed.
const ADDRESS_REFRESH: &str = "address-refresh";

/// What fragments brought about at an outside candidate, so that nobody is asked twice.
pub(super) type GivenCache = BTreeMap<(String, Role), Memory>;

/// A case at work.
pub(super) struct Context<'a> {
    pub shared: &'a Shared,
    /// The bench of this case.
    pub bench: &'a Bench,
    pub case: &'a Case,
    pub attempt: u32,
    pub stand: Stand,
    pub variables: Variables,
    pub memory: Memory,
}

/// Runs a case; gives why it stopped early, if it did.
pub(super) async fn run(shared: &Arc<Shared>, case: &Case, attempt: u32) -> Option<String> {
    let scenario = shared.suite.scenarios.get(&case.scenario)?;
    let bench = shared.bench.of(case);
    let recorder =
        Recorder::new(shared.writer.clone(), redactor(&bench, shared.options.structure.as_ref()), case.id.clone())
            .in_attempt(attempt);
    recorder.case_started(&case.scenario, &bench.kit.fictitious);
    let steps = scenario.steps(&shared.suite.fragments, case.role);
    let needs_counterpart = steps.iter().any(|s| s.action.needs_counterpart());
    // An outside candidate has one address for us and one state; cases that make it call us wait for each other.
    let parts = super::facilities::taking_part(&bench, &scenario.file.counterpart, case.role);
    let calls_us = needs_counterpart || !parts.is_empty();
    let certificates = scenario.certificates(&shared.suite.fragments, case.role);
    let needs_status = certificates.iter().any(|(_, kind)| kind.status().is_some());
    let alone = bench.embedded.is_none() && (calls_us || needs_status);
    let turn = if alone { Some(shared.one_at_a_time.lock().await) } else { None };
    let foreign = scenario.file.counterpart.names_foreign() || steps.iter().any(|s| s.action.uses_foreign());
    let plateau = case.plateaus.iter().copied().min().unwrap_or_default();
    let wanted = Wanted { counterpart: needs_counterpart, foreign, certificates, plateau };
    let stand = Stand::set_up(&bench, &recorder, &scenario.file.counterpart, case.role, wanted).await;
    let stopped = match stand {
        Ok(stand) => {
            let variables = known_values(&bench, &stand);
            let mut context =
                Context { shared, bench: &bench, case, attempt, stand, variables, memory: Memory::default() };
            let stopped = context.run_steps(&steps).await;
            context.stand.take_down().await;
            stopped
        }
        Err(error) => {
            let message = format!("failed to {error}");
            if let Some(first) = steps.first() {
                recorder.step_ended(&first.id, StepOutcome::Error { message: message.clone() }, Vec::new(), []);
            }
            Some(message)
        }
    };
    recorder.case_ended(stopped.clone());
    drop(turn);
    stopped
}

fn redactor(bench: &Bench, structure: Option<&StructureCheck>) -> Redactor {
    let kit = &bench.kit;
    let redactor = Redactor::new(vec![kit.gtk.rules.claims.authorization_base.clone()])
        .with_anchors(kit.trust.anchors().iter().map(|der| der.to_vec()).collect());
    let mut keys = kit.candidate_keys.clone();
    // A GtK that signs with its TLS key publishes that key.
    if bench.embedded.is_some_and(|e| e.deviation == Some(Deviation::SignsWithTlsKey))
        && let Some(key) = kit.candidate.credentials.get(&LeafFlaw::None).and_then(|c| c.signing_key().ok())
    {
        keys.keys.push(key.public_jwk("tls"));
    }
    let redactor = match signature_check(&keys) {
        Some(check) => redactor.with_signature_check(check),
        None => redactor,
    };
    match structure {
        Some(check) => redactor.with_structure_check(check.clone()),
        None => redactor,
    }
}

fn known_values(bench: &Bench, stand: &Stand) -> Variables {
    let mut variables = Variables::default();
    let kit = &bench.kit;
    variables.set("own.ura", &kit.partner.ura);
    if let Some(stranger) = kit.identities.get("stranger") {
        variables.set("stranger.ura", &stranger.ura);
    }
    if let Some(foreign) = &stand.foreign {
        variables.set("own.foreign", foreign);
    }
    variables.set("patient.bsn", &kit.gtk.patient);
    if let Some(bsn) = &kit.other_patient {
        variables.set("other-patient.bsn", bsn);
    }
    for (name, value) in super::consult::trial_values(kit) {
        variables.set(name, value);
    }
    variables.set("candidate.ura", &kit.candidate_ura);
    if let Some(own) = &kit.gateway {
        variables.set("own.home", format!("urn:oid:{}", own.rules.community));
        let homes = own.holdings.communities.iter().map(|c| &c.home);
        for (name, home) in ["own.home", "own.second-home"].iter().zip(homes) {
            variables.set(*name, home);
        }
    }
    variables.set("candidate.fhir", &stand.candidate.fhir_base);
    variables.set("candidate.token", &stand.candidate.token_endpoint);
    variables
}

impl Context<'_> {
    pub(super) fn recorder(&self) -> &Recorder {
        &self.stand.sender.recorder
    }

    /// What an outside candidate keeps of an address book outlasts a case: before another book takes part, the time goes by in
    /// which it notices.
    async fn let_addresses_be_noticed(&self) {
        let scenario = self.shared.suite.scenarios.get(&self.case.scenario);
        let has_book = scenario.is_some_and(|s| s.file.counterpart.addressing.is_some());
        if !has_book || self.bench.embedded.is_some() {
            return;
        }
        let ms = self.bench.kit.deadlines.get(ADDRESS_REFRESH).copied().unwrap_or_default();
        let until = tokio::time::Instant::now() + Duration::from_millis(ms);
        while tokio::time::Instant::now() < until && !stopped(self.shared) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn run_steps(&mut self, steps: &[&Step]) -> Option<String> {
        self.let_addresses_be_noticed().await;
        let cached = self.recall().await;
        for step in steps {
            if stopped(self.shared) {
                return Some("the run was ended".to_owned());
            }
            if cached.contains(&step.id.to_string()) {
                continue;
            }
            if let Some(why) = self.run_step(step).await {
                return Some(why);
            }
        }
        self.remember().await;
        None
    }

    async fn run_step(&mut self, step: &Step) -> Option<String> {
        let done = steps::perform(self, step).await;
        let captured = self.capture(step, &done.exchanges);
        let why = match &done.outcome {
            StepOutcome::Done => None,
            StepOutcome::NotSeen { awaited, waited_ms } => Some(if *waited_ms == 0 {
                format!("no {awaited}")
            } else {
                format!("no {awaited} within {waited_ms} ms")
            }),
            StepOutcome::Declined { asked } => Some(format!("the operator declined: {asked}")),
            StepOutcome::Error { message } => Some(message.clone()),
        };
        let sequence = done.exchanges.iter().map(|e| e.seq).collect();
        self.memory.steps.insert(step.id.to_string(), done.exchanges);
        self.recorder().step_ended(&step.id, done.outcome, sequence, captured);
        why
    }

    /// Keeps the values that a step names; a value that is not there is missed by the step that needs it.
    fn capture(&mut self, step: &Step, exchanges: &[Seen]) -> Vec<(String, Value)> {
        let mut captured = Vec::new();
        for (name, what) in &step.capture {
            let found = exchanges.iter().rev().find_map(|seen| {
                let body = seen.body(what.within)?;
                what.path.find(&body).first().map(|v| (*v).clone())
            });
            let Some(value) = found else { continue };
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            self.variables.set(format!("{}.{name}", step.id), text);
            captured.push((name.clone(), Value::Object([(name.clone(), value)].into_iter().collect())));
        }
        captured
    }

    /// Takes over what fragments brought about earlier at an outside candidate; gives the steps that are done by it.
    async fn recall(&mut self) -> Vec<String> {
        // Another attempt begins with nothing: what went wrong may lie in what was brought about before.
        if self.bench.embedded.is_some() || self.attempt > 1 {
            return Vec::new();
        }
        let Some(scenario) = self.shared.suite.scenarios.get(&self.case.scenario) else { return Vec::new() };
        let cache = self.shared.given.lock().await;
        let mut done = Vec::new();
        let looked_at: Vec<String> = scenario
            .file
            .expect
            .iter()
            .flat_map(|e| {
                let named = e.that.texts().into_iter().flat_map(placeholder::names);
                let valued = named.filter_map(|name| name.split_once('.')).map(|(step, _)| step.to_owned());
                std::iter::once(&e.of).chain(e.that.steps()).map(ToString::to_string).chain(valued).collect::<Vec<_>>()
            })
            .collect();
        for given in scenario.file.given.iter().filter(|g| !g.fresh) {
            if let Some(memory) = cache.get(&(given.fragment.clone(), self.case.role)) {
                // What a scenario judges must happen in its own part of the transcript.
                if memory.steps.keys().any(|step| looked_at.contains(step)) {
                    continue;
                }
                done.extend(memory.steps.keys().cloned());
                self.memory.steps.extend(memory.steps.clone());
                for (name, value) in &memory.values {
                    self.variables.set(name, value);
                }
            }
        }
        done
    }

    /// Keeps what fragments brought about, unless the scenario ended it.
    async fn remember(&mut self) {
        if self.bench.embedded.is_some() {
            return;
        }
        let Some(scenario) = self.shared.suite.scenarios.get(&self.case.scenario) else { return };
        let mut cache = self.shared.given.lock().await;
        for given in scenario.file.given.iter().filter(|g| !g.fresh) {
            let Some(fragment) = self.shared.suite.fragments.get(&given.fragment) else { continue };
            let mut memory = Memory::default();
            for step in fragment.steps.iter().filter(|s| s.only.is_none_or(|o| o == self.case.role)) {
                let id = step.id.to_string();
                if let Some(seen) = self.memory.steps.get(&id) {
                    memory.steps.insert(id.clone(), seen.clone());
                }
                for name in step.capture.keys().map(|n| format!("{id}.{n}")) {
                    if let Ok(value) = self.variables.fill(&format!("${{{name}}}")) {
                        memory.values.insert(name, value);
                    }
                }
            }
            cache.entry((given.fragment.clone(), self.case.role)).or_insert(memory);
        }
    }
}

pub(super) use super::steps::Seen;

/// What a step sent, as later steps see it.
pub(super) fn sent(seen: Sent) -> Seen {
    Seen {
        seq: seen.seq,
        request: Some(seen.request.clone()),
        response: seen.response.clone(),
        ours: true,
        base: Some(seen.url),
        fault: seen.fault,
    }
}
