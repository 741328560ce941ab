//! The grid of functions and plateaus: new in version 3.

use serde::{Deserialize, Serialize};

use crate::base::text::Text;
use crate::check::Verdict;

/// Functions against the four plateaus of the groeimodel. No cell is blank: where nothing was tested it says why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Grid {
    /// What the groeimodel is and is not.
    pub note: Text,
    /// One row a function: the eight of the groeimodel first.
    pub rows: Vec<GridRow>,
}

/// One function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GridRow {
    /// The function.
    pub function: String,
    /// Whether it is a row of the groeimodel; the others are of the trust model or our own.
    pub in_groeimodel: bool,
    /// The plateaus 1 to 4.
    pub cells: Vec<GridCell>,
}

/// One function on one plateau.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GridCell {
    /// 1 to 4.
    pub plateau: u8,
    /// Whether the plateau was asked for; if not, the requirements stand here for context, without a verdict.
    pub asked: bool,
    /// The strongest verdict of its requirements on this plateau.
    pub verdict: Verdict,
    /// Requirements with a verdict.
    pub shown: u64,
    /// All its requirements.
    pub all: u64,
    /// The same by the way in which they are shown: `automated`, `observed`, `attested`.
    pub modes: Vec<ModeCount>,
    /// Failures that a declared deviation covers.
    pub waived: u64,
    /// Known errors in the source of its requirements.
    pub errata: Vec<String>,
    /// Its requirements, in order of id.
    pub requirements: Vec<String>,
    /// Why nothing was tested, if so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<Text>,
}

/// Requirements of one mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ModeCount {
    /// `automated`, `observed` or `attested`.
    pub mode: String,
    /// Those with a verdict.
    pub shown: u64,
    /// All of them.
    pub all: u64,
}
