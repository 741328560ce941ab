//! What is shown: evidence brought into the order in which a person reads it, with every text made plain.
//!
//! Verdicts and numbers are taken over from the evidence; what is added up here is only what stands in a group. What
//! needs attention comes first: failures, then what is open, then warnings.

pub mod attention;
pub mod grid;
pub mod groups;
pub mod mark;
pub mod papers;

use serde::Serialize;

use crate::base::clock::parse_rfc3339;
use crate::base::text::{Language, Text};
use crate::evidence::Evidence;
use crate::evidence::model::{Conclusion, Kind};

use super::plain::{block, line};
use super::words::{Words, codes, words};
use attention::{Attention, FindingView, Problem, ProblemGroup};
use groups::{CaseRow, FunctionGroup, MatrixRow, Reason};
use mark::{Count, Mark, MarkView};

/// Everything that a rendering may show, in one language.
#[derive(Debug, Serialize)]
pub struct View {
    pub language: String,
    pub banner: Banner,
    pub notices: Vec<String>,
    /// What stands on every page.
    pub previews: Vec<String>,
    pub conclusion: ConclusionView,
    pub counts: Vec<Count>,
    pub total: u64,
    pub legend: Legend,
    pub candidate: CandidateView,
    pub scope: ScopeView,
    pub run: RunView,
    pub harness: HarnessView,
    pub rule: RuleView,
    /// Of evidence before version 3, which has no grid.
    pub matrix: Vec<MatrixRow>,
    pub grid: Option<grid::GridView>,
    pub papers: Option<papers::PapersView>,
    pub problems: Vec<ProblemGroup>,
    pub recorded: Vec<Problem>,
    pub observations: Vec<FindingView>,
    pub functions: Vec<FunctionGroup>,
    pub cases: Vec<CaseRow>,
    pub exclusions: Vec<Reason>,
    pub untested: Vec<Reason>,
    pub inputs: Vec<InputRow>,
}

/// What the document is, and is not.
#[derive(Debug, Serialize)]
pub struct Banner {
    pub class: &'static str,
    pub title: &'static str,
    pub why: &'static str,
}

/// The conclusion of the decision rule.
#[derive(Debug, Serialize)]
pub struct ConclusionView {
    pub mark: MarkView,
    pub word: &'static str,
    pub why: &'static str,
}

