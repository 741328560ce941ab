//! The doctor: before anything is tested, is everything in order that a connection needs, and if not, what is to be done?
//!
//! It looks at the files that the candidate file names and at the endpoints of the candidate, with our own certificate. It
//! judges no requirement: what it finds explains why a run would fail for reasons that nobody wants to test.

mod caller;
mod certificates;
mod endpoints;
mod set_up;
mod words;

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::base::text::Text;
use crate::suite::CandidateFile;

/// Whose part something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Side {
    /// Files and settings on our side.
    SetUp,
    /// The candidate's endpoints.
    Candidate,
}

/// How it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum State {
    /// In order.
    Good,
    /// Worth knowing; a run may go well all the same.
    Notice,
    /// Not in order.
    Wrong,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// Whose part it is.
    pub side: Side,
    /// A setting of the candidate file, or an endpoint.
    pub about: String,
    /// How it is.
    pub state: State,
    /// A word for programs, such as `certificate-expired`.
    pub code: String,
    /// What was found.
    pub what: Text,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<Text>,
}

/// Everything that was found, in the order of looking.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Diagnosis {
    /// The findings.
    pub findings: Vec<Finding>,
}

impl Diagnosis {
    /// Whether nothing is wrong.
    pub fn is_well(&self) -> bool {
        self.findings.iter().all(|f| f.state < State::Wrong)
    }

    fn add(&mut self, side: Side, about: &str, remark: Remark) {
        let Remark { state, code, what, advice } = remark;
        let finding = Finding { side, about: about.to_owned(), state, code: code.to_owned(), what, advice };
        // Token endpoint and FHIR base often share a server; one mention is enough.
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }
}

/// What is said of one thing.
#[derive(Debug, Clone)]
struct Remark {
    state: State,
    code: &'static str,
    what: Text,
    advice: Option<Text>,
}

impl Remark {
    fn good(code: &'static str, what: Text) -> Self {
        Self { state: State::Good, code, what, advice: None }
    }
    fn notice(code: &'static str, what: Text, advice: Text) -> Self {
        Self { state: State::Notice, code, what, advice: Some(advice) }
    }
    fn wrong(code: &'static str, what: Text, advice: Text) -> Self {
        Self { state: State::Wrong, code, what, advice: Some(advice) }
    }
}

/// Looks at everything that a candidate file names; paths in it are relative to `dir`. Only its hosts are contacted, and when
/// their certificates are trusted the addresses for status in these. With `wait` we listen for so long for a call of the candidate.
pub async fn examine(file: &CandidateFile, dir: &Path, wait: Option<Duration>) -> Diagnosis {
    let mut diagnosis = Diagnosis::default();
    let own = set_up::examine(&mut diagnosis, file, dir).await;
    endpoints::examine(&mut diagnosis, file, &own).await;
    if let Some(wait) = wait {
        caller::examine(&mut diagnosis, file, &own, wait).await;
    }
    diagnosis
}
