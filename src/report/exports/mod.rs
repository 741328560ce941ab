//! Evidence in the formats of other tools: JUnit, CTRF, EARL, SARIF and OSCAL.
//!
//! An export only shows: it is made from the evidence document alone, and none of these formats can say all of it. What a
//! format has no word for (inconclusive, flaky, waived, not tested, errors of ours) is never turned into a pass: it gets
//! the weakest word that the format has and its own verdict beside it, where properties are allowed.
//! `reports/README.md` has the table.

mod common;
mod ctrf;
mod earl;
mod oscal;
mod sarif;

use super::{ReportError, junit};
use crate::base::text::Language;
use crate::evidence::Evidence;

/// A format of other tools.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    strum::Display,
    strum::EnumIter,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantNames,
)]
#[strum(serialize_all = "kebab-case")]
pub enum Export {
    /// JUnit XML, as among the renderings.
    Junit,
    /// Common Test Report Format, JSON, schema 0.0.
    Ctrf,
    /// Evaluation and Report Language 1.0 (W3C), as JSON-LD.
    Earl,
    /// Static Analysis Results Interchange Format 2.1.0 (OASIS).
    Sarif,
    /// Assessment results of the Open Security Controls Assessment Language 1.1 (NIST).
    Oscal,
    /// An in-toto statement in a DSSE envelope.
    Dsse,
}

impl Export {
    /// The usual ending of a file in this format, without dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Junit => "xml",
            Self::Ctrf | Self::Oscal => "json",
            Self::Earl => "jsonld",
            Self::Sarif => "sarif",
            Self::Dsse => "dsse.json",
        }
    }
}

/// `evidence` in the format of another tool. `language` chooses from texts in two languages.
///
/// # Errors
/// When a format cannot be written. A DSSE envelope holds a signed statement, and a rendering signs nothing: it is
/// refused.
pub fn export(evidence: &Evidence, format: Export, language: Language) -> Result<Vec<u8>, ReportError> {
    let document = match format {
        Export::Junit => return junit::render(evidence, language),
        Export::Dsse => return Err(ReportError::Unsigned),
        Export::Ctrf => ctrf::document(evidence, language),
        Export::Earl => earl::document(evidence, language),
        Export::Sarif => sarif::document(evidence, language),
        Export::Oscal => oscal::document(evidence, language),
    };
    let mut bytes = serde_json::to_vec_pretty(&document)?;
    bytes.push(b'\n');
    Ok(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::report::view::mark::Mark;
    use strum::IntoEnumIterator;

    fn exported(evidence: &Evidence, format: Export) -> String {
        String::from_utf8(export(evidence, format, Language::En).unwrap()).unwrap()
    }

    fn all() -> impl Iterator<Item = Export> {
        Export::iter().filter(|f| *f != Export::Dsse)
    }

    #[test]
    fn every_format_names_every_requirement_that_needs_attention_and_what_was_seen() {
        let sample = sample::evidence();
        for format in all() {
            let text = exported(&sample, format);
            for requirement in sample.requirements.iter().filter(|r| Mark::of(r.verdict).needs_attention()) {
                assert!(text.contains(&requirement.id), "{} is not in {format}", requirement.id);
            }
        }
    }

    #[test]
    fn the_same_evidence_gives_the_same_bytes() {
        for format in all() {
            assert_eq!(exported(&sample::evidence(), format), exported(&sample::evidence(), format), "{format}");
        }
    }

    #[test]
    fn what_it_is_and_is_not_is_said_in_every_format() {
        for format in all() {
            assert!(exported(&sample::evidence(), format).contains("not a Bewijs van Validatie"), "{format}");
        }
    }

    #[test]
    fn what_strangers_wrote_cannot_steer_a_reader() {
        let hostile = sample::hostile("\u{1b}[2J\u{202e}");
        for format in all() {
            let text = exported(&hostile, format);
            assert!(!text.contains("\\u001b") && !text.contains('\u{202e}'), "{format}");
        }
    }

    #[test]
    fn an_envelope_is_refused_since_a_rendering_signs_nothing() {
        let refused = export(&sample::evidence(), Export::Dsse, Language::Nl);
        assert!(matches!(refused, Err(ReportError::Unsigned)));
    }

    #[test]
    fn a_run_of_nothing_can_be_exported() {
        let mut empty = sample::evidence();
        empty.requirements.clear();
        empty.cases.clear();
        empty.candidate.endpoints.clear();
        for format in all() {
            assert!(!exported(&empty, format).is_empty(), "{format}");
        }
    }
}
