//! What the page of exchanges shows, with every text made plain.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::base::text::Language;
use crate::evidence::Evidence;
use crate::evidence::model::{FindingResult, RequirementResult};
use crate::evidence::timeline::{Course, Entry, Shown, Timeline};
use crate::report::plain::{block, brief, line};
use crate::report::view::attention::anchor;
use crate::report::view::mark::{Mark, MarkView};
use crate::report::view::{Banner, Speech, banner, moment};
use crate::report::words::{codes, words};

/// Longest text of what was expected or seen, in characters.
const LONGEST: usize = 600;

/// The page.
#[derive(Debug, Serialize)]
pub struct View {
    pub language: String,
    pub banner: Banner,
    pub product: String,
    pub run: String,
    pub started: String,
    pub version: String,
    pub conclusion: (MarkView, &'static str),
    pub exchanges: usize,
    pub filters: Vec<FilterGroup>,
    pub cases: Vec<CaseView>,
    pub functions: Vec<FunctionView>,
}

/// Check boxes of one kind.
#[derive(Debug, Serialize)]
pub struct FilterGroup {
    pub title: &'static str,
    pub boxes: Vec<FilterBox>,
}

/// A check box: what it stands for is hidden while it is not checked.
#[derive(Debug, Serialize)]
pub struct FilterBox {
    pub id: String,
    pub label: String,
    pub number: usize,
    #[serde(skip)]
    selector: String,
}

/// One attempt at a case.
#[derive(Debug, Serialize)]
pub struct CaseView {
    pub id: String,
    pub title: String,
    pub mark: Option<MarkView>,
    pub class: String,
    pub attempt: Option<u32>,
    pub began: String,
    pub took: String,
    pub entries: Vec<EntryView>,
}

/// One exchange.
#[derive(Debug, Serialize)]
pub struct EntryView {
    pub seq: u64,
    pub class: String,
    pub arrow: &'static str,
    pub direction: &'static str,
    pub endpoint: String,
    pub asked: String,
    pub outcome: String,
    pub outcome_class: &'static str,
    pub step: Option<String>,
    pub after: String,
    pub took: String,
    /// Where the bar begins and how long it is, in thousandths of the case.
    pub bar: (u64, u64),
    pub identity: String,
    pub tls: String,
    pub request_by: &'static str,
    pub request: MessageView,
    pub response_by: &'static str,
    pub response: MessageView,
    pub requirements: Vec<(String, String)>,
}

/// A message.
#[derive(Debug, Serialize)]
pub struct MessageView {
    pub text: String,
    pub bytes: usize,
    pub is_cut: bool,
}

/// The requirements of one function.
#[derive(Debug, Serialize)]
pub struct FunctionView {
    pub name: String,
    pub rows: Vec<RequirementView>,
}

/// A requirement and what its verdict rests on.
#[derive(Debug, Serialize)]
pub struct RequirementView {
    pub anchor: String,
    pub id: String,
    pub title: String,
    pub statement: String,
    pub mark: MarkView,
    pub findings: Vec<FindingView>,
    pub reason: Option<String>,
}

/// One check, with the exchanges that it looked at.
#[derive(Debug, Serialize)]
pub struct FindingView {
    pub case: String,
    pub step: String,
    pub check: String,
    pub result: String,
    pub held: bool,
    pub expected: String,
    pub actual: String,
    pub exchanges: Vec<u64>,
}

impl View {
    /// The view of `timeline` beside `evidence`.
    pub fn new(evidence: &Evidence, timeline: &Timeline, language: Language) -> Self {
        let speech = Speech { language, words: words(language) };
        let shown: BTreeSet<u64> = timeline.cases.iter().flat_map(|c| &c.entries).map(|e| e.seq).collect();
        let cited = cited(evidence);
        let cases: Vec<CaseView> = timeline.cases.iter().map(|c| case(evidence, c, &cited, speech)).collect();
        Self {
            language: language.to_string(),
            banner: banner(evidence.kind, speech.words),
            product: line(&format!("{} {}", evidence.candidate.product, evidence.candidate.version)),
            run: line(&evidence.run),
            started: moment(&evidence.started),
            version: line(&evidence.harness.version),
            conclusion: conclusion(evidence, speech),
            exchanges: shown.len(),
            filters: filters(&cases, speech),
            cases,
            functions: functions(evidence, &shown, speech),
        }
    }

