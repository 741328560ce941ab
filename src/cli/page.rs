//! Text for a terminal: headings, paragraphs and labelled lines that wrap to its width, and tables that fit.

use std::io::IsTerminal as _;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};
use twiin_harness::report::plain::line;

/// Wider than this is hard to read.
const WIDEST: usize = 110;
/// Width where nobody looks at a screen.
const UNSEEN: usize = 100;

/// What standard output can show.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// Columns of the terminal; `None` when standard output is no terminal.
    pub width: Option<usize>,
    colour: bool,
}

impl Screen {
    /// Standard output as it is.
    pub fn stdout() -> Self {
        let terminal = std::io::stdout().is_terminal();
        let width = if terminal { Table::new().width().map(usize::from) } else { None };
        Self { width, colour: terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) }
    }

    fn bold(self, text: &str) -> String {
        if self.colour { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn dim(self, text: &str) -> String {
        if self.colour { format!("\u{1b}[2m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// A table that fits a terminal: the last column wraps, the others stay whole. Elsewhere every row is one line, so
    /// that `grep` and the like find whole rows.
    pub fn table(self, header: &[&str], rows: Vec<Vec<String>>) -> String {
        let mut table = Table::new();
        table.load_style(if self.width.is_some() { presets::UTF8_HORIZONTAL_ONLY } else { presets::NOTHING });
        table.set_header(header);
        for row in rows {
            table.add_row(row.iter().map(|cell| line(cell)));
        }
        match self.width {
            Some(width) => {
                table.set_content_arrangement(ContentArrangement::Dynamic);
                table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
                for column in table.column_iter_mut().take(header.len() - 1) {
                    column.set_constraint(ColumnConstraint::ContentWidth);
                }
            }
            None => drop(table.set_content_arrangement(ContentArrangement::Disabled)),
        }
        table.lines().map(|l| format!("{}\n", l.trim_end())).collect()
    }
}

/// A page of text.
#[derive(Debug)]
pub struct Page {
    screen: Screen,
    text: String,
}

impl Page {
    /// An empty page.
    pub fn new(screen: Screen) -> Self {
        Self { screen, text: String::new() }
    }

    /// What it is about, with a rule under it.
    pub fn title(&mut self, id: &str, title: &str) {
        let whole = format!("{} {}", line(id), line(title));
        for part in self.wrap(&whole, "", "") {
            let bold = self.screen.bold(&part);
            self.put(&bold);
        }
        self.gap();
    }

    /// A heading.
    pub fn heading(&mut self, text: &str) {
        self.gap();
        let bold = self.screen.bold(&line(text));
        self.put(&bold);
    }

    /// A paragraph.
    pub fn paragraph(&mut self, text: &str) {
        self.wrapped(text, "", "");
    }

    /// An item of a list, `depth` levels down.
    pub fn item(&mut self, depth: usize, text: &str) {
        let indent = "  ".repeat(depth + 1);
        self.wrapped(text, &format!("{}- ", &indent[..indent.len() - 2]), &indent);
    }

    /// Text as it stands, indented.
    pub fn block(&mut self, text: &str) {
        for l in text.lines() {
            let dim = self.screen.dim(&format!("    {}", twiin_harness::report::plain::block(l)));
            self.put(dim.trim_end());
        }
    }

    /// Labels in one column, what they are about beside it. Rows without text are left out.
    pub fn rows(&mut self, rows: &[(&str, String)]) {
        let rows: Vec<_> = rows.iter().filter(|(_, text)| !text.trim().is_empty()).collect();
        let wide = rows.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0) + 2;
        for (label, text) in rows {
            // Each line of the text begins a line of its own.
            for (at, part) in text.lines().enumerate() {
                let label = if at == 0 { *label } else { "" };
                let first = format!("{label}{}", " ".repeat(wide - label.chars().count()));
                self.wrapped(part, &first, &" ".repeat(wide));
            }
        }
    }

    /// An empty line, unless there is one already.
    pub fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// The whole page.
    pub fn finish(self) -> String {
        self.text.trim_end().to_owned()
    }

    fn put(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn wrapped(&mut self, text: &str, first: &str, rest: &str) {
        for part in self.wrap(&line(text), first, rest) {
            self.put(part.trim_end());
        }
    }

    fn wrap(&self, text: &str, first: &str, rest: &str) -> Vec<String> {
        let width = self.screen.width.unwrap_or(UNSEEN).clamp(40, WIDEST);
        let options = textwrap::Options::new(width)
            .initial_indent(first)
            .subsequent_indent(rest)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        textwrap::wrap(text, options).into_iter().map(String::from).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NARROW: Screen = Screen { width: Some(40), colour: false };

    #[test]
    fn labelled_lines_wrap_beside_their_label_and_empty_ones_are_left_out() {
        let mut page = Page::new(NARROW);
        page.rows(&[
            ("source", "a title that is much longer than one line of this page".into()),
            ("nothing", String::new()),
            ("id", "X".into()),
        ]);
        let text = page.finish();
        assert_eq!(text, "source  a title that is much longer than\n        one line of this page\nid      X");
    }

    #[test]
    fn a_table_fits_the_terminal_and_is_one_line_a_row_elsewhere() {
        let rows = || vec![vec!["AN-ID".to_owned(), "a long title that cannot stand on one narrow line".to_owned()]];
        let narrow = NARROW.table(&["id", "title"], rows());
        assert!(narrow.lines().all(|l| l.chars().count() <= 40), "{narrow}");
        let unseen = Screen { width: None, colour: false }.table(&["id", "title"], rows());
        assert!(unseen.contains("a long title that cannot stand on one narrow line"), "{unseen}");
    }

    #[test]
    fn escape_sequences_in_a_suite_reach_no_terminal() {
        let mut page = Page::new(NARROW);
        page.title("X", "red \u{1b}[31m");
        page.block("\u{1b}[2J");
        assert!(!page.finish().contains('\u{1b}'));
    }
}
