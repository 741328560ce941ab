//! Putting evidence together from plan, judgement and transcript.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::model::{
    Candidate, CaseResult, Conclusion, Counts, DecisionRule, EndpointResult, EnforcementResult, Evidence, Excerpt,
    Exclusion, FindingResult, Harness, InputDigest, Kind, PlateauVerdict, RequirementResult, SCHEMA, Scope,
    SourceResult,
};
use crate::base::clock;
use crate::base::text::Text;
use crate::check::Verdict;
use crate::judge::{Decision, Finding, Judgement, Outcome, Result, advice};
use crate::plan::{Bound, Plan};
use crate::suite::Suite;
use crate::suite::candidate::CandidateFile;
use crate::suite::requirement::{Requirement, Role};
use crate::transcript::{Body, Direction, Event, EventKind, Exchange};

/// Exchanges shown per finding.
const SHOWN_PER_FINDING: usize = 2;
/// Longest message in an excerpt, in characters.
const EXCERPT_CHARS: usize = 3000;

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
    /// SHA-256 of the running binary.
    pub binary_sha256: String,
    /// SHA-256 of the deviation matrix.
    pub kill_matrix_sha256: String,
    /// Digests of all inputs.
    pub inputs: Vec<InputDigest>,
}

/// Puts the evidence of a run together.
pub fn assemble(
    suite: &Suite,
    plan: &Plan,
    candidate: &CandidateFile,
    judgement: &Judgement,
    events: &[Event],
    about: About,
) -> Evidence {
    let findings: Vec<FindingResult> = judgement.findings.iter().map(finding_result).collect();
    let requirements: Vec<RequirementResult> = judgement
        .requirements
        .iter()
        .filter_map(|(id, outcome)| {
            let requirement = &suite.requirements.get(id)?.requirement;
            Some(requirement_result(requirement, plan.requirements.get(id)?, outcome, &findings))
        })
        .collect();
    let observations: Vec<FindingResult> = judgement
        .findings
        .iter()
        .zip(&findings)
        .filter(|(f, _)| f.verifies.is_empty())
        .map(|(_, r)| r.clone())
        .collect();
    let shown: BTreeSet<u64> = judgement
        .findings
        .iter()
        .filter(|f| f.result != Result::Met || f.verifies.is_empty())
        .flat_map(|f| f.exchanges.iter().take(SHOWN_PER_FINDING).copied())
        .collect();
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
        scope: scope(suite, plan),
        harness: Harness {
            version: env!("CARGO_PKG_VERSION").into(),
            binary_sha256: about.binary_sha256,
            kill_matrix_sha256: about.kill_matrix_sha256,
        },
        decision_rule: decision_rule(),
        conclusion: match judgement.decision() {
            Decision::Conformant => Conclusion::Conformant,
            Decision::NotConformant => Conclusion::NotConformant,
            Decision::Undetermined => Conclusion::Undetermined,
        },
        counts: counts(judgement),
        requirements,
        cases: cases(suite, plan, judgement, events),
        exclusions: exclusions(plan),
        observations,
        excerpts: excerpts(events, &shown),
        inputs: about.inputs,
    }
}

fn decision_rule() -> DecisionRule {
    DecisionRule {
        id: "strongest-verdict/1".into(),
        text: Text::new(
            "De sterkste uitkomst telt: niet voldaan boven harnessfout, boven onbeslist, boven waarschuwing, boven voldaan. Conform is: niets niet voldaan, niets onbeslist, geen harnessfout, de run is compleet en er is iets getest. Wat niet getest is, staat er open bij en telt nooit als voldaan. Alleen een MUST uit de Twiin-tekst, een nationale standaard of een basisstandaard kan tot niet voldaan leiden.",
            "The strongest outcome counts: fail above error of the harness, above inconclusive, above warning, above pass. Conformant is: nothing failed, nothing inconclusive, no error, the run is complete and something was tested. What was not tested is listed openly and never counts as passed. Only a MUST of the Twiin text, a national standard or a base standard can fail a candidate.",
        ),
    }
}

fn counts(judgement: &Judgement) -> Counts {
    let count = |verdict| judgement.with(verdict).len() as u64;
    Counts {
        pass: count(Verdict::Pass),
        warn: count(Verdict::Warn),
        fail: count(Verdict::Fail),
        inconclusive: count(Verdict::Inconclusive),
        error: count(Verdict::Error),
        not_tested: count(Verdict::NotTested),
    }
}

