//! The fonts: IBM Plex, regular, semi-bold and mono (SIL Open Font License 1.1, beside them). Only the glyphs that a
//! document uses are embedded.
//!
//! A character that a face lacks is taken from the mono face; one that neither has is written as `<U+XXXX>`, so that
//! nothing that was seen disappears from paper.

use std::cell::RefCell;
use std::collections::HashMap;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::MetadataProvider as _;
use skrifa::instance::{LocationRef, Size};

use crate::report::ReportError;

const REGULAR: &[u8] = include_bytes!("fonts/IBMPlexSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("fonts/IBMPlexSans-SemiBold.ttf");
const MONO: &[u8] = include_bytes!("fonts/IBMPlexMono-Regular.ttf");

/// A face of the family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// Running text.
    Regular,
    /// Headings and what stands out.
    Bold,
    /// Ids and digests.
    Mono,
}

/// A glyph and its width in parts of the size.
#[derive(Debug, Clone, Copy)]
struct Glyph {
    id: u32,
    advance: f32,
}

struct Loaded {
    font: Font,
    raw: skrifa::FontRef<'static>,
    known: RefCell<HashMap<char, Option<Glyph>>>,
}

impl Loaded {
    fn new(bytes: &'static [u8]) -> Result<Self, ReportError> {
        let broken = || ReportError::Pdf("a font of the harness cannot be read".to_owned());
        Ok(Self {
            font: Font::new(bytes.into(), 0).ok_or_else(broken)?,
            raw: skrifa::FontRef::new(bytes).map_err(|_| broken())?,
            known: RefCell::default(),
        })
    }

    fn glyph(&self, c: char) -> Option<Glyph> {
        *self.known.borrow_mut().entry(c).or_insert_with(|| {
            let id = self.raw.charmap().map(c)?;
            let metrics = self.raw.glyph_metrics(Size::unscaled(), LocationRef::default());
            Some(Glyph { id: id.to_u32(), advance: metrics.advance_width(id)? / self.font.units_per_em() })
        })
    }
}

/// A piece of a line in one font.
pub struct Run {
    /// The font.
    pub font: Font,
    /// Its text.
    pub text: String,
    /// Its glyphs.
    pub glyphs: Vec<KrillaGlyph>,
    /// Its width in parts of the size.
    pub width: f32,
}

/// The three faces.
pub struct Faces {
    regular: Loaded,
    bold: Loaded,
    mono: Loaded,
}

impl Faces {
    /// Reads the fonts.
    pub fn new() -> Result<Self, ReportError> {
        Ok(Self { regular: Loaded::new(REGULAR)?, bold: Loaded::new(BOLD)?, mono: Loaded::new(MONO)? })
    }

    fn loaded(&self, face: Face) -> &Loaded {
        match face {
            Face::Regular => &self.regular,
            Face::Bold => &self.bold,
            Face::Mono => &self.mono,
        }
    }

