//! Another step of the same case, for outcomes that may show at either of two layers.

use serde::Deserialize;

use super::{Answer, Check, Context, Judged};
use crate::base::id::StepId;
use crate::base::text::Text;

/// Another step meets a check.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Elsewhere {
    /// The step.
    pub of: StepId,
    /// The check.
    pub that: Box<Check>,
}

impl Elsewhere {
    pub(super) fn expected(&self) -> Text {
        let that = self.that.expected();
        Text::new(format!("stap `{}`: {}", self.of, that.nl), format!("step `{}`: {}", self.of, that.en))
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        match context.other(&self.of) {
            Some(step) => self.that.judge(Context { step, ..context }),
            None => Answer::new(Judged::Undecided(format!("step `{}` was not reached", self.of)), Vec::new()),
        }
    }
}