    /// The rules of the style sheet that make the filters work.
    pub fn rules(&self) -> String {
        let boxes = self.filters.iter().flat_map(|g| &g.boxes);
        boxes.map(|b| format!("body:has(#{}:not(:checked)) {} {{ display: none; }}\n", b.id, b.selector)).collect()
    }
}

fn conclusion(evidence: &Evidence, speech: Speech) -> (MarkView, &'static str) {
    let view = crate::report::view::conclusion(evidence.conclusion, speech.words);
    (view.mark, view.word)
}

/// Which requirements point at an exchange: anchor and id.
fn cited(evidence: &Evidence) -> BTreeMap<u64, BTreeMap<String, String>> {
    let mut cited: BTreeMap<u64, BTreeMap<String, String>> = BTreeMap::new();
    for (at, requirement) in evidence.requirements.iter().enumerate() {
        for seq in requirement.findings.iter().flat_map(|f| &f.exchanges) {
            cited.entry(*seq).or_default().insert(anchor(requirement, at), line(&requirement.id));
        }
    }
    cited
}

fn filters(cases: &[CaseView], speech: Speech) -> Vec<FilterGroup> {
    let own = crate::report::words::timeline::words(speech.language);
    let verdicts = Mark::all().filter_map(|mark| {
        let code: &str = mark.into();
        let number = cases.iter().filter(|c| c.mark.is_some_and(|m| m.mark == mark)).count();
        let selector = format!(".case.v-{code}");
        let id = format!("f-v-{code}");
        (number > 0).then(|| FilterBox { id, label: mark.word(speech.words).to_owned(), number, selector })
    });
    let entries = || cases.iter().flat_map(|c| &c.entries);
    let of_class = |name: String, label: String| {
        let number = entries().filter(|e| e.class.split(' ').any(|c| c == name)).count();
        (number > 0).then(|| FilterBox { id: format!("f-{name}"), label, number, selector: format!(".x.{name}") })
    };
    let directions = [("d-to", own.to_candidate), ("d-from", own.from_candidate)];
    let outcomes = [("s-2", "2xx"), ("s-3", "3xx"), ("s-4", "4xx"), ("s-5", "5xx"), ("s-0", own.no_answer)];
    let endpoints: BTreeMap<String, String> = entries()
        .filter_map(|e| Some((e.class.split(' ').find(|c| c.starts_with("e-"))?.to_owned(), e.endpoint.clone())))
        .collect();
    let group = |title: &'static str, boxes: Vec<FilterBox>| FilterGroup { title, boxes };
    let fixed = |list: &[(&str, &str)]| -> Vec<FilterBox> {
        list.iter().filter_map(|(name, label)| of_class((*name).to_owned(), (*label).to_owned())).collect()
    };
    vec![
        group(speech.words.verdict, verdicts.collect()),
        group(own.direction, fixed(&directions)),
        group(own.answer, fixed(&outcomes)),
        group(own.endpoint, endpoints.into_iter().filter_map(|(name, label)| of_class(name, label)).collect()),
    ]
}

fn case(
    evidence: &Evidence,
    course: &Course,
    cited: &BTreeMap<u64, BTreeMap<String, String>>,
    speech: Speech,
) -> CaseView {
    let found = evidence.cases.iter().find(|c| c.id == course.case);
    let attempt = found.and_then(|c| c.attempts.iter().find(|a| a.attempt == course.attempt));
    let mark = attempt.map(|a| Mark::of(a.verdict)).or_else(|| found.map(|c| Mark::of(c.verdict)));
    let mark = mark.map(|m| m.view(speech.words));
    let repeated = found.is_some_and(|c| c.attempts.len() > 1);
    CaseView {
        id: line(&course.case),
        title: found.map_or_else(String::new, |c| speech.line(&c.title)),
        mark,
        class: mark.map_or_else(|| "v-none".to_owned(), |m| format!("v-{}", m.code)),
        attempt: repeated.then_some(course.attempt),
        began: moment(&course.began),
        took: span(course.micros, speech.language),
        entries: course.entries.iter().map(|e| entry(e, course.micros, cited, speech)).collect(),
    }
}

fn entry(entry: &Entry, whole: u64, cited: &BTreeMap<u64, BTreeMap<String, String>>, speech: Speech) -> EntryView {
    let words = speech.words;
    let own = crate::report::words::timeline::words(speech.language);
    let (arrow, direction, request_by, response_by) = if entry.to_candidate {
        ("→", own.to_candidate, words.we_sent, words.candidate_answered)
    } else {
        ("←", own.from_candidate, words.candidate_sent, words.we_answered)
    };
    let (outcome, outcome_class, status_class) = match entry.status {
        Some(status) => (status.to_string(), if status < 400 { "fine" } else { "refused" }, status / 100),
        None if entry.fault => (own.ended.to_owned(), "ended", 0),
        None => (own.no_answer.to_owned(), "ended", 0),
    };
    let way = if entry.to_candidate { "d-to" } else { "d-from" };
    let thousandths = |micros: u64| (micros.saturating_mul(1000) / whole.max(1)).min(1000);
    let left = thousandths(entry.after);
    EntryView {
        seq: entry.seq,
        class: format!("{way} e-{} s-{}", entry.endpoint, if matches!(status_class, 2..=5) { status_class } else { 0 }),
        arrow,
        direction,
        endpoint: entry.endpoint.to_owned(),
        asked: if entry.asked.is_empty() { "–".to_owned() } else { brief(&entry.asked, 110) },
        outcome,
        outcome_class,
        step: entry.step.as_deref().map(line),
        after: span(entry.after, speech.language),
        took: span(entry.micros, speech.language),
        bar: (left, thousandths(entry.micros).clamp(4, 1000 - left.min(996))),
        identity: line(&entry.identity),
        tls: line(&entry.tls),
        request_by,
        request: message(&entry.request, words.nothing),
        response_by,
        response: message(&entry.response, words.nothing),
        requirements: cited.get(&entry.seq).into_iter().flatten().map(|(a, id)| (a.clone(), id.clone())).collect(),
    }
}

fn message(shown: &Shown, nothing: &str) -> MessageView {
    let text = if shown.text.trim().is_empty() { nothing.to_owned() } else { block(&shown.text) };
    MessageView { text, bytes: shown.bytes, is_cut: shown.is_cut }
}

fn functions(evidence: &Evidence, shown: &BTreeSet<u64>, speech: Speech) -> Vec<FunctionView> {
    let mut groups: BTreeMap<(usize, &str), Vec<(usize, &RequirementResult)>> = BTreeMap::new();
    for (at, requirement) in evidence.requirements.iter().enumerate() {
        // What nobody looked at leads nowhere here; the report lists it.
        if Mark::of(requirement.verdict) != Mark::NotTested || !requirement.findings.is_empty() {
            let function = requirement.function.as_str();
            groups.entry((codes::FUNCTION.position(function), function)).or_default().push((at, requirement));
        }
    }
    groups
        .into_iter()
        .map(|((_, function), mut rows)| {
            rows.sort_by_key(|(_, r)| Mark::of(r.verdict));
            FunctionView {
                name: codes::FUNCTION.name(function, speech.language),
                rows: rows.into_iter().map(|(at, r)| requirement(r, at, shown, speech)).collect(),
            }
        })
        .collect()
}

fn requirement(requirement: &RequirementResult, at: usize, shown: &BTreeSet<u64>, speech: Speech) -> RequirementView {
    let mut findings: Vec<&FindingResult> = requirement.findings.iter().collect();
    findings.sort_by_key(|f| f.result == "met");
    RequirementView {
        anchor: anchor(requirement, at),
        id: line(&requirement.id),
        title: speech.line(&requirement.title),
        statement: speech.block(&requirement.statement),
        mark: Mark::of(requirement.verdict).view(speech.words),
        findings: findings.into_iter().map(|f| finding(f, shown, speech)).collect(),
        reason: requirement.not_tested.as_deref().map(line),
    }
}

fn finding(finding: &FindingResult, shown: &BTreeSet<u64>, speech: Speech) -> FindingView {
    FindingView {
        case: line(&finding.case),
        step: line(&finding.step),
        check: line(&finding.check),
        result: codes::RESULT.name(&finding.result, speech.language),
        held: finding.result == "met",
        expected: brief(finding.expected.get(speech.language), LONGEST),
        actual: brief(&finding.actual, LONGEST),
        exchanges: finding.exchanges.iter().copied().filter(|seq| shown.contains(seq)).collect(),
    }
}

/// A span of time to the tenth of a millisecond, below a second; from there as elsewhere.
fn span(micros: u64, language: Language) -> String {
    match micros {
        0..1_000_000 => {
            let point = if language == Language::Nl { ',' } else { '.' };
            format!("{}{point}{} ms", micros / 1000, micros % 1000 / 100)
        }
        _ => crate::report::view::duration(micros / 1000, language),
    }
}
