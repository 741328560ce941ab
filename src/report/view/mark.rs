//! A verdict as it is shown: a symbol and a word, never a colour alone (WCAG 2.2, 1.4.1).

use serde::Serialize;
use strum::IntoEnumIterator;

use crate::evidence::model::Counts;
use crate::report::words::Words;

/// A verdict in the order of attention: what is wrong first, what is fine last.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    strum::EnumIter,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Mark {
    Fail,
    Error,
    Inconclusive,
    Flaky,
    Warn,
    Pass,
    NotTested,
}

impl Mark {
    /// The mark of a verdict, by its word: the type itself belongs to a rung that reports do not know.
    pub fn of(verdict: impl Into<&'static str>) -> Self {
        verdict.into().parse().expect("each of the seven verdicts has a mark of the same name")
    }
    /// All marks, in order of attention.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::iter()
    }
    /// Whether a reader has to look at it.
    pub fn needs_attention(self) -> bool {
        self < Self::Pass
    }
    /// One character that stands for it.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Fail => "✗",
            Self::Error => "!",
            Self::Inconclusive => "?",
            Self::Flaky => "~",
            Self::Warn => "▲",
            Self::Pass => "✓",
            Self::NotTested => "–",
        }
    }
    /// The word for it.
    pub fn word(self, words: &Words) -> &'static str {
        match self {
            Self::Fail => words.fail,
            Self::Error => words.error,
            Self::Inconclusive => words.inconclusive,
            Self::Flaky => words.flaky,
            Self::Warn => words.warn,
            Self::Pass => words.pass,
            Self::NotTested => words.not_tested,
        }
    }
    /// What it means.
    pub fn meaning(self, words: &Words) -> &'static str {
        match self {
            Self::Fail => words.fail_means,
            Self::Error => words.error_means,
            Self::Inconclusive => words.inconclusive_means,
            Self::Flaky => words.flaky_means,
            Self::Warn => words.warn_means,
            Self::Pass => words.pass_means,
            Self::NotTested => words.not_tested_means,
        }
    }
    /// Symbol and word together.
    pub fn view(self, words: &Words) -> MarkView {
        MarkView { mark: self, code: self.into(), symbol: self.symbol(), word: self.word(words) }
    }
}

/// A mark with its symbol and word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct MarkView {
    #[serde(skip)]
    pub mark: Mark,
    pub code: &'static str,
    pub symbol: &'static str,
    pub word: &'static str,
}

/// How often a mark occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Count {
    pub mark: MarkView,
    pub number: u64,
}

impl Count {
    /// The counts of the evidence, all seven of them, in order of attention.
    pub fn of_evidence(counts: &Counts, words: &Words) -> Vec<Self> {
        let number = |mark| match mark {
            Mark::Fail => counts.fail,
            Mark::Error => counts.error,
            Mark::Inconclusive => counts.inconclusive,
            Mark::Flaky => counts.flaky,
            Mark::Warn => counts.warn,
            Mark::Pass => counts.pass,
            Mark::NotTested => counts.not_tested,
        };
        Mark::all().map(|mark| Self { mark: mark.view(words), number: number(mark) }).collect()
    }
    /// How often each mark occurs among `marks`; those that do not are left out.
    pub fn of_marks(marks: &[Mark], words: &Words) -> Vec<Self> {
        Mark::all()
            .map(|mark| (mark, marks.iter().filter(|m| **m == mark).count() as u64))
            .filter(|(_, number)| *number > 0)
            .map(|(mark, number)| Self { mark: mark.view(words), number })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_has_a_mark() {
        let sample = crate::report::sample::evidence();
        let mut seen: Vec<Mark> = sample.requirements.iter().map(|r| Mark::of(r.verdict)).collect();
        seen.sort();
        seen.dedup();
        assert_eq!(seen, Mark::all().collect::<Vec<_>>(), "the sample holds each verdict");
    }

    #[test]
    fn only_what_passed_or_was_not_tested_needs_no_attention() {
        let calm: Vec<Mark> = Mark::all().filter(|m| !m.needs_attention()).collect();
        assert_eq!(calm, [Mark::Pass, Mark::NotTested]);
    }
}
