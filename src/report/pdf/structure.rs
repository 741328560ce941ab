//! What belongs together on paper, in the order in which it is read: headings, paragraphs, tables and pictures (tagged PDF,
//! ISO 32000-1 section 14.8). A reader that speaks goes by it.

use std::num::NonZeroU16;

use krilla::tagging::{Identifier, TableHeaderScope, Tag, TagGroup, TagTree};

/// What a part is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A heading of a level, from 1.
    Heading(u16, String),
    /// A paragraph.
    Paragraph,
    /// A table, of rows.
    Table,
    /// A row, of cells.
    Row,
    /// The head of a column.
    Head,
    /// A cell.
    Cell,
    /// A picture, in words.
    Picture(String),
}

/// The place of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part(usize);

#[derive(Debug)]
struct Node {
    kind: Kind,
    children: Vec<usize>,
    drawn: Vec<Identifier>,
}

/// All parts.
#[derive(Debug, Default)]
pub struct Structure {
    nodes: Vec<Node>,
    /// Parts that stand by themselves.
    roots: Vec<usize>,
    /// Parts that were begun, the innermost last.
    open: Vec<usize>,
}

impl Structure {
    /// Begins a part within the one that is open.
    pub fn begin(&mut self, kind: Kind) -> Part {
        let at = self.nodes.len();
        self.nodes.push(Node { kind, children: Vec::new(), drawn: Vec::new() });
        match self.open.last().and_then(|outer| self.nodes.get_mut(*outer)) {
            Some(outer) => outer.children.push(at),
            None => self.roots.push(at),
        }
        self.open.push(at);
        Part(at)
    }

    /// Ends the innermost part.
    pub fn end(&mut self) {
        self.open.pop();
    }

    fn kind(&self, part: Part) -> Option<&Kind> {
        self.nodes.get(part.0).map(|node| &node.kind)
    }

    /// Whether a part holds text by itself.
    pub fn holds_text(&self, part: Part) -> bool {
        matches!(self.kind(part), Some(Kind::Heading(..) | Kind::Paragraph | Kind::Head | Kind::Cell))
    }

    /// Whether a part is a picture.
    pub fn is_picture(&self, part: Part) -> bool {
        matches!(self.kind(part), Some(Kind::Picture(_)))
    }

    /// Something of a part was drawn.
    pub fn drawn(&mut self, part: Part, drawn: Identifier) {
        if let Some(node) = self.nodes.get_mut(part.0) {
            node.drawn.push(drawn);
        }
    }

    /// The tree that goes into the document.
    pub fn tree(&self) -> TagTree {
        let mut tree = TagTree::new();
        for root in self.roots.iter().filter_map(|at| self.group(*at)) {
            tree.push(root);
        }
        tree
    }

    fn group(&self, at: usize) -> Option<TagGroup> {
        let node = self.nodes.get(at)?;
        let mut group = match &node.kind {
            Kind::Heading(level, text) => {
                TagGroup::new(Tag::Hn(NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN), Some(text.clone())))
            }
            Kind::Paragraph => TagGroup::new(Tag::P),
            Kind::Table => TagGroup::new(Tag::Table),
            Kind::Row => TagGroup::new(Tag::TR),
            Kind::Head => TagGroup::new(Tag::TH(TableHeaderScope::Column)),
            Kind::Cell => TagGroup::new(Tag::TD),
            Kind::Picture(words) => TagGroup::new(Tag::Figure(Some(words.clone()))),
        };
        for drawn in &node.drawn {
            group.push(*drawn);
        }
        for child in node.children.iter().filter_map(|at| self.group(*at)) {
            group.push(child);
        }
        Some(group)
    }
}
