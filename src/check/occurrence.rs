//! Whether something came at all, or stayed away.

use serde::Deserialize;

use super::{Answer, Context, Judged};
use crate::base::id::StepId;
use crate::base::text::Text;
use crate::transcript::StepOutcome;
use crate::transcript::select::StepView;

/// What the step waited for came.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Seen {}

impl Seen {
    pub(super) fn expected(&self) -> Text {
        Text::new("het verzoek komt binnen de termijn", "the request arrives in time")
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let at: Vec<u64> = context.step.exchanges.iter().map(|(seq, _)| *seq).collect();
        let judged = match context.step.outcome {
            StepOutcome::Done if at.is_empty() => Judged::Undecided("nothing was seen".into()),
            StepOutcome::Done => Judged::Met(format!("{} seen", at.len())),
            StepOutcome::NotSeen { awaited, waited_ms } => {
                Judged::NotMet(format!("no {awaited} within {waited_ms} ms"))
            }
            StepOutcome::Declined { asked } => Judged::Undecided(format!("the operator declined: {asked}")),
            StepOutcome::Error { message } => Judged::Undecided(message.clone()),
        };
        Answer::new(judged, at)
    }
}

/// What must not come did not.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NotSeen {}

impl NotSeen {
    pub(super) fn expected(&self) -> Text {
        Text::new("er komt niets binnen", "nothing arrives")
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let at: Vec<u64> = context.step.exchanges.iter().map(|(seq, _)| *seq).collect();
        let judged = match (context.step.outcome, at.len()) {
            (StepOutcome::Done, 0) => Judged::Met("nothing came".into()),
            (StepOutcome::Done, n) => Judged::NotMet(format!("{n} came")),
            (outcome, _) => Judged::Undecided(format!("{outcome:?}")),
        };
        Answer::new(judged, at)
    }
}

/// The same request did not come twice.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NoRepeats {}

impl NoRepeats {
    pub(super) fn expected(&self) -> Text {
        Text::new("hetzelfde verzoek komt één keer", "the same request comes once")
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let asked = context.step.exchanges.iter().filter_map(|(seq, e)| Some((*seq, e.request.as_ref()?)));
        let all: Vec<_> = asked.collect();
        let same = all.iter().enumerate().find_map(|(at, (seq, request))| {
            let again = all[at + 1..].iter().find(|(_, other)| {
                (&other.method, &other.target, &other.body) == (&request.method, &request.target, &request.body)
            })?;
            Some((*seq, again.0, format!("{} {} came again", request.method, request.target)))
        });
        match same {
            Some((first, again, seen)) => Answer::new(Judged::NotMet(seen), vec![first, again]),
            None if all.is_empty() => Answer::new(Judged::Undecided("nothing was seen".into()), Vec::new()),
            None => {
                let at = all.iter().map(|(seq, _)| *seq).collect();
                Answer::new(Judged::Met(format!("{} different requests", all.len())), at)
            }
        }
    }
}

/// It came before another step's exchange was over: who asks after giving has not asked in time.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Before {
    /// The other step.
    pub of: StepId,
}

impl Before {
    pub(super) fn expected(&self) -> Text {
        Text::new(
            format!("gebeurt vóór het einde van stap `{}`", self.of),
            format!("happens before the end of step `{}`", self.of),
        )
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let ended = |step: &StepView<'_>| step.exchanges.iter().map(|(seq, _)| *seq).collect::<Vec<_>>();
        let own = ended(context.step);
        // Exchanges are numbered in the order in which they ended.
        let Some(other) = context.other(&self.of).and_then(|s| ended(s).into_iter().min()) else {
            return Answer::new(Judged::Undecided(format!("step `{}` saw nothing", self.of)), own);
        };
        let Some(first) = own.iter().min().copied() else {
            return Answer::new(Judged::Undecided("nothing was seen".into()), own);
        };
        let judged = if first < other {
            Judged::Met(format!("exchange {first} ended before exchange {other}"))
        } else {
            Judged::NotMet(format!("exchange {first} ended after exchange {other}"))
        };
        Answer::new(judged, vec![first, other])
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::super::{Check, CheckData};
    use super::*;
    use crate::transcript::Exchange;
    use crate::transcript::select::CaseView;

    /// A request of the candidate that began so many milliseconds after ten o'clock, and our answer to it.
    fn exchange(target: &str, after_ms: u64, status: u16, retry_after: Option<&str>) -> Exchange {
        let headers: Vec<_> = retry_after.map(|v| json!(["retry-after", v])).into_iter().collect();
        let began = format!("2026-11-21T10:00:{:02}.{:03}Z", after_ms / 1000, after_ms % 1000);
        serde_json::from_value(json!({
            "direction": "from-candidate", "endpoint": "addressing", "identity": "partner", "began": began, "micros": 0,
            "request": {"method": "GET", "target": target, "headers": [], "body": "empty"},
            "response": {"status": status, "headers": headers, "body": "empty"},
        }))
        .unwrap()
    }

    fn judge(word: &str, exchanges: &[Exchange]) -> Judged {
        let check: Check = serde_json::from_value(json!({word: {}})).unwrap();
        let captured = BTreeMap::new();
        let exchanges = exchanges.iter().enumerate().map(|(seq, e)| (seq as u64, e)).collect();
        let step = StepView { outcome: &StepOutcome::Done, exchanges, captured: &captured };
        check.judge(Context { step: &step, case: &CaseView::default(), data: &CheckData::default() }).judged
    }

    #[test]
    fn the_same_request_twice_is_a_repeat_and_another_is_not() {
        let one = exchange("/a?x=1", 0, 200, None);
        assert!(matches!(judge("no-repeats", &[one.clone(), exchange("/a?x=2", 1, 200, None)]), Judged::Met(_)));
        assert!(matches!(judge("no-repeats", &[one.clone(), exchange("/b", 1, 200, None), one]), Judged::NotMet(_)));
        assert!(matches!(judge("no-repeats", &[]), Judged::Undecided(_)));
    }

    #[test]
    fn who_is_told_to_wait_waits() {
        let told = exchange("/a", 0, 429, Some("2"));
        let again = |after| [told.clone(), exchange("/a", after, 200, None)];
        assert!(matches!(judge("retry-after", &again(2000)), Judged::Met(_)));
        assert!(matches!(judge("retry-after", &again(1999)), Judged::NotMet(_)));
        assert!(matches!(judge("retry-after", &[told]), Judged::Undecided(_)));
        let busy = [exchange("/a", 0, 429, None), exchange("/a", 1, 200, None)];
        assert!(matches!(judge("retry-after", &busy), Judged::Undecided(_)));
    }
}
