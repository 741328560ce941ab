//! The search parameters that the drafts name (20-technical-core section 13): which resources they find.

use serde_json::Value;

/// Whether a Subscription is found by a parameter. A parameter that is not known narrows nothing.
pub(super) fn subscription_matches(subscription: &Value, name: &str, wanted: &str) -> bool {
    let channel = &subscription["channel"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    any(wanted, |one| match name {
        "status" => text(&subscription["status"]) == one,
        "criteria" => text(&subscription["criteria"]).starts_with(one),
        "url" => text(&channel["endpoint"]) == one,
        "type" => text(&channel["type"]) == one,
        "payload" => text(&channel["payload"]) == one,
        "payload-type" => {
            let all = channel.pointer("/_payload/extension").and_then(Value::as_array);
            all.into_iter().flatten().any(|e| text(&e["valueCode"]).starts_with(one))
        }
        _ => true,
    })
}

/// Whether a Coordination Task is found by a parameter. A parameter that is not known narrows nothing.
pub(super) fn task_matches(task: &Value, name: &str, wanted: &str) -> bool {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    any(wanted, |one| match name {
        "status" => text(&task["status"]) == one,
        "intent" => text(&task["intent"]) == one,
        "code" => codings(&task["code"]).any(|c| is_token(c, "code", one)),
        "business-status" => codings(&task["businessStatus"]).any(|c| is_token(c, "code", one)),
        "owner:identifier" => is_token(&task["owner"]["identifier"], "value", one),
        "requester:identifier" => is_token(&task["requester"]["identifier"], "value", one),
        "focus" => text(&task["focus"]["reference"]) == one,
        _ => true,
    })
}

/// Values behind a comma are alternatives.
fn any(wanted: &str, is: impl Fn(&str) -> bool) -> bool {
    wanted.split(',').any(is)
}

fn codings(concept: &Value) -> impl Iterator<Item = &Value> {
    concept["coding"].as_array().into_iter().flatten()
}

/// Whether a coding or identifier is the one that `system|value` or `value` names.
fn is_token(part: &Value, member: &str, wanted: &str) -> bool {
    match wanted.split_once('|') {
        Some((system, value)) => part["system"] == system && part[member] == value,
        None => part[member] == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_parameter_of_a_subscription_finds_it_by_its_value_and_by_no_other() {
        let subscription = json!({
            "status": "active", "criteria": "https://example.org/topic",
            "channel": {"type": "rest-hook", "endpoint": "https://a.example/n", "payload": "application/fhir+json",
                "_payload": {"extension": [{"url": "x", "valueCode": "id-only"}]}},
        });
        for (name, value) in [
            ("status", "requested,active"),
            ("criteria", "https://example.org/topic"),
            ("url", "https://a.example/n"),
            ("type", "rest-hook"),
            ("payload", "application/fhir+json"),
        ] {
            assert!(subscription_matches(&subscription, name, value), "{name}");
            assert!(!subscription_matches(&subscription, name, "no-such-value"), "{name}");
        }
        assert!(subscription_matches(&subscription, "no-such-parameter", "x"));
    }

    #[test]
    fn tokens_of_a_task_count_with_their_system() {
        let task = json!({"status": "requested", "intent": "order",
            "code": {"coding": [{"system": "a", "code": "fulfill"}]},
            "owner": {"identifier": {"system": "s", "value": "v"}}});
        assert!(task_matches(&task, "code", "b|fulfill,a|fulfill"));
        assert!(!task_matches(&task, "code", "b|fulfill"));
        assert!(task_matches(&task, "owner:identifier", "s|v"));
        assert!(!task_matches(&task, "owner:identifier", "s|w"));
    }
}
