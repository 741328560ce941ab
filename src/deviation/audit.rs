//! Deviations of the audit log: what is recorded of an exchange, and how it travels to a repository (Log-01, TWIIN-LOG-10
//! to -14, 50-generic-facilities section 5).

use serde_json::Value;
use time::Duration;

use super::Deviation;
use crate::base::clock;
use crate::wire::audit::{Outcome, Record};

/// What a record is about, beside what stands in it.
#[derive(Debug, Clone, Default)]
pub struct Recorded {
    /// URA of the one who records.
    pub own_ura: String,
    /// Whether it was the one who asked.
    pub outgoing: bool,
    /// The access token that was used.
    pub token: Option<String>,
    /// What was answered.
    pub content: Option<String>,
}

/// Somebody else, fictitious.
const OTHER_PATIENT: &str = "999911120";
const OTHER_ORGANISATION: &str = "90000099";
/// Transactions of gateways, as audit records name them.
const GATEWAYS: [&str; 3] = ["ITI-38", "ITI-39", "RAD-75"];

impl Deviation {
    /// Edits the records of one exchange before they are sent: there is one to begin with.
    pub fn edit_audit_records(self, records: &mut Vec<Record>, about: &Recorded) {
        use Deviation as D;
        match self {
            D::LogsNothing => records.clear(),
            D::LogsTwice => records.extend(records.clone()),
            D::LogsOnlyIncoming => records.retain(|_| !about.outgoing),
            D::LogsNoGatewayExchanges => {
                records.retain(|r| !r.event.iter().any(|code| GATEWAYS.contains(&code.as_str())));
            }
            D::LogsNoRefusals => records.retain(|r| r.outcome != Some(Outcome::Failure)),
            D::LogsWhatDidNotHappen => {
                let invented = records.iter().filter(|r| r.event.first().is_some_and(|e| e == "token")).cloned();
                records.extend(invented.map(not_happened).collect::<Vec<_>>());
            }
            _ => records.iter_mut().for_each(|r| self.edit_audit_record(r, about)),
        }
    }

    fn edit_audit_record(self, record: &mut Record, about: &Recorded) {
        use Deviation as D;
        match self {
            D::LogsOtherPatient => {
                if let Some(patient) = &mut record.patient {
                    OTHER_PATIENT.clone_into(patient);
                }
            }
            D::LogsPatientWithoutType => record.patient_typed = false,
            D::LogsOtherOrganisation => {
                let others = record.organisations.iter_mut().filter(|o| **o != about.own_ura);
                others.for_each(|o| OTHER_ORGANISATION.clone_into(o));
            }
            D::LogsServiceAccount => {
                if let Some(person) = record.persons.first_mut() {
                    "service-account".clone_into(&mut person.id);
                }
            }
            D::LogsNoPurpose => record.purpose.clear(),
            D::LogsNoRole => record.persons.iter_mut().for_each(|p| p.role = None),
            D::LogsNoMandate => record.persons.truncate(1),
            D::LogsWrongTime => {
                let at = record.time.as_deref().and_then(clock::parse_rfc3339);
                record.time = at.map(|at| clock::rfc3339(at - Duration::minutes(10)));
            }
            D::LogsRefusalsAsSuccess => record.outcome = Some(Outcome::Success),
            D::LogsNoCorrelation => record.correlation.clear(),
            D::LogsNoPolicy => record.policies.clear(),
            D::LogsNoSource => record.source = None,
            D::LogsTokens => record.correlation.extend(about.token.iter().map(|t| format!("Bearer {t}"))),
            D::LogsContent => record.objects.extend(about.content.clone()),
            _ => {}
        }
    }

    /// Edits an AuditEvent before it is sent.
    pub fn edit_audit_event(self, event: &mut Value) {
        if self == Self::AuditEventsMalformed {
            let agents = event["agent"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut);
            agents.for_each(|a| drop(a.remove("requestor")));
        }
    }

    /// Edits a syslog message before it is framed.
    pub fn edit_syslog(self, message: &mut Vec<u8>) {
        // Without its version the header is that of the older RFC 3164.
        if self == Self::AuditEventsMalformed && message.starts_with(b"<85>1 ") {
            message.drain(4..6);
        }
    }
}

/// A record of a read that nobody asked for.
fn not_happened(mut record: Record) -> Record {
    record.event = vec!["read".to_owned()];
    record.action = Some("R".to_owned());
    record.objects = vec!["Composition/never-asked-for".to_owned()];
    record.correlation.clear();
    record
}
