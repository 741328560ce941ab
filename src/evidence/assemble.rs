//! Putting evidence together from plan, judgement and transcript.

pub(super) mod excerpt;
mod grid;
mod papers;
mod versions;

use std::collections::{BTreeMap, BTreeSet};

pub use versions::{as_version_1, as_version_2, differences};

use super::model::{
    AttemptResult, Candidate, CaseResult, Conclusion, Counts, DecisionRule, EndpointResult, EnforcementResult,
    Evidence, Excerpt, Exclusion, FindingResult, Harness, InputDigest, Kind, Place, PlateauVerdict, RequirementResult,
    SCHEMA, Scope, SourceResult,
};
use crate::base::clock;
use crate::base::id::ScenarioId;
use crate::base::text::Text;
use crate::check::Verdict;
use crate::judge::{Decision, Finding, Judgement, Outcome, Papers, Result, advice, day_of};
use crate::plan::{Bound, Plan};
use crate::suite::Suite;
use crate::suite::candidate::CandidateFile;
use crate::suite::place::{Line, Lines};
use crate::suite::requirement::{Requirement, Role, Verification};
use crate::transcript::{Direction, Event, EventKind, Exchange};

/// Exchanges shown per finding.
const SHOWN_PER_FINDING: usize = 2;

/// What is not in plan, judgement or transcript.
#[derive(Debug, Clone)]
pub struct About {
    /// Id of the run.
    pub run: String,
    /// What the document is.
    pub kind: Kind,
    /// Whether the candidate is the embedded reference GtK, and its deliberate wrong.
    pub embedded: bool,
    /// The deliberate wrong.
    pub deviation: Option<String>,
    /// Folder of the suite, if it was not the built-in one.
    pub suite: Option<String>,
    /// SHA-256 of the running binary.
    pub binary_sha256: String,
    /// SHA-256 of the deviation matrix.
    pub kill_matrix_sha256: String,
    /// Documents and declared deviations.
    pub papers: Papers,
    /// Digests of all inputs.
    pub inputs: Vec<InputDigest>,
}

/// Puts the evidence of a run together. `made` are excerpts by the number of the exchange, of which the events need not hold
/// the messages any more.
pub fn assemble(
    suite: &Suite,
    plan: &Plan,
    candidate: &CandidateFile,
    judgement: &Judgement,
    events: &[Event],
    made: &BTreeMap<u64, Excerpt>,
    about: About,
) -> Evidence {
    let mut lines = Lines::new(suite);
    let findings: Vec<FindingResult> =
        judgement.findings.iter().map(|f| finding_result(judgement, &mut lines, f)).collect();
    let requirements: Vec<RequirementResult> = judgement
        .requirements
        .iter()
        .filter_map(|(id, outcome)| {
            let requirement = &suite.requirements.get(id)?.requirement;
            let place = lines.requirement(id).map(place);
            let mut result = requirement_result(requirement, place, plan.requirements.get(id)?, outcome, &findings);
            let version = &candidate.product.version;
            result.attestation = outcome.attested.as_ref().and_then(|a| papers::attestation(&about.papers, a, version));
            result.waived = papers::waived(&about.papers, outcome);
            Some(result)
        })
        .collect();
    let observations: Vec<FindingResult> = judgement
        .findings
        .iter()
        .zip(&findings)
        .filter(|(f, _)| f.verifies.is_empty())
        .map(|(_, r)| r.clone())
        .collect();
    let shown = shown(&judgement.findings);
    let at = |pick: fn(&EventKind) -> bool| events.iter().find(|e| pick(&e.event)).map(|e| e.at.clone());
    // A transcript that was torn before its first line still has a document, with times that say so.
    let never = || "1970-01-01T00:00:00.000000Z".to_owned();
    let started = at(|e| matches!(e, EventKind::RunStarted { .. })).unwrap_or_else(never);
    let ended = at(|e| matches!(e, EventKind::RunEnded { .. })).or_else(|| events.last().map(|e| e.at.clone()));
    Evidence {
        schema: SCHEMA.into(),
        kind: about.kind,
        run: about.run.clone(),
        started,
        ended: ended.unwrap_or_else(never),
        complete: judgement.complete,
        candidate: candidate_result(candidate, events, &about),
        scope: Scope {
            standing: papers::standing(suite, &plan.selection.release, day_of(events)),
            ..scope(suite, plan)
        },
        harness: Harness {
            version: env!("CARGO_PKG_VERSION").into(),
            binary_sha256: about.binary_sha256,
            kill_matrix_sha256: about.kill_matrix_sha256,
            suite: about.suite,
        },
        decision_rule: decision_rule(),
        conclusion: match judgement.decision() {
            Decision::Conformant => Conclusion::Conformant,
            Decision::ConformantWithWaivers => Conclusion::ConformantWithWaivers,
            Decision::NotConformant => Conclusion::NotConformant,
            Decision::Undetermined => Conclusion::Undetermined,
        },
        counts: counts(requirements.iter().filter(|r| r.mode != ATTESTED)),
        attested: Some(counts(requirements.iter().filter(|r| r.mode == ATTESTED))),
        papers: Some(papers::papers(plan, judgement, &about.papers, &candidate.product.version)),
        grid: Some(grid::grid(suite, plan, &requirements)),
        requirements,
        cases: cases(suite, plan, judgement, events),
        exclusions: exclusions(plan),
        observations,
        excerpts: excerpt::excerpts(events, &shown, made),
        inputs: about.inputs,
    }
}

