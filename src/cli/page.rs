//! Text for a terminal: headings, paragraphs and labelled lines that wrap to its width, and tables that fit.

use std::io::IsTerminal as _;

use comfy_table::{ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle};
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

    /// A table whose last column wraps to the terminal while the others stay whole. Where too little is left for it, the
    /// `optional` columns go, from the right; where that is not enough, it moves below the first column. When the table
    /// goes elsewhere everything stays, and every row is one line, so that `grep` and the like find whole rows.
    pub fn table(self, header: &[&str], optional: &[usize], rows: Vec<Vec<String>>) -> String {
        let mut header: Vec<String> = header.iter().map(|h| (*h).to_owned()).collect();
        let mut rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| line(cell)).collect()).collect();
        let mut flexible = header.len() - 1;
        if let Some(width) = self.width {
            for column in optional.iter().rev() {
                if left_for_last(width, &header, &rows) < ROOMY {
                    header.remove(*column);
                    rows.iter_mut().for_each(|row| drop(row.remove(*column)));
                }
            }
            flexible = header.len() - 1;
            if left_for_last(width, &header, &rows) < TIGHT {
                fold(&mut header, |last| format!(" / {last}"));
                let taken: usize = (1..header.len()).map(|at| widest(at, &header, &rows) + usize::from(GAP)).sum();
                let options = textwrap::Options::new(width.saturating_sub(taken + usize::from(GAP)).max(TIGHT))
                    .initial_indent("  ")
                    .subsequent_indent("  ");
                rows.iter_mut().for_each(|row| fold(row, |last| format!("\n{}", textwrap::fill(last, &options))));
                flexible = 0;
            }
        }
        self.draw(header, rows, flexible)
    }

    fn draw(self, header: Vec<String>, rows: Vec<Vec<String>>, flexible: usize) -> String {
        let rule = LineStyle::none().fill('─').junction('─');
        let mut table = Table::new();
        table.load_style(TableStyle::new().header_separator(rule)).set_header(header).add_rows(rows);
        match self.width {
            Some(width) => {
                table.set_content_arrangement(ContentArrangement::Dynamic);
                table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
            }
            None => drop(table.set_content_arrangement(ContentArrangement::Disabled)),
        }
        for (at, column) in table.column_iter_mut().enumerate() {
            // The library itself leaves one column between two.
            column.set_padding((0, GAP - 1));
            if at != flexible && self.width.is_some() {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        table.lines().map(|l| format!("{}\n", l.trim_end())).collect()
    }
}

/// Columns between two columns of a table.
const GAP: u16 = 2;
/// A last column narrower than this costs the columns that can be missed.
const ROOMY: usize = 45;
/// A last column narrower than this cannot be read.
const TIGHT: usize = 30;

/// What the other columns leave for the last one.
fn left_for_last(width: usize, header: &[String], rows: &[Vec<String>]) -> usize {
    let taken: usize = (0..header.len() - 1).map(|at| widest(at, header, rows) + usize::from(GAP)).sum();
    width.saturating_sub(taken + usize::from(GAP))
}

/// The widest cell of a column.
fn widest(at: usize, header: &[String], rows: &[Vec<String>]) -> usize {
    rows.iter().map(|row| row[at].chars().count()).chain([header[at].chars().count()]).max().unwrap_or(0)
}

/// Moves the last cell into the first, as `told`.
fn fold(row: &mut Vec<String>, told: impl Fn(&str) -> String) {
    if let (true, Some(last)) = (row.len() > 1, row.pop()) {
        row[0].push_str(&told(&last));
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

    const TITLE: &str = "a long title that cannot stand on one narrow line";

    fn table(width: Option<usize>) -> String {
        let rows = vec![vec!["AN-ID".to_owned(), "groeimodel".to_owned(), TITLE.to_owned()]];
        Screen { width, colour: false }.table(&["id", "authority", "title"], &[1], rows)
    }

    #[test]
    fn a_table_fits_the_terminal_and_loses_first_what_can_be_missed() {
        for width in [40, 60, 80] {
            assert!(table(Some(width)).lines().all(|l| l.chars().count() <= width), "{}", table(Some(width)));
        }
        assert!(table(Some(80)).contains("groeimodel") && !table(Some(60)).contains("groeimodel"));
        assert!(table(Some(60)).contains("AN-ID  a long title"), "{}", table(Some(60)));
        assert!(table(Some(32)).starts_with("id / title"), "{}", table(Some(32)));
    }

    #[test]
    fn a_table_that_goes_elsewhere_is_one_line_a_row() {
        let text = table(None);
        assert!(text.contains("groeimodel") && text.contains(TITLE), "{text}");
    }

    #[test]
    fn escape_sequences_in_a_suite_reach_no_terminal() {
        let mut page = Page::new(NARROW);
        page.title("X", "red \u{1b}[31m");
        page.block("\u{1b}[2J");
        assert!(!page.finish().contains('\u{1b}'));
    }
}
