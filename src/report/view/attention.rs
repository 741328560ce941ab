//! What needs attention: every requirement that is not simply met, with what was sent and what came back, and the
//! observations that belong to no requirement.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::base::id::RequirementId;
use crate::evidence::Evidence;
use crate::evidence::model::{Excerpt, FindingResult, RequirementResult};
use crate::report::plain::{block, brief, line};
use crate::report::words::{Words, codes};

use super::mark::{Mark, MarkView};
use super::{Speech, moment, plateaus};

/// So many findings of one requirement are shown at once; the others can be unfolded.
const SHOWN_AT_ONCE: usize = 3;

/// The requirements with one verdict.
#[derive(Debug, Serialize)]
pub struct ProblemGroup {
    pub mark: MarkView,
    pub problems: Vec<Problem>,
}

/// A requirement that is not simply met.
#[derive(Debug, Serialize)]
pub struct Problem {
    pub anchor: String,
    pub id: String,
    pub official_id: Option<String>,
    pub title: String,
    pub statement: String,
    pub mark: MarkView,
    pub level: String,
    pub authority: String,
    pub maturity: String,
    pub function: String,
    pub zorgtoepassing: String,
    pub mode: String,
    pub source: String,
    pub source_path: Option<String>,
    pub source_version: Option<String>,
    pub inherited: bool,
    pub erratum: Option<String>,
    pub enforcement: Option<(String, String)>,
    pub plateaus: String,
    /// The verdict per plateau, where they differ.
    pub by_plateau: Vec<(u8, MarkView)>,
    /// What a named person says of it by documents.
    pub attestation: Option<super::papers::AttestationRow>,
    /// The declared deviation that covers its failure, in a sentence.
    pub waived: Option<String>,
    /// Why it is open, where that is not for a finding to say.
    pub reason: Option<String>,
    /// Advice that all findings share; otherwise it stands with each finding.
    pub advice: Option<String>,
    pub findings: Vec<FindingView>,
    pub more: Vec<FindingView>,
    /// Number of checks that held.
    pub held: usize,
}

/// One check that did not simply hold, or an observation.
#[derive(Debug, Serialize)]
pub struct FindingView {
    pub case: String,
    pub case_title: Option<String>,
    /// Which attempt at the case, where it was done again.
    pub attempt: Option<u32>,
    pub step: String,
    pub check: String,
    pub result: String,
    pub expected: String,
    pub actual: String,
    pub note: Option<String>,
    pub basis: Option<String>,
    pub advice: Option<String>,
    pub exchanges: Vec<ExchangeView>,
    /// Sequence numbers of exchanges of which there is no excerpt.
    pub only_in_transcript: String,
}

/// An exchange that a finding points to.
#[derive(Debug, Serialize)]
pub struct ExchangeView {
    pub seq: u64,
    /// What it looked like; `None` when it was shown before.
    pub shown: Option<ExcerptView>,
}

/// What was sent and what came back.
#[derive(Debug, Serialize)]
pub struct ExcerptView {
    pub summary: String,
    pub at: String,
    pub endpoint: String,
    pub identity: String,
    pub tls: String,
    pub request_by: &'static str,
    pub request: String,
    pub response_by: &'static str,
    pub response: String,
}

/// The anchor of a requirement: its id where that is one, otherwise its place in the list.
pub fn anchor(requirement: &RequirementResult, at: usize) -> String {
    RequirementId::parse(&requirement.id).map_or_else(|_| format!("requirement-{at}"), |id| id.to_string())
}

/// What needs attention, in the order in which it is shown.
#[derive(Debug)]
pub struct Attention {
    pub problems: Vec<ProblemGroup>,
    /// Requirements with deviations that do not count.
    pub recorded: Vec<Problem>,
    pub observations: Vec<FindingView>,
}

/// Whether a requirement is described in full: it needs attention, or something of it was recorded.
pub fn is_detailed(requirement: &RequirementResult) -> bool {
    Mark::of(requirement.verdict).needs_attention() || requirement.findings.iter().any(|f| f.result != "met")
}

/// Problems by verdict, what was recorded, and observations. An exchange is shown in full where it is first pointed to.
pub fn of(evidence: &Evidence, speech: Speech) -> Attention {
    let mut reader = Reader {
        speech,
        excerpts: evidence.excerpts.iter().map(|e| (e.seq, e)).collect(),
        titles: evidence.cases.iter().map(|c| (c.id.as_str(), speech.line(&c.title))).collect(),
        shown: BTreeSet::new(),
    };
    let mut groups = Vec::new();
    for mark in Mark::all().filter(|m| m.needs_attention()) {
        let problems: Vec<Problem> = evidence
            .requirements
            .iter()
            .enumerate()
            .filter(|(_, r)| Mark::of(r.verdict) == mark)
            .map(|(at, r)| reader.problem(r, at))
            .collect();
        if !problems.is_empty() {
            groups.push(ProblemGroup { mark: mark.view(speech.words), problems });
        }
    }
    let mut recorded = Vec::new();
    for (at, requirement) in evidence.requirements.iter().enumerate() {
        if is_detailed(requirement) && !Mark::of(requirement.verdict).needs_attention() {
            recorded.push(reader.problem(requirement, at));
        }
    }
    let observations = evidence.observations.iter().map(|o| reader.finding(o)).collect();
    Attention { problems: groups, recorded, observations }
}

struct Reader<'a> {
    speech: Speech,
    excerpts: BTreeMap<u64, &'a Excerpt>,
    titles: BTreeMap<&'a str, String>,
    shown: BTreeSet<u64>,
}

