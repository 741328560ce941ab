//! What the checks look at: the file taken apart once, as far as it can be, and judged again once.

use std::collections::BTreeMap;

use serde_json::Value;
use time::OffsetDateTime;

use super::Options;
use super::timing::Timing;
use crate::evidence::bewijs::again::{self, Run};
use crate::evidence::bewijs::canaries::{self, Look};
use crate::evidence::bewijs::events::Events;
use crate::evidence::bewijs::policy::Issuer;
use crate::evidence::bewijs::project::{self, Issued};
use crate::evidence::bewijs::statement::{Member, Statement};
use crate::evidence::bewijs::{Bundle, SEAL};
use crate::evidence::folder::{self, Tool};
use crate::suite::{CandidateFile, Suite};
use crate::wire::jades::{Jades, JadesFault, Limits, Signature};
use crate::wire::jose::parse_object;
use crate::wire::zip::ZipFault;

/// Deepest nesting of a statement.
const DEPTH: usize = 12;

/// A run that was judged again.
pub(super) struct Again {
    pub run: Run,
    /// What was found of canaries.
    pub look: Look,
    /// The statement that follows from it.
    pub statement: Statement,
}

/// The file, taken apart.
pub(super) struct Scene<'a> {
    pub options: &'a Options<'a>,
    /// The members but the transcript; `None` when only the sealed statement was given.
    pub bundle: Option<Bundle>,
    /// Size and digest of every member but the seal, the transcript among them.
    pub inventory: Vec<Member>,
    pub container_faults: Vec<ZipFault>,
    pub seal: Result<Jades, JadesFault>,
    pub payload: Vec<u8>,
    /// Whether the statement holds a number that is no integer, or why it is no strict JSON.
    pub has_fraction: Result<bool, String>,
    /// The statement, or why it has another shape.
    pub statement: Result<Statement, String>,
    /// What the time-stamps of each signature come to.
    pub timings: Vec<Timing>,
    again: Option<Result<Again, String>>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(bytes: &[u8], options: &'a Options<'a>) -> Self {
        // A container begins with the signature of a local header, a sealed statement with a brace.
        let (bundle, packed, mut container_faults) = match bytes.first() {
            Some(b'{') => (None, Vec::new(), Vec::new()),
            _ => {
                let (bundle, packed, faults) = Bundle::read_without_events(bytes);
                (Some(bundle), packed, faults)
            }
        };
        let mut inventory = bundle.as_ref().map(|bundle| project::inventory(&bundle.members)).unwrap_or_default();
        let sealed = match &bundle {
            None => Some(bytes),
            Some(bundle) => bundle.members.get(SEAL).map(Vec::as_slice),
        };
        let seal = Jades::read(sealed.unwrap_or_default(), Limits::BEWIJS);
        let payload = seal.as_ref().ok().and_then(|s| s.payload().ok()).unwrap_or_default();
        let value = parse_object(&payload, DEPTH).map(Value::Object).map_err(|fault| fault.to_string());
        let has_fraction = value.as_ref().map(holds_fraction).map_err(String::clone);
        let statement: Result<Statement, String> =
            value.and_then(|value| serde_json::from_value(value).map_err(|error| error.to_string()));
        let signatures = seal.as_ref().map(|seal| seal.signatures.as_slice()).unwrap_or_default();
        let timings = signatures.iter().map(|signature| Timing::of(signature, options)).collect();
        let judging = bundle.as_ref().filter(|_| statement.is_ok());
        // The transcript and the suite are most of the work, and have nothing to do with each other.
        let (events, suite) = std::thread::scope(|scope| {
            let candidate = bundle.as_ref().and_then(|bundle| candidate(&bundle.members));
            let events = scope.spawn(move || Events::of(&packed, candidate.as_ref()));
            let suite = judging.map(|bundle| again::suite(&bundle.members, &inventory, options.packs));
            (events.join(), suite)
        });
        let (events, damaged) = events.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        container_faults.extend(damaged);
        inventory.extend(events.as_ref().map(|events| events.member.clone()));
        inventory.sort_by(|one, other| one.path.cmp(&other.path));
        let again = judging.zip(suite).zip(statement.as_ref().ok()).map(|((bundle, suite), statement)| {
            let suite = suite.map_err(|error| error.to_string())?;
            judge_again(bundle, events.as_ref(), &inventory, statement, suite)
        });
        Self { options, bundle, inventory, container_faults, seal, payload, has_fraction, statement, timings, again }
    }

    pub(super) fn members(&self) -> Option<&BTreeMap<String, Vec<u8>>> {
        self.bundle.as_ref().map(|bundle| &bundle.members)
    }

    pub(super) fn statement(&self) -> Option<&Statement> {
        self.statement.as_ref().ok()
    }

    pub(super) fn signatures(&self) -> &[Signature] {
        self.seal.as_ref().map(|seal| seal.signatures.as_slice()).unwrap_or_default()
    }

    /// What its time-stamps come to; the signature is one of [`Scene::signatures`].
    pub(super) fn timing(&self, signature: &Signature) -> Option<&Timing> {
        let place = self.signatures().iter().position(|own| std::ptr::eq(own, signature))?;
        self.timings.get(place)
    }

    /// The moment at which a signature is judged: what a trusted TSA states, or else what the signer claims.
    pub(super) fn moment(&self, signature: &Signature) -> Option<OffsetDateTime> {
        self.timing(signature).and_then(|timing| timing.proven).or_else(|| claimed(signature))
    }

    /// The earliest of what the signer claims and what a TSA states.
    pub(super) fn earliest(&self, signature: &Signature) -> Option<OffsetDateTime> {
        self.moment(signature).into_iter().chain(claimed(signature)).min()
    }

    /// The issuers of the policy.
    pub(super) fn issuers(&self) -> &'a [Issuer] {
        self.options.policy.map(|policy| policy.issuers.as_slice()).unwrap_or_default()
    }

    /// A member by its path, as it is and not as it is listed.
    pub(super) fn member(&self, path: &str) -> Option<&Member> {
        let at = self.inventory.binary_search_by(|member| member.path.as_str().cmp(path)).ok()?;
        self.inventory.get(at)
    }

    /// The run, judged again from the members; `None` when there is only a statement, or none that can be read.
    pub(super) fn again(&self) -> Option<&Result<Again, String>> {
        self.again.as_ref()
    }
}

