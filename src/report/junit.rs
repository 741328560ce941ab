//! JUnit XML, for build servers: one suite per scenario, one test case per check on it.
//!
//! JUnit knows no warnings. So: a check that does not hold is a `failure` only where its requirement failed on a
//! plateau that the scenario counts for; where
//! it may at most warn it is a success that says so in `system-out`. What could not be judged, by the candidate's
//! silence or by a fault of ours, is an `error`. Requirements and scenarios that were left out are `skipped`, each
//! with its reason. A verdict that no check stands for gets a test case of its own in the suite `requirements`.
//!
//! A failure that a declared deviation covers is `skipped`, with the verdict and the deviation in its message. What
//! documents show has a suite of its own, `attested`: none of it was seen by the harness.
//!
//! A case that was done again keeps one test case a check. Its earlier attempts stand below it in the words of Maven
//! Surefire: `flakyFailure` where the last attempt held, `rerunFailure` where it did not. Unlike Surefire we call a check
//! that held in a later attempt only no success: it is a `failure` of type `flaky`.

use std::collections::BTreeMap;
use std::time::Duration;

use quick_junit::{FlakyOrRerun, NonSuccessKind, Report, TestCase, TestCaseStatus, TestRerun, TestSuite};

use crate::base::text::Language;
use crate::evidence::Evidence;
use crate::evidence::model::{CaseResult, FindingResult, Kind, RequirementResult};

use super::ReportError;
use super::plain::{block, line};
use super::view::mark::Mark;
use super::view::{Speech, banner, papers};
use super::words::{codes, words};

/// The JUnit document.
pub fn render(evidence: &Evidence, language: Language) -> Result<Vec<u8>, ReportError> {
    let writer = Writer { evidence, speech: Speech { language, words: words(language) } };
    let mut report = Report::new(format!("twiin-harness: {}", banner(evidence.kind, writer.speech.words).title));
    report.set_time(Duration::from_millis(evidence.cases.iter().map(|c| c.duration_ms).sum()));
    for case in &evidence.cases {
        report.add_test_suite(writer.case(case));
    }
    for suite in [writer.requirements(), writer.attested(), writer.not_tested(), writer.not_driven()] {
        if suite.tests > 0 {
            report.add_test_suite(suite);
        }
    }
    let mut bytes = Vec::new();
    report.serialize(&mut bytes)?;
    Ok(bytes)
}

/// What a check amounts to in JUnit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Success,
    /// It does not hold and does not count as failure.
    Noted,
    Failure,
    /// It held in the last attempt and not before.
    Flaky,
    Error,
}

impl Outcome {
    fn kind(self) -> Option<NonSuccessKind> {
        match self {
            Self::Success | Self::Noted => None,
            Self::Failure | Self::Flaky => Some(NonSuccessKind::Failure),
            Self::Error => Some(NonSuccessKind::Error),
        }
    }
}

struct Writer<'a> {
    evidence: &'a Evidence,
    speech: Speech,
}