/// Numbers of the exchanges that the evidence shows: those of findings that a reader wants to see more of.
pub(super) fn shown(findings: &[Finding]) -> BTreeSet<u64> {
    let told = findings.iter().filter(|f| f.result != Result::Met || f.verifies.is_empty());
    told.flat_map(|f| f.exchanges.iter().take(SHOWN_PER_FINDING).copied()).collect()
}

fn decision_rule() -> DecisionRule {
    DecisionRule {
        id: "strongest-verdict/3".into(),
        text: Text::new(
            "De sterkste uitkomst telt: niet voldaan boven harnessfout, boven onbeslist, boven wisselvallig, boven waarschuwing, boven voldaan. Wat pas bij een latere poging klopte, is wisselvallig. Conform is: niets niet voldaan, niets onbeslist, niets wisselvallig, geen harnessfout, de run is compleet en er is iets getest of met documenten verklaard. Wat een gemelde afwijking (waiver) dekt, blijft niet voldaan en telt niet mee in de conclusie, die dan conform met gemelde afwijkingen is en nooit conform. Een verlopen, gewijzigd of ontbrekend document is onbeslist. Het pakket van een organisatie is pas conform als elke eis die met documenten wordt getoond een document heeft. Wat niet getest is, staat er open bij en telt nooit als voldaan. Alleen een MUST uit de Twiin-tekst, een nationale standaard of een basisstandaard kan tot niet voldaan leiden.",
            "The strongest outcome counts: fail above error of the harness, above inconclusive, above flaky, above warning, above pass. What held in a later attempt only is flaky. Conformant is: nothing failed, nothing inconclusive, nothing flaky, no error, the run is complete and something was tested or attested by documents. What a declared deviation (waiver) covers stays failed and is left out of the conclusion, which is then conformant with waivers and never conformant. A document that expired, was altered or is missing is inconclusive. The package of an organisation is conformant only when every requirement that documents show has one. What was not tested is listed openly and never counts as passed. Only a MUST of the Twiin text, a national standard or a base standard can fail a candidate.",
        ),
    }
}

/// The mode of what documents show.
const ATTESTED: &str = "attested";

fn counts<'a>(requirements: impl Iterator<Item = &'a RequirementResult>) -> Counts {
    let mut counts = Counts::default();
    for requirement in requirements {
        *match requirement.verdict {
            Verdict::Pass => &mut counts.pass,
            Verdict::Warn => &mut counts.warn,
            Verdict::Flaky => &mut counts.flaky,
            Verdict::Fail => &mut counts.fail,
            Verdict::Inconclusive => &mut counts.inconclusive,
            Verdict::Error => &mut counts.error,
            Verdict::NotTested => &mut counts.not_tested,
        } += 1;
    }
    counts
}

/// How a verdict was reached. A document never makes the harness have seen something, and what was seen on the wire of a
/// requirement that documents show is an observation.
fn mode(requirement: &Requirement, outcome: &Outcome) -> Verification {
    match (outcome.findings.is_empty(), &outcome.attested, requirement.verification) {
        (true, Some(_), _) => Verification::Attested,
        (false, _, Verification::Attested) => Verification::Observed,
        (_, _, verification) => verification,
    }
}

