//! The deviation matrix: every deviation has a row, and what it turns red can turn red.

use strum::{IntoEnumIterator as _, VariantNames as _};

use super::super::requirement::{Requirement, Severity};
use super::super::schema::FileKind;
use super::{Faults, Rows};
use crate::base::diagnostic::Diagnostic;
use crate::deviation::Deviation;

pub(super) fn check(faults: &mut Faults<'_>, rows: Rows) {
    let suite = faults.suite;
    // The matrix may be absent in a suite of somebody's own; then there is nothing to hold true.
    let Some(source) = &suite.matrix_source else { return };
    let complete = rows == Rows::Complete;
    let without_row = Deviation::iter().filter(|d| complete && !suite.matrix.deviations.contains_key(d.word()));
    for deviation in without_row {
        faults.push(Diagnostic::new(source, 0, 0, format!("the deviation `{deviation}` has no row")));
    }
    for (word, row) in &suite.matrix.deviations {
        if complete && word.parse::<Deviation>().is_err() {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::Path;

    use super::*;
    use crate::base::files::FileSet;

    const MATRIX: &str = "profiles/deviations.yaml";

    /// What is told of a suite whose matrix has another word for one of its deviations.
    fn told(load: impl Fn(FileSet) -> Result<crate::suite::Suite, Vec<Diagnostic>>) -> Vec<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files = FileSet::from_dir(root, &["scenarios", "profiles"]).unwrap();
        let text = String::from_utf8(files.get(MATRIX).unwrap().to_vec()).unwrap();
        let renamed = text.replace("\n  offers-tls12:\n", "\n  offers-tls11:\n");
        assert_ne!(text, renamed);
        files.insert(MATRIX.to_owned(), renamed.into_bytes());
        load(files).err().unwrap_or_default().iter().map(|fault| fault.message.clone()).collect()
    }

    #[test]
    fn a_deviation_that_came_or_went_keeps_no_earlier_run_from_being_judged() {
        let now = told(crate::suite::Suite::load);
        assert!(now.iter().any(|fault| fault == "the deviation `offers-tls12` has no row"), "{now:?}");
        assert!(now.iter().any(|fault| fault == "unknown deviation `offers-tls11`"), "{now:?}");
        assert_eq!(told(crate::suite::Suite::load_stored), [""; 0]);
    }
}