impl Writer<'_> {
    /// The outcome of a check, given the verdicts that its requirement got on the plateaus that the case counts for.
    fn outcome(&self, requirement: &RequirementResult, finding: &FindingResult) -> Outcome {
        let case = self.evidence.cases.iter().find(|c| c.id == finding.case);
        let counts = |plateau| case.is_none_or(|c| c.plateaus.contains(&plateau));
        let verdicts = || requirement.plateaus.iter().filter(|p| counts(p.plateau)).map(|p| Mark::of(p.verdict));
        match finding.result.as_str() {
            "met" => Outcome::Success,
            "not-met" if verdicts().any(|mark| matches!(mark, Mark::Fail | Mark::Flaky)) => Outcome::Failure,
            "not-met" => Outcome::Noted,
            _ if verdicts().any(|mark| mark < Mark::Warn) => Outcome::Error,
            _ => Outcome::Noted,
        }
    }

    /// The outcome of a check over all its attempts.
    fn together(&self, requirement: &RequirementResult, attempts: &[&FindingResult]) -> Outcome {
        let outcomes: Vec<Outcome> = attempts.iter().map(|f| self.outcome(requirement, f)).collect();
        let last = outcomes.last().copied().unwrap_or(Outcome::Success);
        let trouble = outcomes.iter().any(|o| o.kind().is_some());
        if last.kind().is_none() && trouble { Outcome::Flaky } else { last }
    }

    fn suite(&self, name: &str) -> TestSuite {
        let mut suite = TestSuite::new(line(name));
        let evidence = self.evidence;
        let kind = match evidence.kind {
            Kind::SelfTest => "self-test",
            Kind::ValidationEvidence => "validation-evidence",
        };
        for (name, value) in [
            ("kind", kind),
            ("label", banner(evidence.kind, self.speech.words).title),
            ("run", &evidence.run),
            ("conclusion", &evidence.conclusion.to_string()),
            ("candidate", &format!("{} {}", evidence.candidate.product, evidence.candidate.version)),
            ("supplier", &evidence.candidate.supplier),
            ("release", &evidence.scope.release),
            ("harness", &evidence.harness.version),
        ] {
            suite.add_property((name, line(value).as_str()));
        }
        suite
    }

    fn case(&self, case: &CaseResult) -> TestSuite {
        let mut suite = self.suite(&case.id);
        suite.set_time(Duration::from_millis(case.duration_ms));
        let title = self.speech.line(&case.title);
        suite.set_system_out(match &case.stopped {
            Some(why) => format!("{title}\n{} {}", self.speech.words.stopped, line(why)),
            None => title,
        });
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        for requirement in &self.evidence.requirements {
            for attempts in attempts(requirement, &case.id) {
                let mut check = self.check(requirement, &attempts);
                // Build servers take two test cases of one name for one.
                let times = names.entry(check.name.as_str().to_owned()).or_default();
                *times += 1;
                if *times > 1 {
                    check.name = format!("{} #{times}", check.name.as_str()).into();
                }
                suite.add_test_case(check);
            }
        }
        suite
    }

    fn check(&self, requirement: &RequirementResult, attempts: &[&FindingResult]) -> TestCase {
        let words = self.speech.words;
        let finding = attempts.last().expect("a check has at least one attempt");
        let outcome = self.together(requirement, attempts);
        let detail = self.detail(requirement, finding);
        let mut status = outcome.kind().map_or_else(TestCaseStatus::success, TestCaseStatus::non_success);
        if outcome == Outcome::Failure
            && requirement.is_waived()
            && let Some(waived) = papers::waived(requirement, self.speech)
        {
            return self.waived(requirement, finding, &waived);
        }
        if outcome == Outcome::Flaky {
            let attempt = finding.attempt.unwrap_or(1);
            status.set_message(format!("{}: {} {attempt}", line(&requirement.id), words.flaky_failure));
            status.set_type("flaky");
            status.set_rerun_kind(FlakyOrRerun::Flaky);
        } else {
            status.set_message(self.message(requirement, finding));
            status.set_type(self.kind(requirement));
        }
        status.set_description(detail.clone());
        status.add_reruns(attempts[..attempts.len() - 1].iter().filter_map(|f| self.rerun(requirement, f)));
        let name = format!("{} {} ({})", line(&requirement.id), line(&finding.check), line(&finding.step));
        let mut case = TestCase::new(name, status);
        case.set_classname(line(&finding.case));
        if outcome == Outcome::Noted {
            let mark = Mark::of(requirement.verdict);
            let label = if mark == Mark::Warn { words.warn } else { words.capped };
            case.set_system_out(format!("{} ({label})\n{detail}", self.kind(requirement)));
        }
        case
    }

    /// A check that failed, and whose failure was declared: no success, and no failure of the job either.
    fn waived(&self, requirement: &RequirementResult, finding: &FindingResult, waived: &str) -> TestCase {
        let mut status = TestCaseStatus::skipped();
        let mark = Mark::of(requirement.verdict).word(self.speech.words);
        status.set_message(format!("{mark}; {waived}"));
        status.set_type(self.kind(requirement));
        status.set_description(self.detail(requirement, finding));
        let name = format!("{} {} ({})", line(&requirement.id), line(&finding.check), line(&finding.step));
        let mut case = TestCase::new(name, status);
        case.set_classname(line(&finding.case));
        case
    }

    /// What named persons say by documents.
    fn attested(&self) -> TestSuite {
        let mut suite = self.suite("attested");
        let words = self.speech.words;
        for requirement in self.evidence.requirements.iter().filter(|r| r.mode == "attested") {
            let Some(attestation) = papers::attestation(requirement, self.speech) else { continue };
            let said = format!(
                "{}: {} ({}), {} {}, {} {}",
                words.attested_by,
                attestation.by,
                attestation.role,
                words.on_day,
                attestation.attested,
                words.until,
                attestation.until
            );
            let documents = attestation.documents.iter().map(|(path, sha256)| format!("{path} (SHA-256 {sha256})"));
            let lines: Vec<String> =
                std::iter::once(said).chain(documents).chain(attestation.problems.iter().cloned()).collect();
            let waived = papers::waived(requirement, self.speech).filter(|_| requirement.is_waived());
            let mark = Mark::of(requirement.verdict);
            let mut status = match (mark, &waived) {
                (Mark::Fail, Some(_)) => TestCaseStatus::skipped(),
                (Mark::Fail | Mark::Flaky, None) => TestCaseStatus::non_success(NonSuccessKind::Failure),
                (Mark::Error | Mark::Inconclusive, _) => TestCaseStatus::non_success(NonSuccessKind::Error),
                _ => TestCaseStatus::success(),
            };
            let succeeds = matches!(mark, Mark::Pass | Mark::Warn | Mark::NotTested);
            if !succeeds {
                let waived = waived.map(|w| format!("; {w}")).unwrap_or_default();
                status.set_message(format!("{}: {}{waived}", line(&requirement.id), mark.word(words)));
                status.set_type(self.kind(requirement));
                status.set_description(lines.join("\n"));
            }
            let mut case = self.named(requirement, status);
            if succeeds {
                case.set_system_out(format!("{}\n{}", words.attested_counts, lines.join("\n")));
            }
            suite.add_test_case(case);
        }
        suite
    }

    /// An earlier attempt that did not hold.
    fn rerun(&self, requirement: &RequirementResult, finding: &FindingResult) -> Option<TestRerun> {
        let mut rerun = TestRerun::new(self.outcome(requirement, finding).kind()?);
        rerun.set_message(self.message(requirement, finding));
        rerun.set_type(self.kind(requirement));
        rerun.set_description(self.detail(requirement, finding));
        Some(rerun)
    }

    fn message(&self, requirement: &RequirementResult, finding: &FindingResult) -> String {
        let (expected, actual) = (self.speech.words.expected.to_lowercase(), self.speech.words.actual.to_lowercase());
        let wanted = self.speech.line(&finding.expected);
        format!("{}: {expected}: {wanted}; {actual}: {}", line(&requirement.id), line(&finding.actual))
    }

    /// Level and authority: whose rule it is, and how hard.
    fn kind(&self, requirement: &RequirementResult) -> String {
        let authority = codes::AUTHORITY.name(&requirement.authority, self.speech.language);
        format!("{} {authority}", line(&requirement.level).to_uppercase())
    }

    fn detail(&self, requirement: &RequirementResult, finding: &FindingResult) -> String {
        let words = self.speech.words;
        let mut lines = vec![
            self.speech.line(&requirement.title),
            format!("{}: {}", words.expected, self.speech.block(&finding.expected)),
            format!("{}: {}", words.actual, block(&finding.actual)),
        ];
        if let Some(attempt) = finding.attempt {
            lines.insert(1, format!("{}: {attempt}", words.attempt));
        }
        let texts = [(words.note, &finding.note), (words.advice, &finding.advice)];
        lines.extend(
            texts
                .iter()
                .filter_map(|(label, text)| text.as_ref().map(|text| format!("{label}: {}", self.speech.block(text)))),
        );
        let source = &requirement.source;
        lines.push(format!(
            "{}: {}, {} {}",
            words.source,
            line(&source.title),
            words.source_version,
            line(&source.version)
        ));
        if !finding.exchanges.is_empty() {
            let list: Vec<String> = finding.exchanges.iter().map(ToString::to_string).collect();
            lines.push(format!("{}: {}", words.exchanges, list.join(", ")));
        }
        lines.join("\n")
    }

    /// Verdicts that none of the checks above stands for.
    fn requirements(&self) -> TestSuite {
        let mut suite = self.suite("requirements");
        for requirement in &self.evidence.requirements {
            let mark = Mark::of(requirement.verdict);
            // Those that documents show have a suite of their own, and what was declared is skipped where it was seen.
            if requirement.is_waived() || (requirement.mode == "attested" && requirement.attestation.is_some()) {
                continue;
            }
            let kind = match mark {
                Mark::Fail | Mark::Flaky => NonSuccessKind::Failure,
                Mark::Error | Mark::Inconclusive => NonSuccessKind::Error,
                Mark::Warn | Mark::Pass | Mark::NotTested => continue,
            };
            let wanted: &[Outcome] = match mark {
                Mark::Fail => &[Outcome::Failure],
                // A requirement is flaky by a check that held later, or by checks of which another failed in turn.
                Mark::Flaky => &[Outcome::Flaky, Outcome::Failure],
                _ => &[Outcome::Error],
            };
            let cases = self.evidence.cases.iter().flat_map(|c| attempts(requirement, &c.id));
            if cases.into_iter().any(|attempts| wanted.contains(&self.together(requirement, &attempts))) {
                continue;
            }
            let mut status = TestCaseStatus::non_success(kind);
            status.set_message(format!("{}: {}", line(&requirement.id), mark.word(self.speech.words)));
            status.set_type(self.kind(requirement));
            let details = requirement.findings.iter().map(|f| self.detail(requirement, f));
            let reason = requirement.not_tested.iter().map(|r| format!("{}: {}", self.speech.words.reason, line(r)));
            status.set_description(reason.chain(details).collect::<Vec<_>>().join("\n\n"));
            suite.add_test_case(self.named(requirement, status));
        }
        suite
    }

    fn not_tested(&self) -> TestSuite {
        let mut suite = self.suite("not-tested");
        let words = self.speech.words;
        for requirement in self.evidence.requirements.iter().filter(|r| Mark::of(r.verdict) == Mark::NotTested) {
            let mut status = TestCaseStatus::skipped();
            status.set_message(requirement.not_tested.as_deref().map_or_else(|| words.no_reason.to_owned(), line));
            suite.add_test_case(self.named(requirement, status));
        }
        suite
    }

    fn named(&self, requirement: &RequirementResult, status: TestCaseStatus) -> TestCase {
        let name = format!("{} {}", line(&requirement.id), self.speech.line(&requirement.title));
        let mut case = TestCase::new(name, status);
        case.set_classname(line(&requirement.function));
        case
    }

    fn not_driven(&self) -> TestSuite {
        let mut suite = self.suite("not-driven");
        for exclusion in &self.evidence.exclusions {
            let mut reason = self.speech.line(&exclusion.reason);
            if !exclusion.missing.is_empty() {
                let missing: Vec<String> = exclusion.missing.iter().map(|m| line(m)).collect();
                reason = format!("{reason} ({}: {})", self.speech.words.missing, missing.join(", "));
            }
            let mut status = TestCaseStatus::skipped();
            status.set_message(reason);
            let mut case = TestCase::new(line(&exclusion.case), status);
            case.set_classname("not-driven");
            suite.add_test_case(case);
        }
        suite
    }
}