fn scope(suite: &Suite, plan: &Plan) -> Scope {
    let selection = &plan.selection;
    let asked = selection.zorgtoepassingen.iter().filter_map(|name| suite.profiles.get(name));
    Scope {
        zorgtoepassingen: selection.zorgtoepassingen.clone(),
        roles: selection.roles.iter().map(Role::to_string).collect(),
        plateaus: selection.plateaus.clone(),
        release: selection.release.clone(),
        standing: None,
        release_note: suite.releases.get(&selection.release).map_or_else(|| Text::new("", ""), |r| r.note.clone()),
        zorgtoepassing_standing: asked.clone().filter_map(|p| p.profile.standing.clone()).collect(),
        zorgtoepassing_preview: asked.filter_map(|p| p.profile.preview.clone()).collect(),
        only: selection.only.clone(),
    }
}

fn candidate_result(file: &CandidateFile, events: &[Event], about: &About) -> Candidate {
    let seen: BTreeSet<String> = exchanges(events)
        .filter(|(_, _, e)| e.direction == Direction::ToCandidate)
        .filter_map(|(_, _, e)| e.tls.as_ref()?.peer.first().map(|c| c.sha256.clone()))
        .collect();
    let mut endpoints = Vec::new();
    for &role in Role::ALL {
        for (setting, url) in file.urls(role) {
            // What the endpoint is: `fhir`, `token`, `r4`, `handoff`, `query`.
            let kind = setting.split('-').next().unwrap_or(setting);
            let url = if about.embedded { "(embedded)".to_owned() } else { url.to_owned() };
            // Every case of a self-test has a GtK of its own at another port, with one certificate for all.
            let certificates =
                if about.embedded { seen.iter().take(1).cloned().collect() } else { seen.iter().cloned().collect() };
            endpoints.push(EndpointResult { role: role.to_string(), kind: kind.into(), url, certificates });
        }
    }
    Candidate {
        subject: Some(file.subject.to_string()),
        product: file.product.name.clone(),
        version: file.product.version.clone(),
        supplier: file.product.supplier.clone(),
        ura: file.organisation.ura.clone(),
        environment: file.environment.to_string(),
        endpoints,
        capabilities: file.capabilities.iter().map(|(name, declared)| (name.clone(), declared.to_string())).collect(),
        embedded: about.embedded,
        deviation: about.deviation.clone(),
    }
}

fn place(line: Line) -> Place {
    Place { path: line.path, line: line.line }
}

fn requirement_result(
    requirement: &Requirement,
    place: Option<Place>,
    bound: &Bound,
    outcome: &Outcome,
    findings: &[FindingResult],
) -> RequirementResult {
    RequirementResult {
        id: requirement.id.to_string(),
        official_id: requirement.official_id.clone(),
        title: requirement.title.clone(),
        statement: requirement.statement.clone(),
        level: requirement.level.to_string(),
        authority: requirement.authority.to_string(),
        maturity: requirement.maturity.to_string(),
        function: requirement.function.to_string(),
        zorgtoepassing: requirement.zorgtoepassing.clone(),
        source: SourceResult {
            title: requirement.source.title.clone(),
            path: requirement.source.path.clone(),
            version: requirement.source.version.clone(),
        },
        place,
        inherited: bound.inherited,
        erratum: requirement.erratum.clone(),
        enforcement: requirement.enforcement.map(|cap| EnforcementResult {
            cap: cap.to_string(),
            reason: requirement.enforcement_reason.clone().unwrap_or_else(|| Text::new("", "")),
        }),
        mode: mode(requirement, outcome).to_string(),
        verdict: outcome.verdict,
        plateaus: outcome
            .plateaus
            .iter()
            .map(|(plateau, verdict)| PlateauVerdict { plateau: *plateau, verdict: *verdict })
            .collect(),
        not_tested: outcome.reason.clone(),
        attestation: None,
        waived: None,
        findings: outcome.findings.iter().filter_map(|i| findings.get(*i).cloned()).collect(),
    }
}

fn finding_result(judgement: &Judgement, lines: &mut Lines<'_>, finding: &Finding) -> FindingResult {
    let scenario = finding.case.split('@').next().and_then(|s| ScenarioId::parse(s).ok());
    let expectation = scenario.filter(|_| finding.result != Result::Met);
    FindingResult {
        case: finding.case.clone(),
        attempt: is_repeated(judgement, &finding.case).then_some(finding.attempt),
        step: finding.step.to_string(),
        check: finding.check.into(),
        result: finding.result.to_string(),
        expected: finding.expected.clone(),
        actual: finding.actual.clone(),
        note: finding.not_specified.clone(),
        basis: finding.basis.map(|b| b.to_string()),
        advice: (finding.result == Result::NotMet && finding.not_specified.is_none())
            .then(|| advice(finding.check, &finding.actual)),
        exchanges: finding.exchanges.clone(),
        place: expectation.and_then(|s| lines.expectation(&s, finding.position)).map(place),
    }
}

