//! GitHub Actions: annotations as workflow commands, and the summary of a job.
//!
//! A workflow command is a line `::error file=…,line=…,title=…::message`. The runner takes back `%25`, `%0D` and `%0A` in
//! the message, and `%3A` and `%2C` besides in a property. It shows ten annotations of a level for each step and drops the
//! others without a word, so the tenth of ours says what else there is. The summary is GitHub Flavored Markdown.

use std::collections::BTreeSet;
use std::fmt;

use crate::base::text::Language;
use crate::evidence::Evidence;
use crate::evidence::model::{FindingResult, Place, RequirementResult};

use super::plain::{brief, line};
use super::view::mark::{Count, Mark};
use super::view::{Speech, View, papers};
use super::words::words;

/// Annotations of one level that the runner shows for a step.
const SHOWN: usize = 10;
/// Findings told in an annotation.
const FINDINGS: usize = 2;
/// Longest text of a finding, in characters.
const LONGEST: usize = 300;
/// Rows in the summary; GitHub takes one mebibyte a step, and nobody reads that.
const ROWS: usize = 50;

/// How an annotation is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::Display)]
#[strum(serialize_all = "kebab-case")]
pub enum Level {
    /// Red.
    Error,
    /// Yellow.
    Warning,
    /// For information.
    Notice,
}

/// A message that GitHub shows beside a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// How it is shown.
    pub level: Level,
    /// Its title.
    pub title: String,
    /// File, relative to the root of the repository, and line from one.
    pub place: Option<(String, u64)>,
    /// What there is to say.
    pub message: String,
}

impl fmt::Display for Annotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "::{} ", self.level)?;
        if let Some((file, line)) = &self.place {
            write!(f, "file={},line={line},", property(file))?;
        }
        write!(f, "title={}::{}", property(&self.title), data(&self.message))
    }
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// The annotations of a run, one a line: what it amounts to, and every requirement that needs attention. What was
/// `expected` to go wrong is told as a notice.
pub fn render(evidence: &Evidence, language: Language, expected: &BTreeSet<String>) -> Vec<u8> {
    let writer = Writer { evidence, speech: Speech { language, words: words(language) }, expected };
    let all: Vec<Annotation> = super::needing_attention(evidence).map(|r| writer.requirement(r)).collect();
    let mut out = format!("{}\n", writer.conclusion());
    for level in [Level::Error, Level::Warning, Level::Notice] {
        let of_level: Vec<&Annotation> = all.iter().filter(|a| a.level == level).collect();
        // The conclusion is a notice too.
        let room = if level == Level::Notice { SHOWN - 1 } else { SHOWN };
        let whole = if of_level.len() > room { room - 1 } else { of_level.len() };
        for annotation in &of_level[..whole] {
            out.push_str(&format!("{annotation}\n"));
        }
        if let rest @ [_, ..] = &of_level[whole..] {
            out.push_str(&format!("{}\n", writer.others(level, rest)));
        }
    }
    out.into_bytes()
}

struct Writer<'a> {
    evidence: &'a Evidence,
    speech: Speech,
    expected: &'a BTreeSet<String>,
}

