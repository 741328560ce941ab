//! Pages and what stands on them: paragraphs, tables with repeated heads, running head and foot.
//!
//! Everything is first laid out as a list of marks by page, since the foot tells the number of pages. Every mark that says
//! something belongs to a part of the structure (`super::structure`), in the order in which it is read; the others decorate.

use krilla::Document;
use krilla::color::rgb;
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, Identifier, SpanTag};

use super::faces::{Face, Faces};
use super::structure::{Kind, Part, Structure};
use crate::report::ReportError;
use crate::report::plain::brief;

/// A4, in points.
pub const WIDTH: f32 = 595.28;
const HEIGHT: f32 = 841.89;
/// Left and right margin.
pub const MARGIN: f32 = 48.0;
const TOP: f32 = 66.0;
const BOTTOM: f32 = 776.0;
/// Width between the margins.
pub const ROOM: f32 = WIDTH - 2.0 * MARGIN;
/// Space around the text of a cell.
const PAD: f32 = 4.0;
/// A cell has at most so many lines: a row must fit on a page.
const LINES: usize = 40;

/// A colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

/// Text.
pub const INK: Colour = Colour(27, 39, 51);
/// Text of less weight; 4.5 to 1 on white and on the panel.
pub const QUIET: Colour = Colour(82, 96, 109);
/// Headings.
pub const ACCENT: Colour = Colour(21, 66, 115);
/// Lines.
pub const RULE: Colour = Colour(213, 220, 228);
/// Ground of heads and panels.
pub const PANEL: Colour = Colour(245, 247, 250);

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Face.
    pub face: Face,
    /// Size in points.
    pub size: f32,
    /// Colour.
    pub colour: Colour,
}

impl Style {
    /// A style.
    pub const fn new(face: Face, size: f32, colour: Colour) -> Self {
        Self { face, size, colour }
    }
    /// From line to line.
    pub fn leading(self) -> f32 {
        self.size * 1.36
    }
}

enum Mark {
    Text { x: f32, base: f32, style: Style, text: String },
    Area { x: f32, y: f32, width: f32, height: f32, colour: Colour },
}

/// A mark, with what it belongs to.
struct Placed {
    mark: Mark,
    owner: Owner,
}

/// What a mark belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Part(Part),
    /// Lines and grounds.
    Decoration,
    /// What stands on every page, or was read before.
    Edge,
}

/// A heading, for the outline.
#[derive(Debug, Clone)]
pub struct Heading {
    /// Its text.
    pub text: String,
    page: usize,
    y: f32,
}

impl Heading {
    /// Where it stands.
    pub fn destination(&self) -> XyzDestination {
        XyzDestination::new(self.page, Point::from_xy(0.0, (self.y - 24.0).max(0.0)))
    }
}

/// What stands at the edges of pages.
pub struct Edges {
    /// Head of every page but the first, left.
    pub head: String,
    /// Head, right: what the document is.
    pub mark: String,
    /// Foot, left.
    pub foot: String,
    /// Below the foot: what must be read on every page, if anything.
    pub every: String,
    /// The words before and between the page numbers.
    pub page: (&'static str, &'static str),
}

/// A cell of a table: paragraphs below each other.
pub type Cell = Vec<(Style, String)>;

/// A column of a table.
pub struct Column {
    /// Head.
    pub title: String,
    /// Width in points.
    pub width: f32,
}

/// Pages in the making.
pub struct Layout {
    /// The fonts.
    pub faces: Faces,
    pages: Vec<Vec<Placed>>,
    headings: Vec<Heading>,
    /// What belongs together, in the order of reading.
    structure: Structure,
    /// The part that is being drawn; without one, a text is a paragraph of its own.
    part: Option<Part>,
    /// Whether what is drawn was read before.
    repeated: bool,
    /// How far down the last page is filled.
    pub y: f32,
}

impl Layout {
    /// One empty page.
    pub fn new() -> Result<Self, ReportError> {
        Ok(Self {
            faces: Faces::new()?,
            pages: vec![Vec::new()],
            headings: Vec::new(),
            structure: Structure::default(),
            part: None,
            repeated: false,
            y: MARGIN,
        })
    }