    /// `text` with nothing in it that no face can draw.
    pub fn drawable(&self, text: &str) -> String {
        text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
            match c {
                '\n' | '\t' | '\u{a0}' | '\u{202f}' => out.push(' '),
                '⟨' => out.push('<'),
                '⟩' => out.push('>'),
                // Soft hyphens and combining marks have no width to lay out by.
                '\u{ad}' => {}
                // What a reader could not tell the meaning of is no text (ISO 19005-3 section 6.2.11.7.3), glyph or not.
                c if is_private(c) || c.is_control() || matches!(c, '\u{feff}' | '\u{fffe}') => {
                    out.push_str(&format!("<U+{:04X}>", u32::from(c)));
                }
                c if self.mono.glyph(c).is_some() || self.regular.glyph(c).is_some() => out.push(c),
                c => out.push_str(&format!("<U+{:04X}>", u32::from(c))),
            }
            out
        })
    }

    /// Width of a text that is drawable, in parts of the size.
    pub fn width(&self, face: Face, text: &str) -> f32 {
        text.chars().map(|c| self.find(face, c).map_or(0.0, |(_, glyph)| glyph.advance)).sum()
    }

    fn find(&self, face: Face, c: char) -> Option<(Face, Glyph)> {
        [face, Face::Mono, Face::Regular].into_iter().find_map(|f| Some((f, self.loaded(f).glyph(c)?)))
    }

    /// A text that is drawable, in pieces of one font each.
    pub fn runs(&self, face: Face, text: &str) -> Vec<Run> {
        let mut runs: Vec<(Face, Run)> = Vec::new();
        for c in text.chars() {
            let Some((found, glyph)) = self.find(face, c) else { continue };
            if runs.last().is_none_or(|(last, _)| *last != found) {
                let font = self.loaded(found).font.clone();
                runs.push((found, Run { font, text: String::new(), glyphs: Vec::new(), width: 0.0 }));
            }
            let Some((_, run)) = runs.last_mut() else { continue };
            let start = run.text.len();
            run.text.push(c);
            let range = start..run.text.len();
            run.glyphs.push(KrillaGlyph::new(GlyphId::new(glyph.id), glyph.advance, 0.0, 0.0, 0.0, range, None));
            run.width += glyph.advance;
        }
        runs.into_iter().map(|(_, run)| run).collect()
    }

    /// `text` in lines of at most `width` points; a word that is too long is broken, after a sign where it has one.
    pub fn lines(&self, face: Face, size: f32, width: f32, text: &str) -> Vec<String> {
        let room = width / size;
        let mut lines = vec![String::new()];
        let mut used = 0.0;
        let space = self.width(face, " ");
        for word in self.drawable(text).split(' ').filter(|w| !w.is_empty()) {
            for (at, piece) in self.pieces(face, room, word).into_iter().enumerate() {
                let wide = self.width(face, &piece);
                let gap = if used == 0.0 || at > 0 { 0.0 } else { space };
                if used > 0.0 && used + gap + wide > room {
                    // Who reads aloud goes by the letters: between two words there is a space, also at the end of a line.
                    if at == 0
                        && let Some(line) = lines.last_mut()
                    {
                        line.push(' ');
                    }
                    lines.push(String::new());
                    used = 0.0;
                }
                let line = lines.last_mut().expect("there is always a line");
                if used > 0.0 && at == 0 {
                    line.push(' ');
                    used += space;
                }
                line.push_str(&piece);
                used += wide;
            }
        }
        lines
    }

    /// A word in pieces that fit; one that fits is left whole.
    fn pieces(&self, face: Face, room: f32, word: &str) -> Vec<String> {
        if self.width(face, word) <= room {
            return vec![word.to_owned()];
        }
        let mut pieces = vec![String::new()];
        let mut used = 0.0;
        for c in word.chars() {
            let wide = self.find(face, c).map_or(0.0, |(_, glyph)| glyph.advance);
            let after_sign = pieces.last().is_some_and(|p| p.ends_with(['/', '-', '.', '_', ':', '@', ',', '&', '=']));
            if used > 0.0 && (used + wide > room || (after_sign && used > room * 0.6)) {
                pieces.push(String::new());
                used = 0.0;
            }
            pieces.last_mut().expect("there is always a piece").push(c);
            used += wide;
        }
        pieces
    }
}

/// Whether a character means what its user agrees upon with himself (Unicode, private use).
fn is_private(c: char) -> bool {
    matches!(u32::from(c), 0xE000..=0xF8FF | 0xF_0000..)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_width_and_all_their_letters() {
        let faces = Faces::new().unwrap();
        let text =
            "Een eis met een heel lang adres https://gtk.example.nl/fhir/metadata?een=twee&drie=vier en nog wat.";
        for width in [40.0, 120.0, 300.0] {
            let lines = faces.lines(Face::Regular, 9.0, width, text);
            for line in &lines {
                assert!(faces.width(Face::Regular, line.trim_end()) * 9.0 <= width + 0.01, "{line}");
            }
            let letters = |t: &str| t.chars().filter(|c| *c != ' ').collect::<String>();
            assert_eq!(letters(&lines.concat()), letters(text));
            assert!(lines.concat().contains("heel lang adres"), "{lines:?}");
        }
    }

    #[test]
    fn what_no_face_has_is_named() {
        let faces = Faces::new().unwrap();
        assert_eq!(faces.drawable("é ✓ 漢\n⟨x⟩"), "é ✓ <U+6F22> <x>");
        assert_eq!(faces.drawable("\u{f8ff}\u{0}\u{feff}"), "<U+F8FF><U+0000><U+FEFF>");
        assert!(faces.runs(Face::Bold, "Voldaan – ½ €").iter().all(|r| !r.glyphs.is_empty()));
    }
}
