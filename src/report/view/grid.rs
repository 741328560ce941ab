//! The grid of functions and plateaus as it is shown: cells are taken over from the evidence.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::evidence::Evidence;
use crate::evidence::model::{GridCell, GridRow};
use crate::report::plain::line;
use crate::report::words::codes;

use super::Speech;
use super::attention::anchor;
use super::mark::{Mark, MarkView};

/// The grid.
#[derive(Debug, Serialize)]
pub struct GridView {
    pub note: String,
    /// The rows of the groeimodel, then the others.
    pub groups: Vec<(&'static str, Vec<RowView>)>,
}

/// One function.
#[derive(Debug, Serialize)]
pub struct RowView {
    pub function: String,
    pub cells: Vec<CellView>,
}

/// One function on one plateau.
#[derive(Debug, Serialize)]
pub struct CellView {
    pub plateau: u8,
    pub asked: bool,
    pub mark: MarkView,
    /// So many of so many, for example `3/40`.
    pub shown: u64,
    pub all: u64,
    /// The same by mode; modes without requirements are left out.
    pub modes: Vec<ModeView>,
    /// Whether all that is shown is shown by documents, none of it seen by the harness.
    pub only_attested: bool,
    pub waived: u64,
    pub errata: Vec<String>,
    /// Id, and its anchor on the page where it has one.
    pub requirements: Vec<(String, Option<String>)>,
    pub reason: Option<String>,
}

/// Requirements of one mode.
#[derive(Debug, Serialize)]
pub struct ModeView {
    pub name: String,
    pub short: String,
    pub shown: u64,
    pub all: u64,
}

/// The grid of the evidence; none in documents before version 3.
pub fn of(evidence: &Evidence, speech: Speech) -> Option<GridView> {
    let grid = evidence.grid.as_ref()?;
    let anchors: BTreeMap<&str, String> =
        evidence.requirements.iter().enumerate().map(|(at, r)| (r.id.as_str(), anchor(r, at))).collect();
    let group = |in_groeimodel: bool| -> Vec<RowView> {
        grid.rows.iter().filter(|r| r.in_groeimodel == in_groeimodel).map(|r| row(r, &anchors, speech)).collect()
    };
    let words = speech.words;
    let groups = [(words.grid_groeimodel, group(true)), (words.grid_besides, group(false))];
    Some(GridView {
        note: speech.block(&grid.note),
        groups: groups.into_iter().filter(|(_, rows)| !rows.is_empty()).collect(),
    })
}

fn row(row: &GridRow, anchors: &BTreeMap<&str, String>, speech: Speech) -> RowView {
    RowView {
        function: codes::FUNCTION.name(&row.function, speech.language),
        cells: row.cells.iter().map(|c| cell(c, anchors, speech)).collect(),
    }
}

fn cell(cell: &GridCell, anchors: &BTreeMap<&str, String>, speech: Speech) -> CellView {
    CellView {
        plateau: cell.plateau,
        asked: cell.asked,
        mark: Mark::of(cell.verdict).view(speech.words),
        shown: cell.shown,
        all: cell.all,
        modes: cell
            .modes
            .iter()
            .filter(|m| m.all > 0)
            .map(|m| ModeView {
                name: codes::MODE.name(&m.mode, speech.language),
                short: codes::MODE_SHORT.name(&m.mode, speech.language),
                shown: m.shown,
                all: m.all,
            })
            .collect(),
        only_attested: cell.shown > 0 && cell.modes.iter().all(|m| m.mode == "attested" || m.shown == 0),
        waived: cell.waived,
        errata: cell.errata.iter().map(|e| line(e)).collect(),
        requirements: cell.requirements.iter().map(|id| (line(id), anchors.get(id.as_str()).cloned())).collect(),
        reason: cell.reason.as_ref().map(|t| speech.line(t)),
    }
}