    /// The headings, in order.
    pub fn headings(&self) -> &[Heading] {
        &self.headings
    }

    fn mark(&mut self, mark: Mark, owner: Owner) {
        if let Some(page) = self.pages.last_mut() {
            page.push(Placed { mark, owner });
        }
    }

    /// Draws as one part of the structure.
    pub fn within<T>(&mut self, kind: Kind, draw: impl FnOnce(&mut Self) -> T) -> T {
        if self.repeated {
            return draw(self);
        }
        let part = self.structure.begin(kind);
        let outer = self.part.replace(part);
        let done = draw(self);
        self.part = outer;
        self.structure.end();
        done
    }

    /// What a text that begins now belongs to: the part that is drawn when that holds text, else a paragraph.
    fn owner(&mut self) -> Owner {
        match self.part {
            _ if self.repeated => Owner::Edge,
            Some(part) if self.structure.holds_text(part) => Owner::Part(part),
            _ => {
                let part = self.structure.begin(Kind::Paragraph);
                self.structure.end();
                Owner::Part(part)
            }
        }
    }

    /// A new page.
    pub fn turn(&mut self) {
        self.pages.push(Vec::new());
        self.y = TOP;
    }

    /// Turns the page when there is less room than `height`.
    pub fn ensure(&mut self, height: f32) {
        if self.y + height > BOTTOM {
            self.turn();
        }
    }

    /// A rectangle at a place of the page.
    pub fn area(&mut self, x: f32, y: f32, width: f32, height: f32, colour: Colour) {
        // An area says something only within a picture.
        let owner = match self.part {
            Some(part) if self.structure.is_picture(part) => Owner::Part(part),
            _ => Owner::Decoration,
        };
        self.mark(Mark::Area { x, y, width, height, colour }, owner);
    }

    /// Lines of text at a place of the page; gives the height that they took.
    pub fn text_at(&mut self, x: f32, y: f32, width: f32, style: Style, text: &str) -> f32 {
        let lines = self.faces.lines(style.face, style.size, width, text);
        let taken = lines.len() as f32 * style.leading();
        let owner = self.owner();
        for (at, text) in lines.into_iter().enumerate() {
            let base = y + at as f32 * style.leading() + style.size;
            self.mark(Mark::Text { x, base, style, text }, owner);
        }
        taken
    }

    /// Height of a text.
    pub fn height(&self, width: f32, style: Style, text: &str) -> f32 {
        self.faces.lines(style.face, style.size, width, text).len() as f32 * style.leading()
    }

    /// A paragraph over the whole width, with `after` points below it; it may go on over pages.
    pub fn paragraph(&mut self, style: Style, text: &str, after: f32) {
        let owner = self.owner();
        for text in self.faces.lines(style.face, style.size, ROOM, text) {
            self.ensure(style.leading());
            let base = self.y + style.size;
            self.mark(Mark::Text { x: MARGIN, base, style, text }, owner);
            self.y += style.leading();
        }
        self.y += after;
    }

    /// A heading of a level, from 1, that stays with at least `keep` points of what follows; it is in the outline.
    pub fn heading(&mut self, level: u16, style: Style, text: &str, keep: f32) {
        self.ensure(style.leading() + keep);
        let name = brief(text, super::LONGEST_NAME);
        self.headings.push(Heading { text: name.clone(), page: self.pages.len() - 1, y: self.y });
        self.within(Kind::Heading(level, name), |layout| layout.paragraph(style, text, 4.0));
    }

    /// A table. Its head is repeated on every page that it goes on to.
    pub fn table(&mut self, columns: &[Column], rows: &[Vec<Cell>]) {
        let first = rows.first().map_or(0.0, |row| self.row_height(columns, row));
        self.ensure(self.head_height(columns) + first);
        self.within(Kind::Table, |layout| {
            layout.within(Kind::Row, |layout| layout.table_head(columns));
            for row in rows {
                let height = layout.row_height(columns, row);
                if layout.y + height > BOTTOM {
                    layout.turn();
                    layout.repeated = true;
                    layout.table_head(columns);
                    layout.repeated = false;
                }
                layout.within(Kind::Row, |layout| layout.row(columns, row, height));
            }
        });
    }

