//! The earlier bewijs, taken apart: what it says, what it was judged by, and how this tool judges it today.

use std::collections::BTreeMap;

use super::reason::{Reason, Why};
use crate::base::text::Text;
use crate::check::Verdict;
use crate::evidence::bewijs::issue::within_bundle;
use crate::evidence::bewijs::project::as_run_folder;
use crate::evidence::bewijs::statement::Statement;
use crate::evidence::bewijs::verify::{BewijsCheck, Options, Report, Weight, verify};
use crate::evidence::bewijs::{Bundle, RESULT};
use crate::evidence::folder::{self, Judged, Source};
use crate::evidence::model::{CaseResult, Evidence, RequirementResult};

/// Checks whose faults mean that this tool judges otherwise than the one that made the bewijs, and not by themselves that the
/// file was changed: seal, list and members are held against each other by others.
const JUDGED_AGAIN: [BewijsCheck; 2] = [BewijsCheck::ResultFollows, BewijsCheck::StatementFollows];

/// An earlier bewijs.
#[derive(Debug)]
pub struct Earlier {
    /// What it says.
    pub statement: Statement,
    /// The evidence document in it.
    pub evidence: Evidence,
    /// The run, judged again by this tool; `None` when its pack cannot be read any more.
    pub judged: Option<Judged>,
    /// Its members by path.
    pub members: BTreeMap<String, Vec<u8>>,
    /// Reasons in its own standing.
    pub standing: Vec<Reason>,
    /// What verifying it found that is no reason to do a case again.
    pub notes: Vec<Text>,
}

/// An earlier bewijs says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EarlierFault {
    /// Only the statement is there.
    #[error("this is a sealed statement without its run; name the whole bewijs")]
    StatementOnly,
    /// It was changed, or is none.
    #[error("it is not whole, so that nothing follows from it: {0}")]
    Broken(String),
}

impl Earlier {
    /// Takes a bewijs apart that is whole. `binary_sha256` is the digest of this tool: what the same binary judged, it has to
    /// judge the same way again.
    ///
    /// # Errors
    /// [`EarlierFault`] when it is not.
    pub fn read(bytes: &[u8], options: &Options<'_>, binary_sha256: &str) -> Result<Self, EarlierFault> {
        if bytes.first() == Some(&b'{') {
            return Err(EarlierFault::StatementOnly);
        }
        let report = verify(bytes, options);
        let own = report.statement.as_ref().is_some_and(|s| s.predicate.harness.binary_sha256 == binary_sha256);
        let broken: Vec<String> = report
            .faults
            .iter()
            .filter(|f| f.check.weight() == Weight::Integrity && (own || !JUDGED_AGAIN.contains(&f.check)))
            .map(|f| format!("{} ({})", f.detail, f.code))
            .collect();
        if !broken.is_empty() {
            return Err(EarlierFault::Broken(broken.join("; ")));
        }
        let (bundle, _) = Bundle::read(bytes);
        let lacking = |what: &str| EarlierFault::Broken(format!("there is no {what} in it"));
        let result = bundle.members.get(RESULT).and_then(|bytes| serde_json::from_slice(bytes).ok());
        let evidence = result.ok_or_else(|| lacking(RESULT))?;
        let (mut standing, mut notes) = standing(&report);
        let statement = report.statement.ok_or_else(|| lacking("statement"))?;
        let run = as_run_folder(&bundle.members, &statement.predicate.inventaris);
        let judged = folder::load_from(Source::Files(&run));
        if let Err(error) = &judged {
            standing.push(Why::UnreadablePack.because(&error.to_string()));
        }
        if let Some(only) = &statement.predicate.scope.beperking {
            notes.push(Text::new(
                format!("Het bewijs gaat over een deel (`{only}`); over de rest zegt het niets."),
                format!("The bewijs is about a part (`{only}`); it says nothing of the rest."),
            ));
        }
        Ok(Self { statement, evidence, judged: judged.ok(), members: bundle.members, standing, notes })
    }

    /// What became of a case.
    pub fn case(&self, id: &str) -> Option<&CaseResult> {
        self.evidence.cases.iter().find(|case| case.id == id)
    }

    /// What became of a requirement.
    pub fn requirement(&self, id: &str) -> Option<&RequirementResult> {
        self.evidence.requirements.iter().find(|requirement| requirement.id == id)
    }

    /// The verdict on a requirement.
    pub fn outcome(&self, id: &str) -> Option<Verdict> {
        self.requirement(id).map(|requirement| requirement.verdict)
    }

    /// Whether its pack has a file.
    pub fn knows(&self, path: &str) -> bool {
        self.members.contains_key(&format!("{}/{path}", folder::PACK))
    }

    /// A text of its run, by the name that it has in a folder.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.members.get(&within_bundle(name)).and_then(|bytes| std::str::from_utf8(bytes).ok())
    }
}

/// What verifying found of its standing: reasons, and what is only to be told.
fn standing(report: &Report) -> (Vec<Reason>, Vec<Text>) {
    let (mut reasons, mut notes) = (Vec::new(), Vec::new());
    for fault in &report.faults {
        match fault.check {
            BewijsCheck::Expiry => reasons.push(Why::Expired.because(&fault.detail)),
            BewijsCheck::Withdrawn if fault.code == "withdrawn" => reasons.push(Why::Withdrawn.because(&fault.detail)),
            BewijsCheck::Superseded => reasons.push(Why::Superseded.because(&fault.detail)),
            // The waivers of today are looked at by themselves.
            BewijsCheck::Waivers => {}
            _ => notes.push(Text::new(
                format!("Het bewijs zelf: {} ({})", fault.detail, fault.code),
                format!("The bewijs itself: {} ({})", fault.detail, fault.code),
            )),
        }
    }
    (reasons, notes)
}
