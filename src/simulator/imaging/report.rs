//! Reports about fictitious studies: as PDF/A (ISO 19005-2, level B) and as a small CDA R2 document, both in Dutch.

use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::geom::Point;
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};
use skrifa::MetadataProvider as _;
use skrifa::instance::{LocationRef, Size};

use super::{ArchiveFault, Organisation};
use crate::wire::dicom::make::Study;
use crate::wire::xml::escape;

/// The text of the CDA, with words in braces for what differs.
const CDA: &str = include_str!("report.cda.xml");
/// The face that the evidence on paper has too.
const FACE: &[u8] = include_bytes!("../../report/pdf/fonts/IBMPlexSans-Regular.ttf");
/// A4, in points.
const PAGE: (f32, f32) = (595.28, 841.89);
/// Left margin, first line and height of a line.
const PLACE: (f32, f32, f32) = (60.0, 80.0, 20.0);

/// What a report is about.
#[derive(Clone, Copy)]
pub(super) struct Report<'a> {
    pub study: &'a Study,
    pub organisation: &'a Organisation,
    pub unique_id: &'a str,
}

impl Report<'_> {
    fn lines(&self) -> Vec<String> {
        let study = self.study;
        let (family, given) = names(&study.patient.name);
        vec![
            format!("Verslag: {}", study.description),
            self.organisation.name.clone(),
            String::new(),
            format!("Patiënt: {given} {family}"),
            format!("BSN: {}", study.patient.bsn),
            format!("Datum: {}", study.date),
            format!("Onderzoeksnummer: {}", study.accession),
            String::new(),
            "Dit verslag en de beelden zijn verzonnen, om software mee te testen.".to_owned(),
            "TEST: geen afwijkingen, en geen patiënt.".to_owned(),
        ]
    }
}

/// Family name and given names.
fn names(name: &str) -> (&str, &str) {
    name.split_once('^').unwrap_or((name, ""))
}

/// The report as CDA.
pub(super) fn cda(report: &Report<'_>) -> String {
    let study = report.study;
    let (family, given) = names(&study.patient.name);
    let time = format!("{}{}", study.date, study.time);
    let words = [
        ("{unique-id}", report.unique_id),
        ("{description}", &study.description),
        ("{time}", &time),
        ("{bsn}", &study.patient.bsn),
        ("{given}", given),
        ("{family}", family),
        ("{sex}", &study.patient.sex),
        ("{birth}", &study.patient.birth),
        ("{ura}", &report.organisation.ura),
        ("{organisation}", &report.organisation.name),
        ("{accession-issuer}", &study.accession_issuer),
        ("{accession}", &study.accession),
        ("{study}", &study.uid),
    ];
    words.into_iter().fold(CDA.to_owned(), |text, (word, value)| text.replace(word, &escape(value)))
}

/// The report as PDF/A: one page, and the same bytes every time.
///
/// # Errors
/// When the library refuses.
pub(super) fn pdf(report: &Report<'_>) -> Result<Vec<u8>, ArchiveFault> {
    let fault = |what: String| ArchiveFault::Report(what);
    let archival = ConfigurationBuilder::new().with_archival_validator(Archival::A2_B).finish();
    let configuration = archival.map_err(|e| fault(format!("{e:?}")))?;
    let settings = SerializeSettings { configuration, enable_tagging: false, ..SerializeSettings::default() };
    let mut document = Document::new_with(settings);
    let size = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or_else(|| fault("the size of the page".to_owned()))?;
    let mut page = document.start_page_with(size);
    let mut surface = page.surface();
    let drawn = draw(&mut surface, &report.lines());
    surface.finish();
    page.finish();
    drawn.ok_or_else(|| fault("the font".to_owned()))?;
    document.set_metadata(
        Metadata::new()
            .title(format!("Verslag: {}", report.study.description))
            .language("nl".to_owned())
            .creator("twiin-harness TEST".to_owned())
            .document_id(report.unique_id.to_owned())
            .creation_date(
                DateTime::new(2025)
                    .month(3)
                    .day(1)
                    .hour(12)
                    .minute(0)
                    .second(0)
                    .utc_offset_hour(0)
                    .utc_offset_minute(0),
            ),
    );
    document.finish().map_err(|e| fault(format!("{e:?}")))
}

/// Lines below each other, the first of them larger.
fn draw(surface: &mut Surface<'_>, lines: &[String]) -> Option<()> {
    let font = Font::new(FACE.into(), 0)?;
    let raw = skrifa::FontRef::new(FACE).ok()?;
    let metrics = raw.glyph_metrics(Size::unscaled(), LocationRef::default());
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| !line.is_empty()) {
        let glyphs: Option<Vec<_>> = line
            .char_indices()
            .map(|(from, c)| {
                let id = raw.charmap().map(c).or_else(|| raw.charmap().map('?'))?;
                let advance = metrics.advance_width(id)? / font.units_per_em();
                Some(KrillaGlyph::new(
                    GlyphId::new(id.to_u32()),
                    advance,
                    0.0,
                    0.0,
                    0.0,
                    from..from + c.len_utf8(),
                    None,
                ))
            })
            .collect();
        let start = Point::from_xy(PLACE.0, PLACE.1 + PLACE.2 * at as f32);
        let size = if at == 0 { 16.0 } else { 11.0 };
        surface.draw_glyphs(start, &glyphs?, font.clone(), line, size, false);
    }
    Some(())
}