    fn head_height(&self, columns: &[Column]) -> f32 {
        let style = Style::new(Face::Bold, 7.5, QUIET);
        let tallest = columns.iter().map(|c| self.height(c.width - 2.0 * PAD, style, &c.title));
        tallest.fold(0.0, f32::max) + 2.0 * PAD
    }

    fn table_head(&mut self, columns: &[Column]) {
        let style = Style::new(Face::Bold, 7.5, QUIET);
        let height = self.head_height(columns);
        self.area(MARGIN, self.y, ROOM, height, PANEL);
        let mut x = MARGIN;
        for column in columns {
            let (y, width) = (self.y + PAD, column.width - 2.0 * PAD);
            self.within(Kind::Head, |layout| layout.text_at(x + PAD, y, width, style, &column.title));
            x += column.width;
        }
        self.y += height;
    }

    fn cell_lines(&self, width: f32, cell: &Cell) -> Vec<(Style, String)> {
        let mut lines = Vec::new();
        for (style, text) in cell {
            lines.extend(
                self.faces.lines(style.face, style.size, width - 2.0 * PAD, text).into_iter().map(|l| (*style, l)),
            );
        }
        if lines.len() > LINES {
            lines.truncate(LINES);
            lines.extend(lines.last().map(|(style, _)| (*style, "…".to_owned())));
        }
        lines
    }

    fn row_height(&self, columns: &[Column], row: &[Cell]) -> f32 {
        let height = |(column, cell): (&Column, &Cell)| -> f32 {
            self.cell_lines(column.width, cell).iter().map(|(style, _)| style.leading()).sum()
        };
        columns.iter().zip(row).map(height).fold(0.0, f32::max) + 2.0 * PAD
    }

    fn row(&mut self, columns: &[Column], row: &[Cell], height: f32) {
        let mut x = MARGIN;
        for (column, cell) in columns.iter().zip(row) {
            let mut y = self.y + PAD;
            self.within(Kind::Cell, |layout| {
                let owner = layout.owner();
                for (style, text) in layout.cell_lines(column.width, cell) {
                    let base = y + style.size;
                    layout.mark(Mark::Text { x: x + PAD, base, style, text }, owner);
                    y += style.leading();
                }
            });
            x += column.width;
        }
        self.y += height;
        self.area(MARGIN, self.y - 0.5, ROOM, 0.5, RULE);
    }

    /// Draws all pages, and what belongs together on them.
    pub fn draw(mut self, document: &mut Document, edges: &Edges) -> Result<(), ReportError> {
        let size = PageSettings::from_wh(WIDTH, HEIGHT);
        let settings = size.ok_or_else(|| ReportError::Pdf("the size of the page".to_owned()))?;
        let pages = std::mem::take(&mut self.pages);
        let all = pages.len();
        for (at, mut marks) in pages.into_iter().enumerate() {
            marks.extend(self.edges(edges, at + 1, all));
            let mut page = document.start_page_with(settings.clone());
            let mut surface = page.surface();
            for together in marks.chunk_by(|one, next| one.owner == next.owner) {
                let Some(owner) = together.first().map(|placed| placed.owner) else { continue };
                let drawn = self.start(&mut surface, owner);
                for placed in together {
                    self.put(&mut surface, &placed.mark);
                }
                surface.end_tagged();
                if let Owner::Part(part) = owner {
                    self.structure.drawn(part, drawn);
                }
            }
            surface.finish();
            page.finish();
        }
        document.set_tag_tree(self.structure.tree());
        Ok(())
    }

    fn start(&self, surface: &mut Surface<'_>, owner: Owner) -> Identifier {
        surface.start_tagged(match owner {
            Owner::Part(part) if self.structure.is_picture(part) => ContentTag::Other,
            Owner::Part(_) => ContentTag::Span(SpanTag::empty()),
            Owner::Decoration => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
            Owner::Edge => ContentTag::Artifact(Artifact::with_kind(ArtifactType::PaginationOther)),
        })
    }