fn is_repeated(judgement: &Judgement, case: &str) -> bool {
    judgement.cases.get(case).is_some_and(|c| c.attempts.len() > 1)
}

/// All exchanges with their sequence number and case.
fn exchanges(events: &[Event]) -> impl Iterator<Item = (u64, &str, &Exchange)> {
    events.iter().filter_map(|e| match &e.event {
        EventKind::Exchange(exchange) => Some((e.seq, e.case.as_deref().unwrap_or_default(), exchange.as_ref())),
        _ => None,
    })
}

/// What the transcript says of one attempt at a case.
#[derive(Default)]
struct Course<'a> {
    began: Option<&'a str>,
    ended: Option<&'a str>,
    stopped: Option<String>,
    exchanges: u64,
}

impl Course<'_> {
    fn milliseconds(&self) -> u64 {
        let times = self.began.and_then(clock::parse_rfc3339).zip(self.ended.and_then(clock::parse_rfc3339));
        times.and_then(|(from, to)| u64::try_from((to - from).whole_milliseconds()).ok()).unwrap_or_default()
    }
}

/// The course of every case, by attempt.
fn courses(events: &[Event]) -> BTreeMap<&str, BTreeMap<u32, Course<'_>>> {
    let mut courses: BTreeMap<&str, BTreeMap<u32, Course<'_>>> = BTreeMap::new();
    for event in events {
        let Some(case) = event.case.as_deref() else { continue };
        let course = courses.entry(case).or_default().entry(event.attempt).or_default();
        match &event.event {
            EventKind::CaseStarted { .. } => course.began = Some(&event.at),
            EventKind::CaseEnded { stopped } => {
                course.ended = Some(&event.at);
                course.stopped.clone_from(stopped);
            }
            EventKind::Exchange(_) => course.exchanges += 1,
            _ => {}
        }
    }
    courses
}

fn cases(suite: &Suite, plan: &Plan, judgement: &Judgement, events: &[Event]) -> Vec<CaseResult> {
    let mut courses = courses(events);
    plan.cases
        .iter()
        .filter_map(|case| {
            let scenario = suite.scenarios.get(&case.scenario)?;
            let outcome = judgement.cases.get(&case.id)?;
            let attempts: Vec<AttemptResult> = courses
                .remove(case.id.as_str())
                .unwrap_or_default()
                .into_iter()
                .map(|(attempt, course)| AttemptResult {
                    attempt,
                    verdict: outcome.attempts.get(&attempt).copied().unwrap_or_default(),
                    started: course.began.map(str::to_owned),
                    duration_ms: course.milliseconds(),
                    exchanges: course.exchanges,
                    stopped: course.stopped,
                })
                .collect();
            Some(CaseResult {
                id: case.id.clone(),
                scenario: case.scenario.to_string(),
                title: scenario.file.title.clone(),
                role: case.role.to_string(),
                cases: scenario.file.cases.clone(),
                plateaus: case.plateaus.clone(),
                verdict: outcome.verdict,
                stopped: attempts.last().and_then(|a| a.stopped.clone()),
                duration_ms: attempts.iter().map(|a| a.duration_ms).sum(),
                exchanges: attempts.iter().map(|a| a.exchanges).sum(),
                attempts: if attempts.len() > 1 { attempts } else { Vec::new() },
            })
        })
        .collect()
}

fn exclusions(plan: &Plan) -> Vec<Exclusion> {
    let excluded = plan.exclusions.iter().filter(|e| !e.by_selection);
    let whole =
        excluded.map(|e| Exclusion { case: e.case.clone(), reason: e.reason.clone(), missing: e.missing.clone() });
    let parts = plan.cases.iter().filter(|c| !c.without.is_empty()).map(|case| {
        let missing: BTreeSet<String> = case.without.values().cloned().collect();
        let names = missing.iter().cloned().collect::<Vec<_>>().join(", ");
        Exclusion {
            case: case.id.clone(),
            reason: Text::new(
                format!("een verwachting is niet getoetst; ontbreekt: {names}"),
                format!("an expectation was not judged; missing: {names}"),
            ),
            missing: missing.into_iter().collect(),
        }
    });
    whole.chain(parts).collect()
}