fn holds_fraction(value: &Value) -> bool {
    match value {
        Value::Number(number) => !number.is_i64() && !number.is_u64(),
        Value::Array(list) => list.iter().any(holds_fraction),
        Value::Object(map) => map.values().any(holds_fraction),
        _ => false,
    }
}

fn claimed(signature: &Signature) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(signature.claimed_at()?).ok()
}

/// The candidate file, if it is there and can be read.
fn candidate(members: &BTreeMap<String, Vec<u8>>) -> Option<CandidateFile> {
    let text = std::str::from_utf8(members.get(folder::CANDIDATE)?).ok()?;
    folder::candidate(folder::CANDIDATE, text, false).ok()
}

fn judge_again(
    bundle: &Bundle,
    events: Option<&Events<'_>>,
    inventory: &[Member],
    statement: &Statement,
    suite: Suite,
) -> Result<Again, String> {
    let tool = Tool {
        kind: statement.predicate.soort.kind(),
        binary_sha256: statement.predicate.harness.binary_sha256.clone(),
    };
    let run = again::judged(&bundle.members, events, inventory, &tool, suite);
    let mut run = run.map_err(|error| error.to_string())?;
    let look = canaries::look(&run.judged.candidate, &bundle.members, events, &[]);
    run.evidence.harness.version.clone_from(&statement.predicate.harness.versie);
    let statement = project::statement(&run.evidence, inventory.to_vec(), &Issued::of(statement), look.redactie());
    Ok(Again { run, look, statement })
}