    fn edges(&self, edges: &Edges, page: usize, all: usize) -> Vec<Placed> {
        let style = Style::new(Face::Regular, 7.5, QUIET);
        let mut marks = Vec::new();
        let one = |text: &str, width: f32| {
            let first = self.faces.lines(style.face, style.size, width, text).into_iter().next().unwrap_or_default();
            first.trim_end().to_owned()
        };
        let right = |text: String, base: f32| {
            let x = WIDTH - MARGIN - self.faces.width(style.face, &text) * style.size;
            Mark::Text { x, base, style, text }
        };
        if page > 1 {
            marks.push(Mark::Text { x: MARGIN, base: 40.0, style, text: one(&edges.head, ROOM * 0.5) });
            marks.push(right(one(&edges.mark, ROOM * 0.48), 40.0));
            marks.push(Mark::Area { x: MARGIN, y: 48.0, width: ROOM, height: 0.5, colour: RULE });
        }
        marks.push(Mark::Area { x: MARGIN, y: 790.0, width: ROOM, height: 0.5, colour: RULE });
        marks.push(Mark::Text { x: MARGIN, base: 804.0, style, text: one(&edges.foot, ROOM * 0.75) });
        let (word, of) = edges.page;
        marks.push(right(format!("{word} {page} {of} {all}"), 804.0));
        if !edges.every.is_empty() {
            let style = Style::new(Face::Bold, 7.5, INK);
            let lines = self.faces.lines(style.face, style.size, ROOM, &edges.every).into_iter();
            marks.extend(lines.take(2).enumerate().map(|(at, text)| {
                let base = 816.0 + at as f32 * style.leading();
                Mark::Text { x: MARGIN, base, style, text }
            }));
        }
        marks.into_iter().map(|mark| Placed { mark, owner: Owner::Edge }).collect()
    }

    fn put(&self, surface: &mut Surface<'_>, mark: &Mark) {
        match mark {
            Mark::Area { x, y, width, height, colour } => {
                let Some(rect) = Rect::from_xywh(*x, *y, *width, *height) else { return };
                let mut path = PathBuilder::new();
                path.push_rect(rect);
                let Some(path) = path.finish() else { return };
                surface.set_fill(Some(fill(*colour)));
                surface.draw_path(&path);
            }
            Mark::Text { x, base, style, text } => {
                surface.set_fill(Some(fill(style.colour)));
                let mut x = *x;
                for run in self.faces.runs(style.face, text) {
                    let start = Point::from_xy(x, *base);
                    x += run.width * style.size;
                    surface.draw_glyphs(start, &run.glyphs, run.font, &run.text, style.size, false);
                }
            }
        }
    }
}

fn fill(colour: Colour) -> Fill {
    Fill { paint: rgb::Color::new(colour.0, colour.1, colour.2).into(), ..Fill::default() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_must_be_read_stands_within_the_foot_of_every_page() {
        let layout = Layout::new().unwrap();
        let mut edges = Edges {
            head: "a".into(),
            mark: "b".into(),
            foot: "c".into(),
            every: "Preview: not adopted. ".repeat(8),
            page: ("page", "of"),
        };
        let told = |edges: &Edges, page: usize| -> Vec<f32> {
            let marks = layout.edges(edges, page, 3).into_iter();
            let base = |placed: Placed| match placed.mark {
                Mark::Text { base, text, .. } if text.contains("adopted") => Some(base),
                _ => None,
            };
            marks.filter_map(base).collect()
        };
        for page in 1..=3 {
            let lines = told(&edges, page);
            assert_eq!(lines.len(), 2, "page {page}");
            assert!(lines.iter().all(|base| *base > 804.0 && *base < HEIGHT - 12.0), "{lines:?}");
        }
        edges.every.clear();
        assert!(told(&edges, 1).is_empty());
    }
}