impl Writer<'_> {
    fn conclusion(&self) -> Annotation {
        let view = View::new(self.evidence, self.speech.language);
        let counts: Vec<String> = view.counts.iter().map(|c| format!("{} {}", c.number, c.mark.word)).collect();
        Annotation {
            level: Level::Notice,
            title: format!("{}: {}", self.speech.words.conclusion, view.conclusion.word),
            place: None,
            message: format!("{}\n{}", view.banner.title, counts.join(", ")),
        }
    }

    fn requirement(&self, requirement: &RequirementResult) -> Annotation {
        let mark = Mark::of(requirement.verdict);
        let is_expected = self.expected.contains(&requirement.id);
        let level = match mark {
            _ if is_expected || requirement.is_waived() => Level::Notice,
            Mark::Fail | Mark::Error => Level::Error,
            _ => Level::Warning,
        };
        let words = self.speech.words;
        let note = if is_expected { format!(" ({})", words.expected_failure) } else { String::new() };
        let mut lines = vec![self.speech.line(&requirement.title)];
        let open = |f: &&FindingResult| f.result != "met";
        for finding in requirement.findings.iter().filter(open).take(FINDINGS) {
            lines.push(self.finding(finding));
        }
        let more = requirement.findings.iter().filter(open).count().saturating_sub(FINDINGS);
        if more > 0 {
            lines.push(format!("{} {more}", words.and_more));
        }
        lines.extend(papers::waived(requirement, self.speech));
        lines.extend(papers::attestation(requirement, self.speech).into_iter().flat_map(|a| a.problems));
        lines.extend(requirement.not_tested.iter().map(|why| format!("{}: {}", words.reason, brief(why, LONGEST))));
        lines.push(format!("{}: {}", words.source, line(&requirement.source.title)));
        Annotation {
            level,
            title: format!("{}: {}{note}", line(&requirement.id), mark.word(words)),
            place: requirement.place.as_ref().and_then(|p| in_repository(self.evidence, p)),
            message: lines.join("\n"),
        }
    }

    fn finding(&self, finding: &FindingResult) -> String {
        let words = self.speech.words;
        let attempt = finding.attempt.map(|n| format!(", {} {n}", words.attempt.to_lowercase())).unwrap_or_default();
        let place = finding.place.as_ref().map(|p| {
            let (file, at) = in_repository(self.evidence, p).unwrap_or_else(|| (line(&p.path), p.line));
            format!(" [{file}:{at}]")
        });
        format!(
            "{}{attempt}, {} {}{}: {}: {}; {}: {}",
            line(&finding.case),
            words.step.to_lowercase(),
            line(&finding.step),
            place.unwrap_or_default(),
            words.expected.to_lowercase(),
            brief(finding.expected.get(self.speech.language), LONGEST),
            words.actual.to_lowercase(),
            brief(&finding.actual, LONGEST),
        )
    }

    fn others(&self, level: Level, rest: &[&Annotation]) -> Annotation {
        let titles: Vec<&str> = rest.iter().map(|a| a.title.as_str()).collect();
        let title = format!("{} {}", rest.len(), self.speech.words.other_requirements);
        Annotation { level, title, place: None, message: titles.join("\n") }
    }
}

/// Where a line of the suite stands in the repository that the run was started in; `None` when the suite is not in it.
fn in_repository(evidence: &Evidence, place: &Place) -> Option<(String, u64)> {
    let folder = evidence.harness.suite.as_deref()?;
    Some((line(&format!("{folder}{}", place.path)), place.line))
}

/// The summary of a job, in Markdown.
pub fn summary(evidence: &Evidence, language: Language, expected: &BTreeSet<String>) -> String {
    let words = words(language);
    let view = View::new(evidence, language);
    let mark = view.conclusion.mark;
    let mut out = format!("## {} {}: {}\n\n", mark.symbol, words.conclusion, markdown(view.conclusion.word));
    out.push_str(&format!("**{}**\n\n", markdown(view.banner.title)));
    for notice in &view.notices {
        out.push_str(&format!("{}\n\n", markdown(notice)));
    }
    let scope = &view.scope;
    let candidate = &view.candidate;
    for (name, text) in [
        (words.candidate, format!("{} {} ({})", candidate.product, candidate.version, candidate.supplier)),
        (words.scope, format!("{} · {} · {} {}", scope.zorgtoepassingen, scope.roles, words.plateaus, scope.plateaus)),
        (words.release_short, scope.release.clone()),
        (words.run, format!("{} · {}", view.run.id, view.run.duration)),
    ] {
        out.push_str(&format!("- {name}: {}\n", markdown(&text)));
    }
    out.push_str(&format!("\n| {} |\n|{}\n", heads(&view.counts), "---:|".repeat(view.counts.len())));
    let attested = view.papers.as_ref().map(|p| p.counts.clone()).unwrap_or_default();
    let numbers: Vec<String> = view.counts.iter().map(|c| c.number.to_string()).collect();
    out.push_str(&format!("| {} |\n", numbers.join(" | ")));
    if attested.iter().any(|c| c.number > 0) {
        let there =
            attested.iter().filter(|c| c.number > 0).map(|c| format!("{} {} {}", c.mark.symbol, c.number, c.mark.word));
        out.push_str(&format!("\n{}: {}\n", words.attested_counts, there.collect::<Vec<_>>().join(", ")));
    }
    let problems: Vec<&RequirementResult> = super::needing_attention(evidence).collect();
    if !problems.is_empty() {
        out.push_str(&format!("\n| {} | {} | {} |\n|---|---|---|\n", words.requirement, words.verdict, words.actual));
        for requirement in problems.iter().take(ROWS) {
            out.push_str(&row(requirement, language, expected.contains(&requirement.id)));
        }
        if problems.len() > ROWS {
            out.push_str(&format!("\n{} {}\n", problems.len() - ROWS, words.other_requirements));
        }
    }
    out.push_str(&format!("\n{}\n", markdown(words.not_normative)));
    out
}

fn heads(counts: &[Count]) -> String {
    counts.iter().map(|c| format!("{} {}", c.mark.symbol, c.mark.word)).collect::<Vec<_>>().join(" | ")
}