impl Reader<'_> {
    fn problem(&mut self, requirement: &RequirementResult, at: usize) -> Problem {
        let Speech { language, words } = self.speech;
        let deviating: Vec<&FindingResult> = requirement.findings.iter().filter(|f| f.result != "met").collect();
        let mut findings: Vec<FindingView> = deviating.iter().map(|f| self.finding(f)).collect();
        let advice = shared_advice(&mut findings);
        let more = findings.split_off(findings.len().min(SHOWN_AT_ONCE));
        Problem {
            anchor: anchor(requirement, at),
            id: line(&requirement.id),
            official_id: requirement.official_id.as_deref().map(line),
            title: self.speech.line(&requirement.title),
            statement: self.speech.block(&requirement.statement),
            mark: Mark::of(requirement.verdict).view(words),
            level: codes::LEVEL.name(&requirement.level, language),
            authority: codes::AUTHORITY.name(&requirement.authority, language),
            maturity: codes::MATURITY.name(&requirement.maturity, language),
            function: codes::FUNCTION.name(&requirement.function, language),
            zorgtoepassing: codes::ZORGTOEPASSING.name(&requirement.zorgtoepassing, language),
            mode: codes::MODE.name(&requirement.mode, language),
            source: line(&requirement.source.title),
            source_path: named(&requirement.source.path),
            source_version: named(&requirement.source.version),
            inherited: requirement.inherited,
            erratum: requirement.erratum.as_deref().map(line),
            enforcement: requirement
                .enforcement
                .as_ref()
                .map(|e| (codes::CAP.name(&e.cap, language), self.speech.line(&e.reason))),
            plateaus: all_plateaus(requirement),
            by_plateau: by_plateau(requirement, words),
            attestation: super::papers::attestation(requirement, self.speech),
            waived: super::papers::waived(requirement, self.speech),
            reason: requirement.not_tested.as_deref().map(line),
            advice,
            findings,
            more,
            held: requirement.findings.len() - deviating.len(),
        }
    }

    fn finding(&mut self, finding: &FindingResult) -> FindingView {
        let (excerpted, others): (Vec<u64>, Vec<u64>) =
            finding.exchanges.iter().partition(|seq| self.excerpts.contains_key(seq));
        FindingView {
            case: line(&finding.case),
            case_title: self.titles.get(finding.case.as_str()).cloned(),
            attempt: finding.attempt,
            step: line(&finding.step),
            check: line(&finding.check),
            result: codes::RESULT.name(&finding.result, self.speech.language),
            expected: self.speech.block(&finding.expected),
            actual: block(&finding.actual),
            note: finding.note.as_ref().map(|t| self.speech.block(t)),
            basis: finding.basis.as_ref().map(|b| codes::AUTHORITY.name(b, self.speech.language)),
            advice: finding.advice.as_ref().map(|t| self.speech.block(t)),
            exchanges: excerpted.iter().map(|seq| self.exchange(*seq)).collect(),
            only_in_transcript: others.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        }
    }

    fn exchange(&mut self, seq: u64) -> ExchangeView {
        let excerpt = self.excerpts.get(&seq).copied();
        let first = self.shown.insert(seq);
        let shown = excerpt.filter(|_| first).map(|e| self.excerpt(e));
        ExchangeView { seq, shown }
    }

    fn excerpt(&self, excerpt: &Excerpt) -> ExcerptView {
        let words = self.speech.words;
        let (request_by, response_by) = if excerpt.direction == "from-candidate" {
            (words.candidate_sent, words.we_answered)
        } else {
            (words.we_sent, words.candidate_answered)
        };
        let or_nothing = |text: &str| if text.trim().is_empty() { words.nothing.to_owned() } else { block(text) };
        ExcerptView {
            summary: format!("{} → {}", first_line(&excerpt.request), first_line(&excerpt.response)),
            at: moment(&excerpt.at),
            endpoint: line(&excerpt.endpoint),
            identity: line(&excerpt.identity),
            tls: line(&excerpt.tls),
            request_by,
            request: or_nothing(&excerpt.request),
            response_by,
            response: or_nothing(&excerpt.response),
        }
    }
}

/// A text that says something; the catalogue writes `n/a` where there is nothing to say.
fn named(text: &str) -> Option<String> {
    Some(line(text)).filter(|text| !text.is_empty() && text != "n/a")
}

/// The plateaus that a requirement binds on.
pub fn all_plateaus(requirement: &RequirementResult) -> String {
    plateaus(&requirement.plateaus.iter().map(|p| p.plateau).collect::<Vec<_>>())
}

/// The verdict per plateau if they differ; otherwise nothing, since the one verdict says it all.
pub fn by_plateau(requirement: &RequirementResult, words: &Words) -> Vec<(u8, MarkView)> {
    let marks: Vec<(u8, Mark)> = requirement.plateaus.iter().map(|p| (p.plateau, Mark::of(p.verdict))).collect();
    let overall = Mark::of(requirement.verdict);
    if marks.iter().all(|(_, mark)| *mark == overall) {
        return Vec::new();
    }
    marks.into_iter().map(|(plateau, mark)| (plateau, mark.view(words))).collect()
}

/// Takes the advice out of the findings when it is the same for all of them.
fn shared_advice(findings: &mut [FindingView]) -> Option<String> {
    let shared = findings.first()?.advice.clone()?;
    if findings.iter().any(|f| f.advice.as_ref() != Some(&shared)) {
        return None;
    }
    findings.iter_mut().for_each(|f| f.advice = None);
    Some(shared)
}

fn first_line(text: &str) -> String {
    match text.lines().find(|l| !l.trim().is_empty()) {
        Some(first) => brief(first, 70),
        None => "–".to_owned(),
    }
}
