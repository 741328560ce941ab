//! Whether something came at all, or stayed away.

use serde::Deserialize;

use super::{Answer, Context, Judged};
use crate::base::text::Text;
use crate::transcript::StepOutcome;

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
