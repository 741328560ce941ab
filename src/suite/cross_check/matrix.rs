//! The deviation matrix: every deviation has a row, and what it turns red can turn red.

use strum::{IntoEnumIterator as _, VariantNames as _};

use super::super::requirement::{Requirement, Severity};
use super::super::schema::FileKind;
use super::Faults;
use crate::base::diagnostic::Diagnostic;
use crate::deviation::Deviation;

pub(super) fn check(faults: &mut Faults<'_>) {
    let suite = faults.suite;
    // The matrix may be absent in a suite of somebody's own; then there is nothing to hold true.
    let Some(source) = &suite.matrix_source else { return };
    for deviation in Deviation::iter().filter(|d| !suite.matrix.deviations.contains_key(d.word())) {
        faults.push(Diagnostic::new(source, 0, 0, format!("the deviation `{deviation}` has no row")));
    }
    for (word, row) in &suite.matrix.deviations {
        if word.parse::<Deviation>().is_err() {
            let fault = faults.at_key(source, "/deviations", word, format!("unknown deviation `{word}`"));
            faults.push(fault.with_nearest(word, Deviation::VARIANTS.iter().copied()));
        }
        let expects = !row.fails.is_empty() || !row.warns.is_empty();
        if expects == row.harmless.is_some() {
            let message = format!("`{word}` either breaks requirements or says why it is harmless");
            let fault = faults.at_key(source, "/deviations", word, message);
            faults.push(fault);
        }
        let lists = [("fails", &row.fails, Severity::Fails), ("warns", &row.warns, Severity::Warns)];
        for (name, ids, wanted) in lists {
            for (index, id) in ids.iter().enumerate() {
                let possible = suite.requirements.get(id).map(|r| strongest(&r.requirement));
                let unread = possible.is_none() && faults.may_hold(FileKind::Requirements, id.as_str());
                if possible.is_none_or(|s| s < wanted) && !unread {
                    let can = if wanted == Severity::Fails { "fail" } else { "warn" };
                    let pointer = format!("/deviations/{word}/{name}/{index}");
                    let fault = faults.at(source, &pointer, format!("`{id}` cannot {can} by `{word}`"));
                    faults.push(fault);
                }
            }
        }
    }
}

/// The most serious that a deviation from a requirement can be.
fn strongest(requirement: &Requirement) -> Severity {
    requirement.plateaus.iter().map(|p| requirement.severity(*p)).max().unwrap_or(Severity::Information)
}
