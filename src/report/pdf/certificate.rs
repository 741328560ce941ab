//! The first page: what was tested, by what, with which outcome by which rule, and how to find the document that counts.
//!
//! Its fields follow what ISO/IEC 17025 asks of a report (clauses 7.8.2 and 7.8.6) as far as the evidence holds them.

use qrcode::types::Color;
use qrcode::{EcLevel, QrCode};

use super::faces::Face;
use super::layout::{ACCENT, Colour, INK, Layout, MARGIN, PANEL, QUIET, ROOM, RULE, Style, WIDTH};
use super::structure::Kind;
use crate::report::ReportError;
use crate::report::view::mark::Mark;
use crate::report::view::{Speech, View};

/// Side of the code, in points: some 29 mm, so that a telephone reads it from paper.
const CODE: f32 = 82.0;
/// Label column of the lists.
const LABEL: f32 = 84.0;
/// Between the two lists.
const GAP: f32 = 22.0;

const BODY: Style = Style::new(Face::Regular, 9.0, INK);
const VALUE: Style = Style::new(Face::Regular, 8.5, INK);
const SMALL: Style = Style::new(Face::Regular, 8.0, QUIET);
const STRONG: Style = Style::new(Face::Bold, 9.0, INK);
/// Headings of sections.
pub const HEADING: Style = Style::new(Face::Bold, 12.0, ACCENT);

