//! The evidence on paper: a certificate page, what needs attention, and every requirement in tables.
//!
//! PDF/A-3a (ISO 19005-3) and PDF/UA-1 (ISO 14289-1), with fonts of its own and no date but that of the run, so that the same evidence gives the same
//! bytes. Text is laid out here, by words, without shaping: what strangers wrote can reach neither a script nor an address. The
//! page says of itself that it is a rendering: what counts is the signed document, which digest and code on the first page
//! point at.

mod certificate;
mod faces;
mod layout;
mod structure;
mod tables;

use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::{Document, SerializeSettings};

use super::ReportError;
use super::plain::brief;
use super::view::{Speech, View};
use super::words::words;
use crate::base::clock::parse_rfc3339;
use crate::base::digest::sha256;
use crate::base::text::Language;
use crate::evidence::{Evidence, sign};
pub use certificate::short;
use layout::Layout;

/// Longest name in what the document says of itself, in characters.
const LONGEST_NAME: usize = 240;

/// The document.
pub fn render(evidence: &Evidence, language: Language) -> Result<Vec<u8>, ReportError> {
    let speech = Speech { language, words: words(language) };
    let view = View::new(evidence, language);
    let payload = sign::payload(evidence).map_err(|e| ReportError::Pdf(e.to_string()))?;
    let digest = sha256(&payload).0;
    let mut layout = Layout::new()?;
    certificate::draw(&mut layout, &view, &digest, speech)?;
    tables::attention(&mut layout, &view, speech);
    tables::requirements(&mut layout, evidence, speech);
    tables::papers(&mut layout, &view, speech);
    let edges = layout::Edges {
        head: format!("{} {} – {}", view.candidate.product, view.candidate.version, view.conclusion.word),
        mark: view.banner.title.to_owned(),
        foot: format!("{} · SHA-256 {}", view.run.id, short(&digest)),
        every: view.previews.join("  "),
        page: (speech.words.page, speech.words.of_all),
    };
    write(evidence, language, layout, &edges, &view)
}

/// Puts the pages on paper.
fn write(
    evidence: &Evidence,
    language: Language,
    layout: Layout,
    edges: &layout::Edges,
    view: &View,
) -> Result<Vec<u8>, ReportError> {
    let standards = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A3_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish();
    let configuration = standards.map_err(|e| ReportError::Pdf(format!("{e:?}")))?;
    let mut document =
        Document::new_with(SerializeSettings { configuration, enable_tagging: true, ..SerializeSettings::default() });
    let mut outline = Outline::new();
    for heading in layout.headings() {
        outline.push_child(OutlineNode::new(heading.text.clone(), heading.destination()));
    }
    layout.draw(&mut document, edges)?;
    document.set_outline(outline);
    // Strings of the document have a limit (ISO 19005-3 section 6.1.13), and what a candidate calls itself has none.
    let name = brief(&format!("{} {}", view.candidate.product, view.candidate.version), LONGEST_NAME);
    let title = format!("{name} – {}", view.conclusion.word);
    let mut metadata = Metadata::new()
        .title(title)
        .description(view.banner.title.to_owned())
        .language(language.to_string())
        .creator(format!("twiin-harness {}", view.harness.version))
        .document_id(brief(&evidence.run, LONGEST_NAME));
    metadata = metadata.creation_date(date(&evidence.ended));
    document.set_metadata(metadata);
    document.finish().map_err(|e| ReportError::Pdf(format!("{e:?}")))
}

/// The end of the run; the beginning of 1970 when the evidence has no time there.
fn date(text: &str) -> DateTime {
    let at = parse_rfc3339(text).unwrap_or(time::OffsetDateTime::UNIX_EPOCH).to_offset(time::UtcOffset::UTC);
    DateTime::new(u16::try_from(at.year()).unwrap_or_default())
        .month(at.month().into())
        .day(at.day())
        .hour(at.hour())
        .minute(at.minute())
        .second(at.second())
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn pages(bytes: &[u8]) -> usize {
        String::from_utf8_lossy(bytes).matches("/Type/Page/").count()
            + String::from_utf8_lossy(bytes).matches("/Type/Page\n").count()
    }

    #[test]
    fn the_sample_gives_the_same_archival_document_every_time_in_both_languages() {
        for language in [Language::Nl, Language::En] {
            let bytes = render(&sample::evidence(), language).unwrap();
            assert!(bytes.starts_with(b"%PDF-1.7"));
            assert_eq!(bytes, render(&sample::evidence(), language).unwrap(), "{language}");
            let text = String::from_utf8_lossy(&bytes);
            assert!(text.contains("pdfaid:part>3<") && text.contains("pdfaid:conformance>A<"));
            assert!(
                text.contains("pdfuaid:part>1<") && text.contains("/StructTreeRoot") && text.contains("/Marked true")
            );
        }
    }

    #[test]
    fn text_of_strangers_in_any_script_is_drawn_and_never_fatal() {
        let hostile = sample::hostile("\u{1b}[2J 漢字 \u{202e} 😀 \u{0} ﷽ a\u{301} \u{ad} https://example.nl/x(y)\\");
        assert!(!render(&hostile, Language::Nl).unwrap().is_empty());
        let long = sample::hostile(&"onafgebroken".repeat(400));
        assert!(!render(&long, Language::En).unwrap().is_empty());
    }

    #[test]
    fn what_every_font_has_a_sign_for_and_nobody_a_meaning_is_drawn_and_never_fatal() {
        let all: String = (0xE000..=0xF8FF).filter_map(char::from_u32).collect();
        for text in [all.as_str(), "\u{feff}\u{fffe}\u{fffd}\u{200b}\u{2028}\u{7f}\u{85}"] {
            assert!(!render(&sample::hostile(text), Language::Nl).unwrap().is_empty());
        }
    }

    #[test]
    fn headings_tables_and_the_code_are_told_to_readers_that_speak() {
        let bytes = render(&sample::evidence(), Language::Nl).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for part in ["/S/H1", "/S/H2", "/S/H3", "/S/P", "/S/Table", "/S/TR", "/S/TH", "/S/TD", "/S/Figure"] {
            assert!(text.contains(part), "{part}");
        }
    }

    #[test]
    fn a_table_of_many_rows_goes_on_over_pages() {
        let mut evidence = sample::evidence();
        let one = evidence.requirements[0].clone();
        let few = render(&evidence, Language::Nl).unwrap();
        evidence.requirements.extend((0..400).map(|n| {
            let mut more = one.clone();
            more.id = format!("{}-{n}", one.id);
            more
        }));
        let many = render(&evidence, Language::Nl).unwrap();
        assert!(pages(&many) > pages(&few) || many.len() > few.len());
    }
}