fn row(requirement: &RequirementResult, language: Language, is_expected: bool) -> String {
    let words = words(language);
    let mark = Mark::of(requirement.verdict).view(words);
    let seen = requirement.findings.iter().find(|f| f.result != "met").map(|f| f.actual.as_str());
    let note = match (is_expected, &requirement.waived) {
        (true, _) => format!(" ({})", words.expected_failure),
        (false, Some(_)) => format!(" ({})", words.waived.to_lowercase()),
        (false, None) => String::new(),
    };
    let speech = Speech { language, words };
    let problem = papers::attestation(requirement, speech).and_then(|a| a.problems.into_iter().next());
    let seen = seen.map(str::to_owned).or(problem).or_else(|| requirement.not_tested.clone());
    format!(
        "| {} {} | {} {}{note} | {} |\n",
        markdown(&line(&requirement.id)),
        markdown(&line(requirement.title.get(language))),
        mark.symbol,
        mark.word,
        markdown(&brief(seen.as_deref().unwrap_or("–"), LONGEST)),
    )
}

/// Text as text: every mark that Markdown or HTML could take for its own is escaped (CommonMark 0.31, section 2.4).
fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_punctuation() && !",.-'()".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn text(evidence: &Evidence, expected: &[&str]) -> String {
        let expected = expected.iter().map(|id| (*id).to_owned()).collect();
        String::from_utf8(render(evidence, Language::En, &expected)).unwrap()
    }

    #[test]
    fn the_annotations_of_the_sample() {
        insta::assert_snapshot!("github", text(&sample::evidence(), &["NET-5.030-v14"]));
    }

    #[test]
    fn the_summary_of_the_sample() {
        insta::assert_snapshot!("github_summary", summary(&sample::evidence(), Language::Nl, &BTreeSet::new()));
    }

    #[test]
    fn what_would_end_a_command_or_a_property_is_escaped() {
        let annotation = Annotation {
            level: Level::Error,
            title: "a: b, 100%".into(),
            place: Some(("a,b:c.yaml".into(), 7)),
            message: "one: 100%, two\r\n::error::three".into(),
        };
        assert_eq!(
            annotation.to_string(),
            "::error file=a%2Cb%3Ac.yaml,line=7,title=a%3A b%2C 100%25::one: 100%25, two%0D%0A::error::three"
        );
    }

    #[test]
    fn no_stranger_begins_a_line_with_a_command() {
        let hostile = sample::hostile("\n::add-mask::x\n##[error]y");
        let told = text(&hostile, &[]);
        let ours = regex::Regex::new("^::(error|warning|notice) (file=[^,]*,line=[0-9]+,)?title=").unwrap();
        assert!(told.lines().all(|l| ours.is_match(l)), "{told}");
    }

    #[test]
    fn a_suite_that_is_not_in_the_repository_is_not_pointed_at() {
        let mut evidence = sample::evidence();
        assert!(
            text(&evidence, &[]).contains("file=vendor/twiin/profiles/requirements/20-technical-core.yaml,line=120")
        );
        evidence.harness.suite = None;
        assert!(!text(&evidence, &[]).contains("file="));
    }

    #[test]
    fn the_tenth_of_a_level_names_all_that_the_runner_would_drop() {
        let mut evidence = sample::evidence();
        let failed = evidence.requirements.iter().find(|r| Mark::of(r.verdict) == Mark::Fail).unwrap().clone();
        evidence.requirements =
            (0..25).map(|n| RequirementResult { id: format!("X-{n:02}"), ..failed.clone() }).collect();
        let told = text(&evidence, &[]);
        let errors: Vec<&str> = told.lines().filter(|l| l.starts_with("::error ")).collect();
        assert_eq!(errors.len(), 10);
        assert!(errors[9].contains("title=16 other requirements") && errors[9].contains("X-24"), "{}", errors[9]);
        evidence.requirements.truncate(10);
        let told = text(&evidence, &[]);
        assert_eq!(told.lines().filter(|l| l.starts_with("::error ") && l.contains("file=")).count(), 10);
    }

    #[test]
    fn markup_of_strangers_is_text_in_the_summary() {
        let hostile = sample::hostile("|<img src=x>[a](https://b) `c` $d$\n# e");
        let told = summary(&hostile, Language::Nl, &BTreeSet::new());
        let bare = regex::Regex::new(r"(^|[^\\])[<\[`$]|\n# e").unwrap();
        assert!(!bare.is_match(&told), "{told}");
        let cells = |row: &str| row.replace("\\|", "").matches('|').count();
        assert!(told.lines().filter(|l| l.starts_with("| ") && cells(l) != 8).all(|l| cells(l) == 4), "{told}");
    }
}