/// The first sixteen characters of a digest, in groups of four: enough to compare by eye.
pub fn short(digest: &str) -> String {
    let first: Vec<char> = digest.chars().take(16).collect();
    first.chunks(4).map(|part| part.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// Text and ground of a verdict; the same as on the page.
pub fn colours(mark: Mark) -> (Colour, Colour) {
    match mark {
        Mark::Fail => (Colour(161, 18, 18), Colour(253, 234, 234)),
        Mark::Error => (Colour(138, 59, 0), Colour(253, 238, 222)),
        Mark::Inconclusive => (Colour(85, 51, 153), Colour(241, 237, 251)),
        Mark::Flaky => (Colour(132, 34, 107), Colour(251, 235, 247)),
        Mark::Warn => (Colour(111, 77, 0), Colour(255, 245, 214)),
        Mark::Pass => (Colour(20, 98, 47), Colour(231, 245, 235)),
        Mark::NotTested => (Colour(74, 87, 99), Colour(236, 239, 243)),
    }
}

/// Draws the page.
pub fn draw(layout: &mut Layout, view: &View, digest: &str, speech: Speech) -> Result<(), ReportError> {
    let words = speech.words;
    banner(layout, view);
    layout.y += 20.0;
    layout.paragraph(Style::new(Face::Regular, 9.0, QUIET), words.title, 2.0);
    let title = format!("{} {}", view.candidate.product, view.candidate.version);
    layout.heading(1, Style::new(Face::Bold, 21.0, ACCENT), &brief(&title, 90), 60.0);
    let lead = format!(
        "{} · {} · {} {}",
        view.candidate.supplier, view.scope.zorgtoepassingen, words.release_short, view.scope.release
    );
    layout.paragraph(Style::new(Face::Regular, 10.0, QUIET), &lead, 12.0);
    conclusion(layout, view, speech);
    layout.y += 6.0;
    lists(layout, view, speech);
    counts(layout, view, speech);
    for notice in &view.notices {
        panel(layout, &[(BODY, notice.clone())], QUIET, PANEL);
    }
    digest_box(layout, digest, speech)
}

fn banner(layout: &mut Layout, view: &View) {
    let (ink, ground) = match view.banner.class {
        "self-test" => colours(Mark::Warn),
        _ => (ACCENT, PANEL),
    };
    let (head, text) = (Style::new(Face::Bold, 11.0, ink), Style::new(Face::Regular, 8.5, ink));
    let room = ROOM;
    let height = layout.height(room, head, view.banner.title) + layout.height(room, text, view.banner.why) + 20.0;
    layout.area(0.0, 0.0, WIDTH, height + 14.0, ground);
    layout.area(0.0, 0.0, WIDTH, 5.0, ink);
    let taken = layout.text_at(MARGIN, 18.0, room, head, view.banner.title);
    layout.text_at(MARGIN, 20.0 + taken, room, text, view.banner.why);
    layout.y = height + 14.0;
}

fn conclusion(layout: &mut Layout, view: &View, speech: Speech) {
    let (ink, ground) = colours(view.conclusion.mark.mark);
    let texts = [
        (Style::new(Face::Bold, 16.0, ink), view.conclusion.word.to_owned()),
        (BODY, view.conclusion.why.to_owned()),
        (SMALL, format!("{}: {}. {}", speech.words.decision_rule, view.rule.id, view.rule.text.replace('\n', " "))),
    ];
    panel(layout, &texts, ink, ground);
}

/// Texts on a ground with an edge at their left.
fn panel(layout: &mut Layout, texts: &[(Style, String)], edge: Colour, ground: Colour) {
    let room = ROOM - 26.0;
    let height: f32 = texts.iter().map(|(style, text)| layout.height(room, *style, text) + 2.0).sum::<f32>() + 14.0;
    layout.ensure(height + 6.0);
    layout.area(MARGIN, layout.y, ROOM, height, ground);
    layout.area(MARGIN, layout.y, 4.0, height, edge);
    let mut y = layout.y + 8.0;
    for (style, text) in texts {
        y += layout.text_at(MARGIN + 16.0, y, room, *style, text) + 2.0;
    }
    layout.y += height + 6.0;
}

/// What was tested, and how.
fn lists(layout: &mut Layout, view: &View, speech: Speech) {
    let (words, candidate, scope) = (speech.words, &view.candidate, &view.scope);
    let own = |text: &str| text.to_owned();
    let mut tested = vec![
        (words.product, own(&candidate.product)),
        (words.version, own(&candidate.version)),
        (words.supplier, own(&candidate.supplier)),
        (words.ura, own(&candidate.ura)),
        (words.environment, own(&candidate.environment)),
    ];
    tested.extend(candidate.subject.as_ref().map(|s| (words.subject, own(s))));
    tested
        .extend(candidate.endpoints.iter().take(4).map(|e| (words.url, format!("{} ({}, {})", e.url, e.role, e.kind))));
    let mut how = vec![
        (words.zorgtoepassingen, own(&scope.zorgtoepassingen)),
        (words.roles, own(&scope.roles)),
        (words.plateaus, own(&scope.plateaus)),
        (words.release_short, own(&scope.release)),
    ];
    how.extend(scope.only.as_ref().map(|only| (words.only, own(only))));
    how.extend([
        (words.started, own(&view.run.started)),
        (words.duration, own(&view.run.duration)),
        (words.run, own(&view.run.id)),
        (words.tested_by, format!("twiin-harness {}", view.harness.version)),
    ]);
    // Side by side, so that the code with the digest stands on the same page.
    layout.ensure(170.0);
    let top = layout.y + 6.0;
    let half = (ROOM - GAP) / 2.0;
    let ends = [(words.candidate, tested, MARGIN), (words.scope, how, MARGIN + half + GAP)].map(|(title, rows, x)| {
        let mut y = top;
        y += layout.text_at(x, y, half, Style::new(Face::Bold, 10.0, ACCENT), title) + 2.0;
        for (label, value) in rows {
            y = pair(layout, (x, y, half), label, &brief(&value, 160));
        }
        y
    });
    layout.y = ends.into_iter().fold(top, f32::max);
}

/// A label and a value, with a line below them; gives where it ends.
fn pair(layout: &mut Layout, (x, y, width): (f32, f32, f32), label: &str, value: &str) -> f32 {
    let name = Style::new(Face::Regular, 8.0, QUIET);
    let taken = layout.text_at(x, y + 2.0, LABEL - 6.0, name, label);
    let height = layout.text_at(x + LABEL, y + 1.5, width - LABEL, VALUE, value).max(taken) + 3.5;
    layout.area(x, y + height - 0.4, width, 0.4, RULE);
    y + height
}

/// Requirements by verdict, each in a box with its word.
fn counts(layout: &mut Layout, view: &View, speech: Speech) {
    let words = speech.words;
    layout.ensure(80.0);
    layout.y += 10.0;
    layout.paragraph(Style::new(Face::Bold, 10.0, ACCENT), words.counts, 3.0);
    let boxes: Vec<_> = view.counts.iter().map(|c| (colours(c.mark.mark), c.number, c.mark.word)).collect();
    let gap = 5.0;
    let width = (ROOM - gap * (boxes.len() as f32 - 1.0)) / boxes.len().max(1) as f32;
    for (at, ((ink, ground), number, word)) in boxes.into_iter().enumerate() {
        let x = MARGIN + at as f32 * (width + gap);
        layout.area(x, layout.y, width, 36.0, ground);
        layout.area(x, layout.y, width, 2.0, ink);
        layout.text_at(x + 5.0, layout.y + 5.0, width - 6.0, Style::new(Face::Bold, 13.0, ink), &number.to_string());
        layout.text_at(x + 5.0, layout.y + 22.0, width - 6.0, Style::new(Face::Regular, 7.5, ink), word);
    }
    layout.y += 42.0;
    let attested = view.papers.iter().flat_map(|p| &p.counts).filter(|c| c.number > 0);
    let attested: Vec<String> = attested.map(|c| format!("{} {}", c.number, c.mark.word)).collect();
    let mut line = format!("{} {}.", view.total, words.total);
    if !attested.is_empty() {
        line = format!("{line} {}: {}.", words.attested_counts, attested.join(", "));
    }
    layout.paragraph(SMALL, &line, 6.0);
}

/// The code and the digest of the document that counts, with what the page is not.
fn digest_box(layout: &mut Layout, digest: &str, speech: Speech) -> Result<(), ReportError> {
    let words = speech.words;
    let texts = [
        (STRONG, format!("{}: {}", words.short_digest, short(digest))),
        (SMALL, format!("{} {}", words.not_normative, words.match_digest)),
        (Style::new(Face::Mono, 7.0, QUIET), format!("SHA-256 {digest}")),
        (BODY, words.only_tested_items.to_owned()),
        (BODY, words.not_twiin.to_owned()),
    ];
    let room = ROOM - CODE - 34.0;
    let height: f32 = texts.iter().map(|(style, text)| layout.height(room, *style, text) + 3.0).sum();
    let height = height.max(CODE) + 20.0;
    layout.ensure(height);
    layout.area(MARGIN, layout.y, ROOM, height, PANEL);
    let mut y = layout.y + 10.0;
    for (style, text) in texts {
        y += layout.text_at(MARGIN + CODE + 26.0, y, room, style, &text) + 3.0;
    }
    let top = layout.y + 10.0;
    let content = format!("urn:twiin-harness:evidence:sha256:{digest}");
    layout.within(Kind::Picture(format!("QR: {content}")), |layout| code(layout, &content, top))?;
    layout.y += height;
    Ok(())
}

fn code(layout: &mut Layout, content: &str, top: f32) -> Result<(), ReportError> {
    let code = QrCode::with_error_correction_level(content.as_bytes(), EcLevel::M)
        .map_err(|e| ReportError::Pdf(format!("the code with the digest: {e}")))?;
    // A quiet zone of four modules is part of the symbol (ISO/IEC 18004).
    let all = code.width() + 8;
    let side = CODE / all as f32;
    layout.area(MARGIN + 10.0, top, CODE, CODE, Colour(255, 255, 255));
    for (at, colour) in code.to_colors().into_iter().enumerate().filter(|(_, c)| *c == Color::Dark) {
        debug_assert_eq!(colour, Color::Dark);
        let (row, column) = (at / code.width() + 4, at % code.width() + 4);
        // A little larger than the module, so that no seams show.
        layout.area(MARGIN + 10.0 + column as f32 * side, top + row as f32 * side, side + 0.02, side + 0.02, INK);
    }
    Ok(())
}

fn brief(text: &str, limit: usize) -> String {
    crate::report::plain::brief(text, limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_shortened_to_four_groups_of_four() {
        assert_eq!(short("5f1d3a6c0e9b4d72a8c5"), "5f1d 3a6c 0e9b 4d72");
        assert_eq!(short("5f1"), "5f1");
    }
}