/// What the words mean.
#[derive(Debug, Serialize)]
pub struct Legend {
    pub verdicts: Vec<(MarkView, &'static str)>,
    pub levels: Vec<String>,
    pub authorities: Vec<(String, String)>,
}

/// The candidate.
#[derive(Debug, Serialize)]
pub struct CandidateView {
    pub subject: Option<String>,
    pub product: String,
    pub version: String,
    pub supplier: String,
    pub ura: String,
    pub environment: String,
    pub endpoints: Vec<EndpointRow>,
    pub capabilities: Vec<(String, String)>,
}

/// One endpoint.
#[derive(Debug, Serialize)]
pub struct EndpointRow {
    pub role: String,
    pub kind: String,
    pub url: String,
    pub certificates: Vec<String>,
}

/// What was asked for.
#[derive(Debug, Serialize)]
pub struct ScopeView {
    pub zorgtoepassingen: String,
    pub roles: String,
    pub plateaus: String,
    pub release: String,
    pub note: String,
    pub standing: Option<String>,
    pub only: Option<String>,
    pub inherited: usize,
}

/// The run.
#[derive(Debug, Serialize)]
pub struct RunView {
    pub id: String,
    pub started: String,
    pub duration: String,
}

/// The tool.
#[derive(Debug, Serialize)]
pub struct HarnessView {
    pub version: String,
    pub binary: String,
    pub kill_matrix: String,
}

/// The decision rule.
#[derive(Debug, Serialize)]
pub struct RuleView {
    pub id: String,
    pub text: String,
}

/// A file that the verdicts rest on.
#[derive(Debug, Serialize)]
pub struct InputRow {
    pub path: String,
    pub kind: String,
    pub size: u64,
    pub sha256: String,
}

impl View {
    /// The view of `evidence` in `language`.
    pub fn new(evidence: &Evidence, language: Language) -> Self {
        let speech = Speech { language, words: words(language) };
        let Attention { problems, recorded, observations } = attention::of(evidence, speech);
        Self {
            language: language.to_string(),
            banner: banner(evidence.kind, speech.words),
            notices: notices(evidence, speech),
            previews: evidence.scope.zorgtoepassing_preview.iter().map(|text| speech.line(text)).collect(),
            conclusion: conclusion(evidence.conclusion, speech.words),
            counts: Count::of_evidence(&evidence.counts, speech.words),
            total: evidence.requirements.len() as u64,
            legend: legend(speech),
            candidate: candidate(evidence, speech),
            scope: scope(evidence, speech),
            run: RunView {
                id: line(&evidence.run),
                started: moment(&evidence.started),
                duration: between(&evidence.started, &evidence.ended, language),
            },
            harness: HarnessView {
                version: line(&evidence.harness.version),
                binary: line(&evidence.harness.binary_sha256),
                kill_matrix: line(&evidence.harness.kill_matrix_sha256),
            },
            rule: RuleView { id: line(&evidence.decision_rule.id), text: speech.block(&evidence.decision_rule.text) },
            matrix: if evidence.grid.is_some() { Vec::new() } else { groups::matrix(evidence, speech) },
            grid: grid::of(evidence, speech),
            papers: papers::of(evidence, speech),
            problems,
            recorded,
            observations,
            functions: groups::functions(evidence, speech),
            cases: groups::cases(evidence, speech),
            exclusions: groups::exclusions(evidence, speech),
            untested: groups::untested(evidence, speech),
            inputs: evidence.inputs.iter().map(|i| input(i, language)).collect(),
        }
    }
}

/// A language with its fixed texts.
#[derive(Debug, Clone, Copy)]
pub struct Speech {
    pub language: Language,
    pub words: &'static Words,
}

impl Speech {
    /// A text of the evidence on one line.
    pub fn line(self, text: &Text) -> String {
        line(text.get(self.language))
    }
    /// A text of the evidence with its line ends.
    pub fn block(self, text: &Text) -> String {
        block(text.get(self.language))
    }
}

/// The label of what the document is.
pub fn banner(kind: Kind, words: &'static Words) -> Banner {
    match kind {
        Kind::SelfTest => Banner { class: "self-test", title: words.self_test, why: words.self_test_why },
        Kind::ValidationEvidence => {
            Banner { class: "validation", title: words.validation_evidence, why: words.validation_evidence_why }
        }
    }
}

/// A duration in the unit that suits it.
pub fn duration(milliseconds: u64, language: Language) -> String {
    let seconds = milliseconds / 1000;
    match milliseconds {
        0..1_000 => format!("{milliseconds} ms"),
        1_000..60_000 => {
            let point = if language == Language::Nl { ',' } else { '.' };
            format!("{seconds}{point}{} s", milliseconds % 1000 / 100)
        }
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// A time to the second, if it is one; otherwise the text as it stands.
pub fn moment(text: &str) -> String {
    parse_rfc3339(text).map_or_else(
        || line(text),
        |at| {
            let at = at.to_offset(time::UtcOffset::UTC);
            format!("{} {:02}:{:02}:{:02} UTC", at.date(), at.hour(), at.minute(), at.second())
        },
    )
}

/// Plateaus as a list, for example `1, 2, 3, 4`.
pub fn plateaus(numbers: &[u8]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn between(started: &str, ended: &str, language: Language) -> String {
    match (parse_rfc3339(started), parse_rfc3339(ended)) {
        (Some(from), Some(to)) => {
            duration(u64::try_from((to - from).whole_milliseconds()).unwrap_or_default(), language)
        }
        _ => "–".to_owned(),
    }
}

fn notices(evidence: &Evidence, speech: Speech) -> Vec<String> {
    let words = speech.words;
    let mut notices = Vec::new();
    if !evidence.complete {
        notices.push(words.incomplete.to_owned());
    }
    if evidence.candidate.embedded {
        notices.push(words.embedded.to_owned());
    }
    if let Some(deviation) = &evidence.candidate.deviation {
        notices.push(format!("{} {}", words.deviation, line(deviation)));
    }
    notices.extend(evidence.scope.zorgtoepassing_standing.iter().map(|text| speech.line(text)));
    notices.extend(papers::notices(evidence, speech));
    notices
}

/// The conclusion of the decision rule, in words.
pub fn conclusion(conclusion: Conclusion, words: &'static Words) -> ConclusionView {
    let (mark, word, why) = match conclusion {
        Conclusion::Conformant => (Mark::Pass, words.conformant, words.conformant_why),
        Conclusion::ConformantWithWaivers => (Mark::Warn, words.with_waivers, words.with_waivers_why),
        Conclusion::NotConformant => (Mark::Fail, words.not_conformant, words.not_conformant_why),
        Conclusion::Undetermined => (Mark::Inconclusive, words.undetermined, words.undetermined_why),
    };
    ConclusionView { mark: mark.view(words), word, why }
}

fn legend(speech: Speech) -> Legend {
    let Speech { language, words } = speech;
    Legend {
        verdicts: Mark::all().map(|mark| (mark.view(words), mark.meaning(words))).collect(),
        levels: codes::LEVEL.all(language).map(|(_, word)| word.to_owned()).collect(),
        authorities: codes::AUTHORITY
            .all(language)
            .map(|(code, word)| (word.to_owned(), codes::AUTHORITY_MEANS.name(code, language)))
            .collect(),
    }
}

fn candidate(evidence: &Evidence, speech: Speech) -> CandidateView {
    let language = speech.language;
    let candidate = &evidence.candidate;
    CandidateView {
        subject: candidate.subject.as_deref().map(|s| codes::SUBJECT.name(s, language)),
        product: line(&candidate.product),
        version: line(&candidate.version),
        supplier: line(&candidate.supplier),
        ura: line(&candidate.ura),
        environment: codes::ENVIRONMENT.name(&candidate.environment, language),
        endpoints: candidate
            .endpoints
            .iter()
            .map(|endpoint| EndpointRow {
                role: codes::ROLE.name(&endpoint.role, language),
                kind: line(&endpoint.kind),
                url: line(&endpoint.url),
                certificates: endpoint.certificates.iter().map(|c| line(c)).collect(),
            })
            .collect(),
        capabilities: candidate
            .capabilities
            .iter()
            .map(|(name, answer)| (line(name), codes::ANSWER.name(answer, language)))
            .collect(),
    }
}

fn scope(evidence: &Evidence, speech: Speech) -> ScopeView {
    let scope = &evidence.scope;
    let named = |codes: &codes::Codes, list: &[String]| {
        list.iter().map(|code| codes.name(code, speech.language)).collect::<Vec<_>>().join(", ")
    };
    ScopeView {
        zorgtoepassingen: named(&codes::ZORGTOEPASSING, &scope.zorgtoepassingen),
        roles: if scope.roles.is_empty() { "–".to_owned() } else { named(&codes::ROLE, &scope.roles) },
        plateaus: plateaus(&scope.plateaus),
        release: line(&scope.release),
        note: speech.block(&scope.release_note),
        standing: scope.standing.as_ref().map(|s| speech.line(&s.text)),
        only: scope.only.as_deref().map(line),
        inherited: evidence.requirements.iter().filter(|r| r.inherited).count(),
    }
}

fn input(input: &crate::evidence::model::InputDigest, language: Language) -> InputRow {
    InputRow {
        path: line(&input.path),
        kind: codes::INPUT.name(&input.kind, language),
        size: input.size,
        sha256: line(&input.sha256),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_times_are_written_as_people_read_them() {
        assert_eq!(duration(340, Language::Nl), "340 ms");
        assert_eq!(duration(1_960, Language::Nl), "1,9 s");
        assert_eq!(duration(1_960, Language::En), "1.9 s");
        assert_eq!(duration(83_000, Language::En), "1 min 23 s");
        assert_eq!(moment("2026-11-21T10:15:00.000001Z"), "2026-11-21 10:15:00 UTC");
    }

    #[test]
    fn times_that_are_none_are_shown_as_they_stand() {
        assert_eq!(moment("gisteren\u{7}"), "gisteren␇");
        assert_eq!(between("gisteren", "vandaag", Language::Nl), "–");
        assert_eq!(between("2026-11-21T10:15:01Z", "2026-11-21T10:15:00Z", Language::Nl), "0 ms");
    }
}
