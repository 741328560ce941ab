//! Two bewijzen side by side, by requirement: of the same product at another time, or of another version of it.

use std::collections::{BTreeMap, BTreeSet};

use super::statement::{Predicate, Requirement, Statement};
use crate::check::Verdict;

/// One requirement whose outcome differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The requirement.
    pub id: String,
    /// Its outcome in the first; `None` when it was not in scope.
    pub before: Option<Verdict>,
    /// Its outcome in the second.
    pub after: Option<Verdict>,
}

impl Changed {
    /// Whether the second is worse: something passed and no longer does.
    pub fn is_worse(&self) -> bool {
        let passed = |v: Option<Verdict>| matches!(v, Some(Verdict::Pass | Verdict::Warn));
        passed(self.before) && !passed(self.after)
            || (self.before, self.after) == (Some(Verdict::Pass), Some(Verdict::Warn))
    }
}

/// What differs between two bewijzen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Members of the statement that say what was tested, of whom and by what, and differ: name, first, second.
    pub about: Vec<(&'static str, String, String)>,
    /// Requirements whose outcome differs, in order of id.
    pub requirements: Vec<Changed>,
}

/// Compares two statements.
pub fn diff(before: &Statement, after: &Statement) -> Difference {
    let about = facts(&before.predicate).into_iter().zip(facts(&after.predicate));
    let about = about.filter(|((_, a), (_, b))| a != b).map(|((name, a), (_, b))| (name, a, b)).collect();
    let (old, new) = (by_id(&before.predicate.requirements), by_id(&after.predicate.requirements));
    let ids: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    let requirements = ids
        .into_iter()
        .map(|id| Changed { id: id.to_owned(), before: old.get(id).copied(), after: new.get(id).copied() })
        .filter(|changed| changed.before != changed.after)
        .collect();
    Difference { about, requirements }
}

fn by_id(requirements: &[Requirement]) -> BTreeMap<&str, Verdict> {
    requirements.iter().map(|r| (r.id.as_str(), r.outcome)).collect()
}

fn facts(p: &Predicate) -> [(&'static str, String); 10] {
    let pack = p.configuration.first().map(|c| c.digest.sha256.clone()).unwrap_or_default();
    [
        ("soort", p.soort.to_string()),
        ("product", p.kandidaat.product.clone()),
        ("versie", p.kandidaat.versie.clone()),
        ("leverancier", p.kandidaat.leverancier.clone()),
        (
            "scope",
            format!("{} {} {:?}", p.scope.zorgtoepassingen.join(","), p.scope.rollen.join(","), p.scope.plateaus),
        ),
        ("afsprakenstelsel", p.scope.afsprakenstelsel.clone()),
        ("beslisregel", p.beslisregel.id.clone()),
        ("pack", pack),
        ("harness", p.harness.versie.clone()),
        ("result", format!("{} ({})", p.result, p.conclusie)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_longer_passes_is_worse_and_what_was_never_tested_is_not() {
        let changed = |before, after| Changed { id: "X".into(), before, after }.is_worse();
        assert!(changed(Some(Verdict::Pass), Some(Verdict::Fail)));
        assert!(changed(Some(Verdict::Pass), Some(Verdict::Warn)));
        assert!(changed(Some(Verdict::Warn), Some(Verdict::NotTested)));
        assert!(changed(Some(Verdict::Pass), None));
        assert!(!changed(Some(Verdict::NotTested), Some(Verdict::Pass)));
        assert!(!changed(Some(Verdict::Fail), Some(Verdict::Pass)));
    }
}