/// The findings of a requirement in a case, check by check, each with its attempts in order: every attempt makes the same
/// checks in the same order.
fn attempts<'a>(requirement: &'a RequirementResult, case: &str) -> Vec<Vec<&'a FindingResult>> {
    let mut by_attempt: BTreeMap<u32, Vec<&FindingResult>> = BTreeMap::new();
    for finding in requirement.findings.iter().filter(|f| f.case == case) {
        by_attempt.entry(finding.attempt.unwrap_or(1)).or_default().push(finding);
    }
    let checks = by_attempt.values().map(Vec::len).max().unwrap_or_default();
    (0..checks).map(|at| by_attempt.values().filter_map(|list| list.get(at).copied()).collect()).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn text() -> String {
        String::from_utf8(render(&sample::evidence(), Language::En).unwrap()).unwrap()
    }

    #[test]
    fn the_document_of_the_sample() {
        insta::assert_snapshot!("junit", text());
    }

    #[test]
    fn a_verdict_without_checks_gets_a_test_case_of_its_own() {
        let mut evidence = sample::evidence();
        let failed = evidence.requirements.iter_mut().find(|r| Mark::of(r.verdict) == Mark::Fail).unwrap();
        failed.findings.clear();
        let id = failed.id.clone();
        let xml = String::from_utf8(render(&evidence, Language::En).unwrap()).unwrap();
        assert!(xml.contains(&format!("<failure message=\"{id}: failed\"")));
        assert!(!text().contains(&format!("<failure message=\"{id}: failed\"")));
    }

    #[test]
    fn no_two_test_cases_of_a_suite_have_one_name() {
        for suite in text().split("<testsuite ").skip(1) {
            let mut names: Vec<&str> =
                suite.split("<testcase name=\"").skip(1).filter_map(|t| t.split('"').next()).collect();
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), all, "{names:?}");
        }
    }

    #[test]
    fn a_check_that_may_only_warn_is_no_failure() {
        let mut evidence = sample::evidence();
        evidence.requirements.retain(|r| Mark::of(r.verdict) == Mark::Warn);
        assert!(!evidence.requirements.is_empty());
        let xml = String::from_utf8(render(&evidence, Language::En).unwrap()).unwrap();
        assert!(xml.contains("failures=\"0\" errors=\"0\""), "{xml}");
        assert!(xml.contains("(warning)"));
    }
}
