//! Deviations of the R4 stack in preparation: notifications and workflow coordination (20-technical-core section 13).

use serde_json::{Value, json};

use super::Deviation;

impl Deviation {
    /// Edits a Subscription before it is kept (section 13.1).
    pub fn edit_r4_subscription(self, subscription: &mut Value) {
        if self == Self::R4SubscriptionWithSearchCriteria {
            subscription["criteria"] = json!("Task?status=requested");
        }
    }

    /// Edits the CapabilityStatement before it is shown (section 13.1).
    pub fn edit_r4_capabilities(self, statement: &mut Value) {
        if self == Self::R4DeletesSubscriptions
            && let Some(interactions) =
                statement.pointer_mut("/rest/0/resource/0/interaction").and_then(Value::as_array_mut)
        {
            interactions.push(json!({"code": "delete"}));
        }
    }

    /// Edits a notification before it is sent (section 13.1).
    pub fn edit_r4_notification(self, bundle: &mut Value) {
        use Deviation as D;
        let kind = parameter(bundle, "type").and_then(|p| p["valueCode"].as_str().map(str::to_owned));
        let is = |wanted: &str| kind.as_deref() == Some(wanted);
        match self {
            D::R4SubscriptionReferenceRelative => relative_subscription(bundle),
            D::R4EventWithoutNumber => parts(bundle, |parts| parts.retain(|p| p["name"] != "event-number")),
            D::R4HeartbeatWithoutCount if is("heartbeat") => {
                parameters(bundle, |all| all.retain(|p| p["name"] != "events-since-subscription-start"));
            }
            D::R4FocusRelative => parts(bundle, |parts| {
                for focus in parts.iter_mut().filter(|p| p["name"] == "focus") {
                    make_relative(&mut focus["valueReference"]["reference"]);
                }
            }),
            D::R4AuthorizationValueAlone => parts(bundle, |parts| parts.retain(|p| p["name"] != "authorization-type")),
            D::R4AuthorizationInHeartbeat if is("heartbeat") => parameters(bundle, |all| {
                all.push(json!({"name": "notification-event", "part": [
                    {"name": "event-number", "valueString": "1"},
                    {"name": "authorization-type", "valueCoding": {"code": "example"}},
                    {"name": "authorization-value", "valueString": "example"},
                ]}));
            }),
            D::R4UnknownNotificationType => {
                if let Some(kind) = parameter(bundle, "type") {
                    kind["valueCode"] = json!("query-event");
                }
            }
            D::R4StatusOfOtherSubscription => {
                if let Some(url) = bundle.pointer_mut("/entry/0/request/url") {
                    *url = json!("https://server.example.org/r4/Subscription/1/$status");
                }
            }
            D::R4EntryWithoutFocus if !is("event-notification") => {
                if let Some(entries) = bundle["entry"].as_array_mut() {
                    entries.push(json!({
                        "fullUrl": "https://server.example.org/r4/Task/1",
                        "request": {"method": "PUT", "url": "Task/1"},
                        "response": {"status": "200"},
                    }));
                }
            }
            D::R4EntryWithoutUrl => {
                for entry in bundle["entry"].as_array_mut().into_iter().flatten().skip(1) {
                    entry.as_object_mut().and_then(|e| e.shift_remove("fullUrl"));
                }
            }
            _ => {}
        }
    }

    /// Edits a Coordination Task before it is placed (section 13.2). `bsn` is that of a fictitious patient.
    pub fn edit_r4_task(self, task: &mut Value, bsn: &str) {
        use Deviation as D;
        let status = task["status"].as_str().unwrap_or_default().to_owned();
        let selected = task.pointer("/businessStatus/coding/0/code").is_some_and(|c| c == "selected");
        let invited = task.pointer("/code/coding/0/code").is_some_and(|c| c == "request-fulfillment");
        let without = |task: &mut Value, member: &str| drop(task.as_object_mut().and_then(|t| t.shift_remove(member)));
        match self {
            D::R4TaskOnHold if status == "in-progress" => task["status"] = json!("on-hold"),
            D::R4NotSelectedGoesOn if status == "cancelled" => task["status"] = json!("in-progress"),
            D::R4SelectedWithoutPatient if selected => without(task, "for"),
            D::R4SelectedForSomethingElse if selected => {
                // Another list of codes altogether, so that nothing else is said of the Task.
                task["code"]["coding"][0]["code"] = json!("approve");
            }
            D::R4InvitedWithPatient if invited => task["for"] = json!({"reference": "Patient/1"}),
            D::R4RejectedWithoutReason if status == "rejected" => without(task, "statusReason"),
            D::R4BsnInTask if task.get("for").is_some() => {
                task["for"]["identifier"] = json!({"system": crate::base::bsn::SYSTEM, "value": bsn});
            }
            _ => {}
        }
    }
}

fn parameters(bundle: &mut Value, edit: impl FnOnce(&mut Vec<Value>)) {
    if let Some(all) = bundle.pointer_mut("/entry/0/resource/parameter").and_then(Value::as_array_mut) {
        edit(all);
    }
}

fn parameter<'a>(bundle: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    let all = bundle.pointer_mut("/entry/0/resource/parameter")?.as_array_mut()?;
    all.iter_mut().find(|p| p["name"] == name)
}

/// Edits the parts of the event, if the notification is about one.
fn parts(bundle: &mut Value, edit: impl FnOnce(&mut Vec<Value>)) {
    if let Some(parts) = parameter(bundle, "notification-event").and_then(|e| e["part"].as_array_mut()) {
        edit(parts);
    }
}

/// `Type/id` of an absolute reference.
fn make_relative(reference: &mut Value) {
    let text = reference.as_str().unwrap_or_default();
    let mut parts = text.rsplit('/');
    if let (Some(id), Some(kind)) = (parts.next(), parts.next()) {
        *reference = json!(format!("{kind}/{id}"));
    }
}

/// The Subscription by a relative reference, and the request of the first entry in agreement with it.
fn relative_subscription(bundle: &mut Value) {
    let Some(subscription) = parameter(bundle, "subscription") else { return };
    make_relative(&mut subscription["valueReference"]["reference"]);
    let reference = subscription["valueReference"]["reference"].as_str().unwrap_or_default().to_owned();
    if let Some(url) = bundle.pointer_mut("/entry/0/request/url") {
        *url = json!(format!("{reference}/$status"));
    }
}
