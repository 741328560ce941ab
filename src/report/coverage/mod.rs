//! The coverage of the requirements shown: one page to read, filter and print, or the document itself as JSON.

mod page;
mod view;
mod view_requirement;

use super::ReportError;
use crate::base::text::Language;
use crate::evidence::coverage::Coverage;

/// A format that coverage can be rendered in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display, strum::EnumString, strum::VariantNames)]
pub enum CoverageFormat {
    /// One self-contained page.
    #[strum(serialize = "coverage")]
    Html,
    /// The coverage document, indented.
    #[strum(serialize = "coverage-json")]
    Json,
}

/// Renders `coverage`. `language` rules the page; JSON always holds both languages.
///
/// # Errors
/// When a format cannot be written; never because of what the coverage says.
pub fn render_coverage(
    coverage: &Coverage,
    format: CoverageFormat,
    language: Language,
) -> Result<Vec<u8>, ReportError> {
    match format {
        CoverageFormat::Html => page::render(coverage, language),
        CoverageFormat::Json => {
            let mut bytes = serde_json::to_vec_pretty(coverage)?;
            bytes.push(b'\n');
            Ok(bytes)
        }
    }
}
