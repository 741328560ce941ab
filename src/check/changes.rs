//! What a message changes of another, and a message without body.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::subject::{self, Document, document};
use super::{Answer, Context, Judged, each};
use crate::base::id::StepId;
use crate::base::text::Text;
use crate::transcript::Body;

/// The message differs from that of another step in these members alone.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OnlyChanges {
    /// Members that may differ, besides `meta` and `text`.
    pub members: Vec<String>,
    /// The step.
    pub of: StepId,
    /// Whose message it is held against.
    #[serde(default, rename = "in")]
    pub within: Document,
}

impl OnlyChanges {
    pub(super) fn expected(&self) -> Text {
        let (of, members) = (&self.of, self.members.join(", "));
        Text::new(
            format!("gelijk aan het bericht in `{of}`, op {members} na"),
            format!("equal to the message in `{of}`, but for {members}"),
        )
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let exchanges = context.other(&self.of).into_iter().flat_map(|step| &step.exchanges);
        let Some(before) = exchanges.filter_map(|(_, e)| document(e, self.within).ok()).next_back() else {
            return Answer::new(Judged::Undecided(format!("step `{}` has no such message", self.of)), Vec::new());
        };
        each(context, |exchange| match subject::json_body(exchange) {
            Ok(now) => match self.changed(&before, now).as_slice() {
                [] => Judged::Met("nothing else is changed".into()),
                changed => Judged::NotMet(format!("also changed: {}", changed.join(", "))),
            },
            Err(judged) => judged,
        })
    }

    fn changed(&self, before: &Value, now: &Value) -> Vec<String> {
        let names = |value: &Value| value.as_object().into_iter().flat_map(|o| o.keys().cloned()).collect::<Vec<_>>();
        let all: BTreeSet<String> = names(before).into_iter().chain(names(now)).collect();
        let may = |name: &String| ["meta", "text"].contains(&name.as_str()) || self.members.contains(name);
        all.into_iter().filter(|name| !may(name) && before.get(name) != now.get(name)).collect()
    }
}

/// The message has no body.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmptyBody {}

impl EmptyBody {
    pub(super) fn expected(&self) -> Text {
        Text::new("geen body", "no body")
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each(context, |exchange| match (&exchange.fault, subject::body(exchange)) {
            (Some(fault), _) => subject::fault_judged(fault),
            (None, Some(Body::Empty)) => Judged::Met("no body".into()),
            (None, Some(_)) => Judged::NotMet("there is a body".into()),
            (None, None) => Judged::Undecided("no message of the candidate".into()),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_changed_besides_is_named_and_metadata_are_left_alone() {
        let check: OnlyChanges = serde_json::from_value(json!({"members": ["status"], "of": "task"})).expect("a check");
        let before = json!({"status": "a", "for": 1, "input": [1], "meta": 1});
        assert!(check.changed(&before, &json!({"status": "b", "for": 1, "input": [1], "meta": 2})).is_empty());
        assert_eq!(
            check.changed(&before, &json!({"status": "b", "input": [2], "owner": 1})),
            ["for", "input", "owner"]
        );
    }
}
