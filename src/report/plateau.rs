//! The grid of functions and plateaus as text: one row a function, one column a plateau, no cell blank.

use comfy_table::{ContentArrangement, Table};

use crate::base::text::Language;
use crate::evidence::Evidence;

use super::TerminalOptions;
use super::view::View;
use super::view::grid::CellView;
use super::words::{Words, words};

/// The table, what its signs mean, and why cells without verdict have none.
pub fn render(evidence: &Evidence, language: Language, options: &TerminalOptions) -> Vec<u8> {
    let view = View::new(evidence, language);
    let words = words(language);
    let mut out = format!("{}\n{}\n\n", view.banner.title, words.grid);
    let Some(grid) = &view.grid else {
        out.push_str(&format!("{}\n", words.no_grid));
        return out.into_bytes();
    };
    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(options.width.max(60));
    let plateau = |n: u8| format!("{} {n}", words.plateau);
    table.set_header([words.function.to_owned(), plateau(1), plateau(2), plateau(3), plateau(4)]);
    for row in grid.groups.iter().flat_map(|(_, rows)| rows) {
        let cells = row.cells.iter().map(|c| cell(c, words));
        table.add_row(std::iter::once(row.function.clone()).chain(cells));
    }
    for line in table.lines() {
        out.push_str(&format!("{}\n", line.trim_end()));
    }
    let marks: Vec<String> = view.legend.verdicts.iter().map(|(m, _)| format!("{} {}", m.symbol, m.word)).collect();
    let legend = format!("{}\n{}\n{}", marks.join("  "), words.grid_signs, grid.note);
    out.push_str(&format!("\n{}\n", textwrap::fill(&legend, usize::from(options.width.max(60)))));
    out.into_bytes()
}

/// Sign, so many of so many, the same by mode, errata and waivers.
fn cell(cell: &CellView, words: &Words) -> String {
    let mut lines = vec![match (cell.asked, cell.all) {
        (_, 0) => format!("{} {}", cell.mark.symbol, words.no_requirements),
        (false, all) => format!("({all}) {}", words.not_asked),
        (true, all) => format!("{} {}/{all}", cell.mark.symbol, cell.shown),
    }];
    if cell.asked {
        let modes = cell.modes.iter().map(|m| format!("{} {}/{}", m.short, m.shown, m.all));
        lines.push(modes.collect::<Vec<_>>().join(" "));
    }
    if cell.only_attested {
        lines.push(words.only_attested.to_owned());
    }
    if cell.waived > 0 {
        lines.push(format!("{} {}", words.waived_short, cell.waived));
    }
    if !cell.errata.is_empty() {
        lines.push(cell.errata.join(" "));
    }
    lines.retain(|l| !l.is_empty());
    lines.join("\n")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_table_of_the_sample() {
        let bytes = render(&sample::evidence(), Language::Nl, &TerminalOptions::default());
        insta::assert_snapshot!("plateau", String::from_utf8(bytes).unwrap());
    }

    #[test]
    fn older_evidence_says_that_it_has_no_table() {
        let mut old = sample::evidence();
        old.grid = None;
        let text = String::from_utf8(render(&old, Language::En, &TerminalOptions::default())).unwrap();
        assert!(text.contains(words(Language::En).no_grid), "{text}");
    }
}