fn scope(suite: &Suite, plan: &Plan) -> Scope {
    let selection = &plan.selection;
    Scope {
        zorgtoepassingen: selection.zorgtoepassingen.clone(),
        roles: selection.roles.iter().map(Role::to_string).collect(),
        plateaus: selection.plateaus.clone(),
        release: selection.release.clone(),
        release_note: suite.releases.get(&selection.release).map_or_else(|| Text::new("", ""), |r| r.note.clone()),
        only: selection.only.clone(),
    }
}

fn candidate_result(file: &CandidateFile, events: &[Event], about: &About) -> Candidate {
    let seen: BTreeSet<String> = exchanges(events)
        .filter(|(_, _, e)| e.direction == Direction::ToCandidate)
        .filter_map(|(_, _, e)| e.tls.as_ref()?.peer.first().map(|c| c.sha256.clone()))
        .collect();
    let mut endpoints = Vec::new();
    for role in [Role::Sending, Role::Receiving] {
        for (kind, url) in file.endpoints(role).iter().flat_map(|e| {
            let r4 = e.r4_base.iter().map(|base| ("r4", base));
            [("fhir", &e.fhir_base), ("token", &e.token_endpoint)].into_iter().chain(r4)
        }) {
            let url = if about.embedded { "(embedded)".to_owned() } else { url.clone() };
            // Every case of a self-test has a GtK of its own at another port, with one certificate for all.
            let certificates =
                if about.embedded { seen.iter().take(1).cloned().collect() } else { seen.iter().cloned().collect() };
            endpoints.push(EndpointResult { role: role.to_string(), kind: kind.into(), url, certificates });
        }
    }
    Candidate {
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

fn requirement_result(
    requirement: &Requirement,
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
        inherited: bound.inherited,
        erratum: requirement.erratum.clone(),
        enforcement: requirement.enforcement.map(|cap| EnforcementResult {
            cap: cap.to_string(),
            reason: requirement.enforcement_reason.clone().unwrap_or_else(|| Text::new("", "")),
        }),
        mode: requirement.verification.to_string(),
        verdict: outcome.verdict,
        plateaus: outcome
            .plateaus
            .iter()
            .map(|(plateau, verdict)| PlateauVerdict { plateau: *plateau, verdict: *verdict })
            .collect(),
        not_tested: outcome.reason.clone(),
        findings: outcome.findings.iter().filter_map(|i| findings.get(*i).cloned()).collect(),
    }
}

fn finding_result(finding: &Finding) -> FindingResult {
    FindingResult {
        case: finding.case.clone(),
        step: finding.step.to_string(),
        check: finding.check.into(),
        result: finding.result.to_string(),
        expected: finding.expected.clone(),
        actual: finding.actual.clone(),
        note: finding.not_specified.clone(),
        advice: (finding.result == Result::NotMet && finding.not_specified.is_none())
            .then(|| advice(finding.check, &finding.actual)),
        exchanges: finding.exchanges.clone(),
    }
}

/// All exchanges with their sequence number and case.
fn exchanges(events: &[Event]) -> impl Iterator<Item = (u64, &str, &Exchange)> {
    events.iter().filter_map(|e| match &e.event {
        EventKind::Exchange(exchange) => Some((e.seq, e.case.as_deref().unwrap_or_default(), exchange.as_ref())),
        _ => None,
    })
}

fn cases(suite: &Suite, plan: &Plan, judgement: &Judgement, events: &[Event]) -> Vec<CaseResult> {
    /// Beginning, end and early stop of a case.
    type Times<'a> = (Option<&'a str>, Option<&'a str>, Option<String>);
    let mut times: BTreeMap<&str, Times<'_>> = BTreeMap::new();
    let mut counted: BTreeMap<&str, u64> = BTreeMap::new();
    for event in events {
        let Some(case) = event.case.as_deref() else { continue };
        let entry = times.entry(case).or_default();
        match &event.event {
            EventKind::CaseStarted { .. } => entry.0 = Some(&event.at),
            EventKind::CaseEnded { stopped } => {
                entry.1 = Some(&event.at);
                entry.2.clone_from(stopped);
            }
            EventKind::Exchange(_) => *counted.entry(case).or_default() += 1,
            _ => {}
        }
    }
    plan.cases
        .iter()
        .filter_map(|case| {
            let scenario = suite.scenarios.get(&case.scenario)?;
            let (began, ended, stopped) = times.get(case.id.as_str()).cloned().unwrap_or_default();
            let milliseconds = |from: &str, to: &str| {
                let difference = clock::parse_rfc3339(to)? - clock::parse_rfc3339(from)?;
                u64::try_from(difference.whole_milliseconds()).ok()
            };
            Some(CaseResult {
                id: case.id.clone(),
                scenario: case.scenario.to_string(),
                title: scenario.file.title.clone(),
                role: case.role.to_string(),
                cases: scenario.file.cases.clone(),
                plateaus: case.plateaus.clone(),
                verdict: case_verdict(suite, judgement, &case.id),
                stopped,
                duration_ms: began.zip(ended).and_then(|(b, e)| milliseconds(b, e)).unwrap_or_default(),
                exchanges: counted.get(case.id.as_str()).copied().unwrap_or_default(),
            })
        })
        .collect()
}

/// The strongest that the findings of a case amount to, on the plateaus that it counts for.
fn case_verdict(suite: &Suite, judgement: &Judgement, case: &str) -> Verdict {
    let findings = judgement.findings.iter().filter(|f| f.case == case);
    Verdict::all(findings.flat_map(|finding| {
        finding.verifies.iter().filter_map(move |id| {
            let requirement = &suite.requirements.get(id)?.requirement;
            let binding = finding.plateaus.iter().filter(|p| requirement.plateaus.contains(p));
            finding.verdict(binding.map(|p| requirement.severity(*p)).max()?)
        })
    }))
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

fn excerpts(events: &[Event], shown: &BTreeSet<u64>) -> Vec<Excerpt> {
    exchanges(events)
        .filter(|(seq, _, _)| shown.contains(seq))
        .map(|(seq, _, exchange)| Excerpt {
            seq,
            at: exchange.began.clone(),
            direction: if exchange.direction == Direction::ToCandidate { "to-candidate" } else { "from-candidate" }
                .into(),
            endpoint: <&'static str>::from(exchange.endpoint).into(),
            identity: exchange.identity.clone(),
            tls: tls_line(exchange),
            request: request_text(exchange),
            response: response_text(exchange),
        })
        .collect()
}

fn tls_line(exchange: &Exchange) -> String {
    let Some(tls) = &exchange.tls else { return "no TLS".into() };
    let part = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
    let peer = tls.peer.first().map_or_else(|| "no certificate".to_owned(), |c| c.subject.clone());
    format!("{} {} {}; peer: {peer}", part(&tls.version), part(&tls.cipher_suite), part(&tls.group))
}

fn request_text(exchange: &Exchange) -> String {
    let Some(request) = &exchange.request else { return "(no request)".into() };
    cut(&format!(
        "{} {}\n{}\n{}",
        request.method,
        request.target,
        headers_text(&request.headers),
        body_text(&request.body)
    ))
}

fn response_text(exchange: &Exchange) -> String {
    match (&exchange.response, &exchange.fault) {
        (Some(response), _) => {
            cut(&format!("{}\n{}\n{}", response.status, headers_text(&response.headers), body_text(&response.body)))
        }
        (None, Some(fault)) => serde_json::to_string(fault).unwrap_or_default(),
        (None, None) => "(no response)".into(),
    }
}

fn headers_text(headers: &[(String, String)]) -> String {
    headers.iter().map(|(n, v)| format!("{n}: {v}\n")).collect()
}

fn body_text(body: &Body) -> String {
    match body {
        Body::Empty => String::new(),
        Body::Json { value, format, .. } => {
            let pretty = serde_json::to_string_pretty(value).unwrap_or_default();
            if format == "xml" { format!("(XML, shown as JSON)\n{pretty}") } else { pretty }
        }
        Body::Form { fields } => fields.iter().map(|(n, v)| format!("{n}={v}\n")).collect(),
        Body::Text { text, .. } => text.clone(),
        Body::Unreadable { reason, text, .. } => format!("({reason})\n{text}"),
        Body::Binary { bytes } => format!("({bytes} bytes)"),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(EXCERPT_CHARS) {
        Some((at, _)) => format!("{}\n…", &text[..at]),
        None => text.to_owned(),
    }
}

/// Members that differ between a stored document and one that was judged again; empty when they agree.
pub fn differences(stored: &Evidence, again: &Evidence) -> Vec<String> {
    let as_object = |evidence: &Evidence| {
        serde_json::to_value(evidence).ok().and_then(|v| v.as_object().cloned()).unwrap_or_default()
    };
    let (stored, again) = (as_object(stored), as_object(again));
    let names: BTreeSet<&String> = stored.keys().chain(again.keys()).collect();
    names
        .into_iter()
        .filter(|n| stored.get(*n).unwrap_or(&Value::Null) != again.get(*n).unwrap_or(&Value::Null))
        .cloned()
        .collect()
}
