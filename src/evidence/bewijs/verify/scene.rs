//! What the checks look at: the file taken apart once, as far as it can be, and judged again once.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

use serde_json::Value;
use time::OffsetDateTime;

use super::Options;
use super::timing::Timing;
use crate::base::files::FileSet;
use crate::evidence::bewijs::issue::within_bundle;
use crate::evidence::bewijs::policy::Issuer;
use crate::evidence::bewijs::project::{self, Issued};
use crate::evidence::bewijs::statement::{Soort, Statement};
use crate::evidence::bewijs::{Bundle, SEAL, canaries};
use crate::evidence::folder::{self, FolderError, Judged, Source, Tool};
use crate::evidence::model::{Evidence, Kind};
use crate::evidence::papers;
use crate::suite::Suite;
use crate::wire::jades::{Jades, JadesFault, Limits, Signature};
use crate::wire::jose::parse_object;
use crate::wire::zip::ZipFault;

/// Deepest nesting of a statement.
const DEPTH: usize = 12;

/// A run that was judged again.
pub(super) struct Again {
    pub judged: Judged,
    pub evidence: Evidence,
    pub statement: Statement,
}

/// The file, taken apart.
pub(super) struct Scene<'a> {
    pub options: &'a Options<'a>,
    /// The members; `None` when only the sealed statement was given.
    pub bundle: Option<Bundle>,
    pub container_faults: Vec<ZipFault>,
    pub seal: Result<Jades, JadesFault>,
    pub payload: Vec<u8>,
    /// The statement as strict JSON, or why it is none.
    pub value: Result<Value, String>,
    /// The statement, or why it has another shape.
    pub statement: Result<Statement, String>,
    /// What the time-stamps of each signature come to.
    pub timings: Vec<Timing>,
    again: OnceCell<Result<Again, String>>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(bytes: &[u8], options: &'a Options<'a>) -> Self {
        // A container begins with the signature of a local header, a sealed statement with a brace.
        let (bundle, container_faults) = match bytes.first() {
            Some(b'{') => (None, Vec::new()),
            _ => {
                let (bundle, faults) = Bundle::read(bytes);
                (Some(bundle), faults)
            }
        };
        let sealed = match &bundle {
            None => Some(bytes),
            Some(bundle) => bundle.members.get(SEAL).map(Vec::as_slice),
        };
        let seal = Jades::read(sealed.unwrap_or_default(), Limits::BEWIJS);
        let payload = seal.as_ref().ok().and_then(|s| s.payload().ok()).unwrap_or_default();
        let value = parse_object(&payload, DEPTH).map(Value::Object).map_err(|fault| fault.to_string());
        let statement = value
            .as_ref()
            .map_err(String::clone)
            .and_then(|value| serde_json::from_value(value.clone()).map_err(|error| error.to_string()));
        let signatures = seal.as_ref().map(|seal| seal.signatures.as_slice()).unwrap_or_default();
        let timings = signatures.iter().map(|signature| Timing::of(signature, options)).collect();
        Self { options, bundle, container_faults, seal, payload, value, statement, timings, again: OnceCell::new() }
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

    /// The run, judged again from the members; `None` when there is only a statement, or none that can be read.
    pub(super) fn again(&self) -> Option<&Result<Again, String>> {
        let (members, statement) = (self.members()?, self.statement()?);
        Some(self.again.get_or_init(|| judge_again(members, statement, self.options.packs)))
    }
}

/// Suites by the digest of their pack, for who verifies many bewijzen of one pack: reading a suite takes most of the time.
#[derive(Debug, Default)]
pub struct Packs(RefCell<BTreeMap<String, Suite>>);

impl Packs {
    fn suite(&self, members: &BTreeMap<String, Vec<u8>>) -> Result<Suite, FolderError> {
        let files = as_run_folder(members);
        let digest = project::pack_digest(&project::inventory(members));
        if let Some(known) = self.0.borrow().get(&digest) {
            return Ok(known.clone());
        }
        let suite = folder::suite_of(Source::Files(&files))?;
        self.0.borrow_mut().insert(digest, suite.clone());
        Ok(suite)
    }
}

fn claimed(signature: &Signature) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(signature.claimed_at()?).ok()
}

/// The files of a run by the names that they have in its folder.
fn as_run_folder(members: &BTreeMap<String, Vec<u8>>) -> FileSet {
    let mut files = FileSet::default();
    let fixed = [folder::TRANSCRIPT, folder::RUN, papers::DOSSIER, papers::DOCUMENTS, papers::WAIVERS];
    for name in fixed {
        if let Some(bytes) = members.get(&within_bundle(name)) {
            files.insert(name, bytes.clone());
        }
    }
    let others = [folder::CANDIDATE, folder::LOG, folder::MATRIX];
    for (name, bytes) in members {
        if name.starts_with("pack/") || others.contains(&name.as_str()) {
            files.insert(name.clone(), bytes.clone());
        }
    }
    files
}

fn judge_again(
    members: &BTreeMap<String, Vec<u8>>,
    statement: &Statement,
    packs: Option<&Packs>,
) -> Result<Again, String> {
    let files = as_run_folder(members);
    let source = Source::Files(&files);
    let judged = match packs {
        None => folder::load_from(source),
        Some(packs) => packs.suite(members).and_then(|suite| folder::load_from_by(source, suite)),
    };
    let judged = judged.map_err(|error| error.to_string())?;
    let kind = match statement.predicate.soort {
        Soort::Zelftest => Kind::SelfTest,
        Soort::Validatiebewijs => Kind::ValidationEvidence,
    };
    let tool = Tool { kind, binary_sha256: statement.predicate.harness.binary_sha256.clone() };
    let mut evidence = judged.evidence_from(source, &tool).map_err(|error| error.to_string())?;
    evidence.harness.version.clone_from(&statement.predicate.harness.versie);
    let counted = canaries::count(&judged.candidate, members);
    let statement = project::statement(&evidence, members, &Issued::of(statement), counted);
    Ok(Again { judged, evidence, statement })
}
