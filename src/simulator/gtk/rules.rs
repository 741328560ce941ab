//! What a receiving GtK looks at in a Task before it takes it (20-technical-core section 7.1 and 7.2).
//!
//! Twiin names no status for most of it; these are the choices of the reference GtK. A deviation leaves one rule out.

use serde_json::Value;

use super::Gtk;
use crate::base::bsn;
use crate::deviation::Deviation;
use crate::wire::fhir;

/// Code system of URA numbers.
const URA: &str = "http://fhir.nl/fhir/NamingSystem/ura";
/// Code system of citizen service numbers.
const BSN: &str = "http://fhir.nl/fhir/NamingSystem/bsn";

/// Why a Task is not taken.
pub(super) struct Refused {
    pub status: u16,
    pub code: &'static str,
    pub text: &'static str,
}

fn breaks_rule(text: &'static str) -> Option<Refused> {
    Some(Refused { status: 422, code: "business-rule", text })
}

fn forbidden(text: &'static str) -> Option<Refused> {
    Some(Refused { status: 403, code: "forbidden", text })
}

impl Gtk {
    /// What is wrong with a notification, if anything. A lenient GtK takes all.
    pub(super) fn notification_fault(&self, task: &Value, organisation: Option<&str>) -> Option<Refused> {
        use Deviation as D;
        // What a careless GtK lets in is taken whole: nothing in it can be looked at.
        let let_in = match self.config.deviation {
            Some(D::AcceptsOtherResources) => task["resourceType"] != "Task",
            Some(D::AcceptsBrokenBodies) => task.as_object().is_some_and(|o| o.len() == 1),
            Some(D::AcceptsTasksInR4) => !fhir::shape_faults(task).is_empty(),
            _ => false,
        };
        if self.config.lenient || let_in {
            return None;
        }
        let identified = task["identifier"].as_array().is_some_and(|l| l.iter().any(|i| i["value"].is_string()));
        if !identified && !self.deviates(D::AcceptsNotificationsWithoutIdentifier) {
            return breaks_rule("the identifier is missing");
        }
        if task["status"] != "requested" && !self.deviates(D::AcceptsNotificationsOfAnyStatus) {
            return breaks_rule("a new notification has status requested");
        }
        if task["intent"] != "proposal" {
            return breaks_rule("a notification has intent proposal");
        }
        let codes = task.pointer("/code/coding").and_then(Value::as_array);
        let is_pull = codes.is_some_and(|c| c.iter().any(|c| c["code"] == "pull-notification"));
        if !is_pull && !self.deviates(D::AcceptsNotificationsOfAnyCode) {
            return breaks_rule("the code is not pull-notification");
        }
        self.parties_fault(task, organisation).or_else(|| self.patient_fault(task)).or_else(|| {
            let fetch = task["input"].as_array().is_some_and(|l| l.iter().any(|i| i["valueBoolean"] == true));
            if fetch && task.get("basedOn").is_none() {
                breaks_rule("there is no Workflow Task to fetch")
            } else {
                None
            }
        })
    }

    /// Who sends to whom: known forms, the organisation of the token, and an organisation that is served here.
    fn parties_fault(&self, task: &Value, organisation: Option<&str>) -> Option<Refused> {
        let (sender, owner) = (&task["requester"]["onBehalfOf"]["identifier"], &task["owner"]["identifier"]);
        for party in [sender, owner] {
            let digits = party["value"].as_str().is_some_and(|v| v.len() == 8 && v.bytes().all(|b| b.is_ascii_digit()));
            if party["system"] != URA || !digits {
                return breaks_rule("an organisation is named by its URA of eight digits");
            }
        }
        let speaks_for_itself = organisation.is_none_or(|o| sender["value"] == o);
        if !speaks_for_itself && !self.deviates(Deviation::AcceptsNotificationsOfOthers) {
            return forbidden("the sender is not the organisation of the token");
        }
        let served = owner["value"] == self.config.identity.ura.as_str();
        if !served && !self.deviates(Deviation::AcceptsNotificationsForOthers) {
            return forbidden("the receiver is not served here");
        }
        None
    }

    fn patient_fault(&self, task: &Value) -> Option<Refused> {
        let identifier = task.pointer("/for/identifier")?;
        let number = identifier["value"].as_str().unwrap_or_default();
        let wrong = identifier["system"] == BSN && !bsn::passes_eleven_test(number);
        if wrong && !self.deviates(Deviation::AcceptsNotificationsWithWrongBsn) {
            return breaks_rule("the citizen service number fails the eleven test");
        }
        None
    }

    /// What is wrong with a cancellation, if anything.
    pub(super) fn cancellation_fault(&self, task: &Value, wanted: &str) -> Option<Refused> {
        use Deviation as D;
        if self.config.lenient {
            return None;
        }
        let same = super::notification::has_identifier(task, wanted);
        if !same && !self.deviates(D::AcceptsCancellationsOfOtherIdentifiers) {
            return breaks_rule("identifier in query and body differ");
        }
        if task["status"] != "cancelled" && !self.deviates(D::AcceptsCancellationsOfAnyStatus) {
            return breaks_rule("a cancellation has status cancelled");
        }
        None
    }
}
