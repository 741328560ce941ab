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
