//! A summary for a terminal: what was concluded, what is wrong, what is open, and where to look for more.
//!
//! Escape sequences are ours alone and only there when asked for (ECMA-48, select graphic rendition).

use comfy_table::{ColumnConstraint, ContentArrangement, Table, TableStyle, Width};

use crate::base::text::Language;
use crate::evidence::Evidence;

use super::TerminalOptions;
use super::plain::brief;
use super::view::View;
use super::view::attention::{FindingView, Problem};
use super::view::mark::{Count, Mark};
use super::words::{Words, words};

/// Findings per requirement; the others are counted.
const FINDINGS: usize = 2;
/// A text longer than this is cut; the whole of it is in the page and in the document.
const LONGEST: usize = 400;
const NARROWEST: u16 = 60;
/// Width of the column of labels, and how far what belongs to a requirement is set in.
const LABELS: u16 = 10;
const INDENT: u16 = 2;

/// The summary.
pub fn render(evidence: &Evidence, language: Language, options: &TerminalOptions) -> Vec<u8> {
    let view = View::new(evidence, language);
    let screen = Screen { words: words(language), width: options.width.max(NARROWEST), colour: options.colour };
    let mut out = String::new();
    for part in [
        screen.head(&view),
        screen.conclusion(&view),
        screen.facts(&view),
        screen.counts(&view),
        screen.problems(&view, screen.words.failing, &[Mark::Fail]),
        screen.problems(&view, screen.words.open, &[Mark::Error, Mark::Inconclusive]),
        screen.problems(&view, screen.words.flaky_ones, &[Mark::Flaky]),
        screen.problems(&view, screen.words.warnings, &[Mark::Warn]),
        screen.hints(&view),
        screen.closing(&view),
    ] {
        if !part.is_empty() {
            out.push_str(part.trim_end());
            out.push_str("\n\n");
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out.into_bytes()
}

/// Foreground colours of ECMA-48.
#[derive(Debug, Clone, Copy)]
enum Paint {
    Red = 31,
    Green = 32,
    Yellow = 33,
    Magenta = 35,
    Quiet = 90,
}

impl Paint {
    fn of(mark: Mark) -> Self {
        match mark {
            Mark::Fail => Self::Red,
            Mark::Error | Mark::Inconclusive | Mark::Flaky => Self::Magenta,
            Mark::Warn => Self::Yellow,
            Mark::Pass => Self::Green,
            Mark::NotTested => Self::Quiet,
        }
    }
}

struct Screen {
    words: &'static Words,
    width: u16,
    colour: bool,
}

impl Screen {
    fn paint(&self, text: &str, paint: Paint) -> String {
        if self.colour { format!("\u{1b}[1;{}m{text}\u{1b}[0m", paint as u8) } else { text.to_owned() }
    }

    fn head(&self, view: &View) -> String {
        let title = self.paint(view.banner.title, Paint::Yellow);
        let notices: String = view.notices.iter().map(|n| self.paragraph(n)).collect();
        format!("{title}\n{}{notices}", self.paragraph(view.banner.why))
    }

    fn facts(&self, view: &View) -> String {
        let w = self.words;
        let candidate = format!(
            "{} {} ({}), {} {}, {}",
            view.candidate.product,
            view.candidate.version,
            view.candidate.supplier,
            w.ura,
            view.candidate.ura,
            view.candidate.environment
        );
        let scope = format!(
            "{} · {} · {} {} · {} {}",
            view.scope.zorgtoepassingen,
            view.scope.roles,
            w.plateaus.to_lowercase(),
            view.scope.plateaus,
            w.release_short,
            view.scope.release
        );
        let run = format!("{} · {} · {}", view.run.started, view.run.duration, view.run.id);
        let mut pairs = vec![(w.candidate, candidate.as_str()), (w.scope, &scope), (w.run, &run)];
        if let Some(only) = &view.scope.only {
            pairs.push((w.only, only));
        }
        self.rows(0, LABELS, &pairs)
    }

    fn counts(&self, view: &View) -> String {
        let counts: Vec<String> = view
            .counts
            .iter()
            .map(|c| {
                let text = format!("{} {} {}", c.mark.symbol, c.number, c.mark.word);
                if c.number > 0 { self.paint(&text, Paint::of(c.mark.mark)) } else { text }
            })
            .collect();
        let rows: String = counts.chunks(3).map(|row| format!("  {}\n", row.join("   "))).collect();
        let attested = view.papers.as_ref().map(|p| self.attested(&p.counts)).unwrap_or_default();
        let seen = if attested.is_empty() { String::new() } else { format!(": {}", self.words.seen.to_lowercase()) };
        format!("{} {}{seen}\n{rows}{attested}", view.total, self.words.total)
    }

    /// What documents show, on a line of its own: the harness has seen none of it.
    fn attested(&self, counts: &[Count]) -> String {
        let there: Vec<String> = counts
            .iter()
            .filter(|c| c.number > 0)
            .map(|c| format!("{} {} {}", c.mark.symbol, c.number, c.mark.word))
            .collect();
        if there.is_empty() {
            String::new()
        } else {
            format!("{}\n  {}\n", self.words.attested_counts, there.join("   "))
        }
    }

    fn problems(&self, view: &View, heading: &str, marks: &[Mark]) -> String {
        let problems: Vec<&Problem> =
            view.problems.iter().filter(|g| marks.contains(&g.mark.mark)).flat_map(|g| &g.problems).collect();
        let Some(first) = problems.first() else { return String::new() };
        let number = problems.len();
        let mut out = format!("{}\n", self.paint(&format!("{heading} ({number})"), Paint::of(first.mark.mark)));
        for problem in &problems {
            out.push_str(&self.problem(problem));
        }
        out
    }

    fn problem(&self, problem: &Problem) -> String {
        let w = self.words;
        let title = format!("{} {}", problem.id, problem.title);
        let inherited = if problem.inherited { format!(" · {}", w.inherited) } else { String::new() };
        let whose = format!("{} · {} · {}{inherited}", problem.level, problem.authority, problem.function);
        let mut out = self.rows(0, 1, &[(problem.mark.symbol, &title), ("", &whose)]);
        for finding in problem.findings.iter().take(FINDINGS) {
            out.push_str(&self.finding(finding));
        }
        let more = problem.findings.len().saturating_sub(FINDINGS) + problem.more.len();
        if more > 0 {
            out.push_str(&self.rows(0, 1, &[("", &format!("{} {more}", w.and_more))]));
        }
        match &problem.reason {
            Some(reason) => out.push_str(&self.rows(INDENT, LABELS, &[(w.reason, reason)])),
            None if problem.findings.is_empty() && problem.attestation.is_none() => {
                out.push_str(&self.rows(0, 1, &[("", w.no_findings)]))
            }
            None => {}
        }
        if let Some(waived) = &problem.waived {
            out.push_str(&self.rows(0, 1, &[("", waived)]));
        }
        if let Some(a) = &problem.attestation {
            let said = format!("{}: {} ({}), {} {}", w.attested_by, a.by, a.role, w.until, a.until);
            out.push_str(&self.rows(0, 1, &[("", &said)]));
            for problem in &a.problems {
                out.push_str(&self.rows(INDENT, LABELS, &[(w.actual, problem)]));
            }
        }
        if let Some(advice) = &problem.advice {
            out.push_str(&self.rows(INDENT, LABELS, &[(w.advice_short, advice)]));
        }
        let paint = Paint::of(problem.mark.mark);
        out.replacen(problem.mark.symbol, &self.paint(problem.mark.symbol, paint), 1) + "\n"
    }

    fn finding(&self, finding: &FindingView) -> String {
        let w = self.words;
        let attempt = finding.attempt.map(|n| format!(", {} {n}", w.attempt.to_lowercase())).unwrap_or_default();
        let place = format!("{}{attempt}, {} {}", finding.case, w.step.to_lowercase(), finding.step);
        let mut rows = vec![(w.case, place.as_str()), (w.expected, &finding.expected), (w.actual, &finding.actual)];
        if let Some(advice) = &finding.advice {
            rows.push((w.advice_short, advice));
        }
        self.rows(INDENT, LABELS, &rows)
    }

    fn hints(&self, view: &View) -> String {
        let w = self.words;
        let exclusions: usize = view.exclusions.iter().map(|r| r.items.len()).sum();
        [
            (w.recorded, view.recorded.len(), w.hint_recorded),
            (w.observations, view.observations.len(), w.hint_recorded),
            (w.exclusions, exclusions, w.hint_exclusions),
        ]
        .iter()
        .filter(|(_, number, _)| *number > 0)
        .map(|(what, number, hint)| self.paragraph(&format!("{what}: {number} ({hint})")))
        .collect()
    }

    fn conclusion(&self, view: &View) -> String {
        let why = self.paragraph(&format!("{} {}", view.conclusion.why, self.words.only_tested));
        format!("{}\n{why}", self.outcome(view))
    }

    /// The outcome once more, where the eye is when a long summary has scrolled by.
    fn closing(&self, view: &View) -> String {
        let outcome = if view.problems.is_empty() { String::new() } else { self.outcome(view) };
        let previews: Vec<String> = view.previews.iter().map(|line| self.paragraph(line)).collect();
        let parts = [outcome, previews.concat()].into_iter().filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join("\n\n")
    }

    fn outcome(&self, view: &View) -> String {
        let mark = view.conclusion.mark;
        let outcome = self.paint(&format!("{} {}", mark.symbol, view.conclusion.word), Paint::of(mark.mark));
        format!("{}: {outcome}", self.words.conclusion)
    }

    /// A paragraph, wrapped to the width.
    fn paragraph(&self, text: &str) -> String {
        let mut table = self.table();
        table.add_row([brief(text, LONGEST)]);
        if let Some(texts) = table.column_mut(0) {
            texts.set_padding((0, 1));
        }
        lines(&table)
    }

    /// Labels in a column of `wide` characters after `indent` spaces, each with its text beside it, wrapped.
    fn rows(&self, indent: u16, wide: u16, rows: &[(&str, &str)]) -> String {
        let mut table = self.table();
        for (label, text) in rows {
            table.add_row([(*label).to_owned(), brief(text, LONGEST)]);
        }
        if let Some(labels) = table.column_mut(0) {
            labels.set_padding((indent, 1)).set_constraint(ColumnConstraint::Absolute(Width::Fixed(indent + wide + 1)));
        }
        if let Some(texts) = table.column_mut(1) {
            texts.set_padding((0, 1));
        }
        lines(&table)
    }

    /// A table without lines.
    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_style(TableStyle::new()).set_content_arrangement(ContentArrangement::Dynamic).set_width(self.width);
        table
    }
}

fn lines(table: &Table) -> String {
    table.lines().map(|l| format!("{}\n", l.trim_end())).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn text(language: Language, options: TerminalOptions) -> String {
        String::from_utf8(render(&sample::evidence(), language, &options)).unwrap()
    }

    #[test]
    fn the_summary_in_dutch() {
        insta::assert_snapshot!("terminal_nl", text(Language::Nl, TerminalOptions::default()));
    }

    #[test]
    fn the_summary_in_english() {
        insta::assert_snapshot!("terminal_en", text(Language::En, TerminalOptions::default()));
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in [60, 80, 100] {
            for line in text(Language::Nl, TerminalOptions { width, colour: false }).lines() {
                assert!(line.chars().count() <= usize::from(width), "{width}: {line}");
            }
        }
    }

    #[test]
    fn colour_is_there_only_when_asked_for() {
        let plain = text(Language::En, TerminalOptions { width: 100, colour: false });
        let coloured = text(Language::En, TerminalOptions { width: 100, colour: true });
        assert!(!plain.contains('\u{1b}'));
        assert!(coloured.contains("\u{1b}[1;31m✗ Not conformant\u{1b}[0m"));
        let escapes = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
        assert_eq!(escapes.replace_all(&coloured, ""), plain, "colour changes nothing else");
    }
}
