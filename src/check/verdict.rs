//! Verdicts and the one rule for combining them (ISO 9646 in spirit: the strongest wins).

use serde::{Deserialize, Serialize};

/// What is concluded of a requirement. The order is the order of strength: later outranks earlier.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    strum::Display,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Verdict {
    /// Nothing was tested.
    #[default]
    NotTested,
    /// Everything that was tested held.
    Pass,
    /// Something did not hold that may at most warn.
    Warn,
    /// The candidate gave us nothing to judge.
    Inconclusive,
    /// We could not do our work.
    Error,
    /// The candidate broke the clause.
    Fail,
}

impl Verdict {
    /// The stronger of two. A violation that was seen stays seen, whatever broke afterwards.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }
    /// All of them combined; of none, [`Verdict::NotTested`].
    pub fn all(verdicts: impl IntoIterator<Item = Self>) -> Self {
        verdicts.into_iter().fold(Self::NotTested, Self::and)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Verdict; 6] =
        [Verdict::NotTested, Verdict::Pass, Verdict::Warn, Verdict::Inconclusive, Verdict::Error, Verdict::Fail];

    #[test]
    fn fail_outranks_error_and_error_outranks_inconclusive() {
        assert_eq!(Verdict::Error.and(Verdict::Fail), Verdict::Fail);
        assert_eq!(Verdict::Error.and(Verdict::Inconclusive), Verdict::Error);
        assert_eq!(Verdict::Warn.and(Verdict::Inconclusive), Verdict::Inconclusive);
        assert_eq!(Verdict::Pass.and(Verdict::Warn), Verdict::Warn);
    }

    #[test]
    fn nothing_tested_is_never_a_pass() {
        assert_eq!(Verdict::all([]), Verdict::NotTested);
        assert_eq!(Verdict::all([Verdict::NotTested, Verdict::NotTested]), Verdict::NotTested);
        assert_eq!(Verdict::all([Verdict::NotTested, Verdict::Pass]), Verdict::Pass);
    }

    fn verdicts() -> impl Strategy<Value = Vec<Verdict>> {
        proptest::collection::vec(prop::sample::select(ALL.to_vec()), 0..12)
    }

    proptest! {
        #[test]
        fn order_does_not_matter(list in verdicts().prop_shuffle(), again in Just(()) ) {
            let () = again;
            let mut sorted = list.clone();
            sorted.sort();
            prop_assert_eq!(Verdict::all(list), Verdict::all(sorted));
        }

        #[test]
        fn grouping_does_not_matter(list in verdicts(), cut in 0usize..12) {
            let (left, right) = list.split_at(cut.min(list.len()));
            let grouped = Verdict::all(left.iter().copied()).and(Verdict::all(right.iter().copied()));
            prop_assert_eq!(grouped, Verdict::all(list));
        }

        #[test]
        fn more_evidence_never_weakens(list in verdicts(), more in prop::sample::select(ALL.to_vec())) {
            prop_assert!(Verdict::all(list.clone()).and(more) >= Verdict::all(list));
        }
    }
}
