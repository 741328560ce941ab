//! Evidence shown to people and to build servers: HTML, PDF, JUnit, JSON, the terminal, GitHub and GitLab.
//!
//! A rendering is a function of the evidence document alone and computes no verdict; only the signed document is
//! normative. The same document gives the same bytes, always. Everything that came from a candidate is made plain
//! before it is shown.

mod coverage;
mod exports;
mod github;
mod gitlab;
mod html;
mod json;
mod junit;
mod pdf;
pub mod plain;
mod plateau;
#[cfg(test)]
pub(crate) mod sample;
mod terminal;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod timeline;
mod view;
pub mod words;

pub use coverage::{CoverageFormat, render_coverage};
pub use exports::{Export, export};
pub use timeline::render_timeline;

use std::collections::BTreeSet;
use std::io::IsTerminal as _;

pub use github::{Annotation, Level};

use crate::base::text::Language;
use crate::evidence::Evidence;
use crate::evidence::model::RequirementResult;
use view::mark::Mark;

/// A format that evidence can be rendered in.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    strum::Display,
    strum::EnumIter,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantNames,
)]
#[strum(serialize_all = "kebab-case")]
pub enum Format {
    /// One self-contained page.
    Html,
    /// The same on paper: a certificate page and tables, as PDF/A-3b.
    Pdf,
    /// JUnit XML, for build servers.
    Junit,
    /// The evidence document itself, indented.
    Json,
    /// A summary for a terminal.
    Terminal,
    /// Annotations of GitHub Actions, as workflow commands.
    Github,
    /// A Code Quality report of GitLab.
    Gitlab,
    /// Functions against plateaus, as a table.
    Plateau,
}

impl Format {
    /// The usual extension of a file in this format, without dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Junit => "xml",
            Self::Json | Self::Gitlab => "json",
            Self::Terminal | Self::Github | Self::Plateau => "txt",
        }
    }
}

/// Lines longer than this are hard to read, however wide the terminal.
const WIDEST: u16 = 120;

/// What the terminal can show. Only [`Format::Terminal`] looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TerminalOptions {
    /// Width in columns; narrower than 60 is treated as 60.
    pub width: u16,
    /// Whether escape sequences for colour may be used.
    pub colour: bool,
}

impl TerminalOptions {
    /// What standard output can show: its own width, and colour when it is a terminal and `NO_COLOR` is not set.
    pub fn for_stdout() -> Self {
        let plain = Self::default();
        if !std::io::stdout().is_terminal() {
            return plain;
        }
        let width = comfy_table::Table::new().width().map_or(plain.width, |width| width.min(WIDEST));
        Self { width, colour: std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) }
    }
}

impl Default for TerminalOptions {
    fn default() -> Self {
        Self { width: 100, colour: false }
    }
}

/// Could not render the evidence.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The page could not be filled in.
    #[error("fill in the page of the report")]
    Page(#[from] minijinja::Error),
    /// The JUnit document could not be written.
    #[error("write the JUnit document")]
    Junit(#[from] quick_junit::SerializeError),
    /// The evidence could not be written as JSON.
    #[error("write the evidence as JSON")]
    Json(#[from] serde_json::Error),
    /// The PDF could not be written.
    #[error("write the PDF: {0}")]
    Pdf(String),
    /// A format holds a signature of its own, and a rendering signs nothing.
    #[error(
        "write a DSSE envelope: it holds a signed in-toto statement, which evidence has not; name a sealed bewijs and a key"
    )]
    Unsigned,
}

/// Renders `evidence`. `language` rules the fixed texts and chooses from those that the evidence has in two
/// languages; JSON always holds both.
///
/// # Errors
/// When a format cannot be written; never because of what the evidence says.
pub fn render(
    evidence: &Evidence,
    format: Format,
    language: Language,
    terminal: &TerminalOptions,
) -> Result<Vec<u8>, ReportError> {
    render_expecting(evidence, format, language, terminal, &BTreeSet::new())
}

/// Renders `evidence` for a pipeline that expects some requirements not to be met: annotations of these are for
/// information. No other format knows of expectations, since the verdicts are the same with and without them.
///
/// # Errors
/// As [`render`].
pub fn render_expecting(
    evidence: &Evidence,
    format: Format,
    language: Language,
    terminal: &TerminalOptions,
    expected: &BTreeSet<String>,
) -> Result<Vec<u8>, ReportError> {
    match format {
        Format::Github => Ok(github::render(evidence, language, expected)),
        Format::Gitlab => gitlab::render(evidence, language, expected),
        Format::Html => html::render(evidence, language),
        Format::Pdf => pdf::render(evidence, language),
        Format::Junit => junit::render(evidence, language),
        Format::Json => json::render(evidence),
        Format::Terminal => Ok(terminal::render(evidence, language, terminal)),
        Format::Plateau => Ok(plateau::render(evidence, language, terminal)),
    }
}

/// The summary of a job for GitHub, in Markdown.
pub fn job_summary(evidence: &Evidence, language: Language, expected: &BTreeSet<String>) -> String {
    github::summary(evidence, language, expected)
}

/// The first sixteen digits of a digest, in groups of four: as on the first page of the PDF, to compare by eye.
pub fn short_digest(digest: &str) -> String {
    pdf::short(digest)
}

/// The word for a verdict.
pub fn verdict_word(verdict: crate::check::Verdict, language: Language) -> &'static str {
    Mark::of(verdict).word(words::words(language))
}

/// The requirements that need attention, the worst first.
fn needing_attention(evidence: &Evidence) -> impl Iterator<Item = &RequirementResult> {
    let mut found: Vec<&RequirementResult> =
        evidence.requirements.iter().filter(|r| Mark::of(r.verdict).needs_attention()).collect();
    found.sort_by_key(|r| Mark::of(r.verdict));
    found.into_iter()
}
