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
    /// It held in a later attempt only: what went wrong before stays seen, and nothing says that it will not come back.
    Flaky,
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
    /// What attempts at the same thing amount to together, in the order in which they were made. What went wrong or
    /// stayed open and then held in the last attempt is [`Verdict::Flaky`]; otherwise the strongest counts, as ever.
    pub fn of_attempts(attempts: impl IntoIterator<Item = Self>) -> Self {
        let (strongest, last) =
            attempts.into_iter().fold((Self::NotTested, Self::NotTested), |(all, _), one| (all.and(one), one));
        let held_at_last = matches!(last, Self::Pass | Self::Warn);
        if held_at_last && strongest > Self::Flaky { Self::Flaky } else { strongest }
    }
    /// Whether another attempt is of use: something went wrong or stayed open. A warning is no reason to try again.
    pub fn is_worth_another_attempt(self) -> bool {
        self > Self::Flaky
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Verdict; 7] = [
        Verdict::NotTested,
        Verdict::Pass,
        Verdict::Warn,
        Verdict::Flaky,
        Verdict::Inconclusive,
        Verdict::Error,
        Verdict::Fail,
    ];

    #[test]
    fn fail_outranks_error_and_error_outranks_inconclusive() {
        assert_eq!(Verdict::Error.and(Verdict::Fail), Verdict::Fail);
        assert_eq!(Verdict::Error.and(Verdict::Inconclusive), Verdict::Error);
        assert_eq!(Verdict::Warn.and(Verdict::Inconclusive), Verdict::Inconclusive);
        assert_eq!(Verdict::Pass.and(Verdict::Warn), Verdict::Warn);
        assert_eq!(Verdict::Warn.and(Verdict::Flaky), Verdict::Flaky);
        assert_eq!(Verdict::Flaky.and(Verdict::Inconclusive), Verdict::Inconclusive);
    }

    #[test]
    fn what_holds_in_a_later_attempt_only_is_flaky_and_never_a_pass() {
        use Verdict::*;
        for (attempts, together) in [
            (&[Pass][..], Pass),
            (&[Fail, Pass], Flaky),
            (&[Error, Pass], Flaky),
            (&[Inconclusive, Inconclusive, Warn], Flaky),
            (&[Fail, Fail, Pass], Flaky),
            (&[Fail, Fail], Fail),
            (&[Fail, Inconclusive], Fail),
            (&[Inconclusive, Fail], Fail),
            (&[Pass, Fail], Fail),
            (&[Fail, NotTested], Fail),
            (&[Warn, Pass], Warn),
            (&[NotTested, NotTested], NotTested),
            (&[], NotTested),
        ] {
            assert_eq!(Verdict::of_attempts(attempts.iter().copied()), together, "{attempts:?}");
        }
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
        fn one_attempt_is_that_attempt(only in prop::sample::select(ALL.to_vec())) {
            prop_assert_eq!(Verdict::of_attempts([only]), only);
        }

        #[test]
        fn trouble_in_any_attempt_is_never_less_than_flaky(list in verdicts()) {
            let together = Verdict::of_attempts(list.iter().copied());
            let trouble = list.iter().any(|v| v.is_worth_another_attempt());
            prop_assert_eq!(trouble, together >= Verdict::Flaky && !list.iter().all(|v| *v <= Verdict::Flaky));
            prop_assert!(together <= Verdict::all(list));
        }

        #[test]
        fn more_evidence_never_weakens(list in verdicts(), more in prop::sample::select(ALL.to_vec())) {
            prop_assert!(Verdict::all(list.clone()).and(more) >= Verdict::all(list));
        }
    }
}
