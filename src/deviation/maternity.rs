//! Deviations of birth care (41-geboortezorg): what a resource of a maternity record says, and the message of the acute handoff.

use serde_json::{Value, json};

use super::Deviation;

/// Codes of an indication of medication, in the message as our template writes it.
const MEDICATION: (&str, &str) = ("<pertinentInformation3", "</pertinentInformation3>");

impl Deviation {
    /// Edits one resource of an answer.
    pub fn edit_maternity_record(self, resource: &mut Value) {
        match (self, resource["resourceType"].as_str()) {
            (Self::RecordsOfTwoTypes, Some("EpisodeOfCare")) => {
                if let Some(codings) = resource.pointer_mut("/type/0/coding").and_then(Value::as_array_mut)
                    && let Some(first) = codings.first().cloned()
                {
                    codings.push(first);
                }
            }
            // In R4 the status is a concept.
            (Self::ConditionsInR4, Some("Condition")) => {
                if let Some(status) = resource.get_mut("clinicalStatus") {
                    let system = "http://terminology.hl7.org/CodeSystem/condition-clinical";
                    *status = json!({"coding": [{"system": system, "code": status}]});
                }
            }
            (Self::RecordsWithoutOwnProfiles, _) => {
                let own = |profile: &Value| profile.as_str().is_some_and(|p| p.contains("/bc-"));
                if let Some(profiles) = resource.pointer_mut("/meta/profile").and_then(Value::as_array_mut)
                    && !profiles.iter().all(own)
                {
                    profiles.retain(|profile| !own(profile));
                }
            }
            _ => {}
        }
    }

    /// Edits the message of an acute handoff before it is sent.
    pub fn edit_handoff(self, message: &mut String) {
        let edited = match self {
            Self::HandoffOfOtherVersion => message.replace("NICTIZEd2005-Okt", "NICTIZEd2011-Mei"),
            Self::HandoffInCapitals => message.replace("careProvisionRequest", "CareProvisionRequest"),
            Self::HandoffWithoutReason => without(message, "<reason", "</reason>"),
            Self::HandoffUnderOtherRoots => message.replace("2.16.528.1.1007.3.1\"", "2.999.1007.1\""),
            Self::HandoffWithWrongBsn => with_wrong_bsn(message),
            Self::HandoffWithoutMedication => without(message, MEDICATION.0, MEDICATION.1),
            Self::HandoffWithMedicationTwice => {
                let one = part(message, MEDICATION.0, MEDICATION.1).unwrap_or_default().to_owned();
                message.replacen(&one, &format!("{one}{one}"), 1)
            }
            _ => return,
        };
        *message = edited;
    }
}

/// The first part of a text from one word up to and with another.
fn part<'a>(text: &'a str, begin: &str, end: &str) -> Option<&'a str> {
    let from = text.find(begin)?;
    let length = text.get(from..)?.find(end)? + end.len();
    text.get(from..from + length)
}

fn without(text: &str, begin: &str, end: &str) -> String {
    part(text, begin, end).map_or_else(|| text.to_owned(), |part| text.replacen(part, "", 1))
}

/// The last digit of the number is another one, so that it fails the eleven test.
fn with_wrong_bsn(text: &str) -> String {
    let before = format!("{}\" extension=\"", crate::base::bsn::OID);
    let Some((head, tail)) = text.split_once(&before) else { return text.to_owned() };
    let Some((number, rest)) = tail.split_once('"') else { return text.to_owned() };
    let mut digits = number.to_owned();
    let last = digits.pop().and_then(|c| c.to_digit(10)).unwrap_or_default();
    format!("{head}{before}{digits}{}\"{rest}", (last + 1) % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::bsn::passes_eleven_test;

    const MESSAGE: &str = "<m><id root=\"2.16.840.1.113883.2.4.6.3\" extension=\"999943145\"/><reason>1</reason><reason>2</reason>\
                           <pertinentInformation3 a=\"1\">x</pertinentInformation3></m>";

    fn edited(deviation: Deviation) -> String {
        let mut message = MESSAGE.to_owned();
        deviation.edit_handoff(&mut message);
        message
    }

    #[test]
    fn a_message_is_changed_in_one_place() {
        assert_eq!(edited(Deviation::HandoffWithoutReason), MESSAGE.replace("<reason>1</reason>", ""));
        assert!(!edited(Deviation::HandoffWithoutMedication).contains("pertinentInformation3"));
        assert_eq!(edited(Deviation::HandoffWithMedicationTwice).matches("</pertinentInformation3>").count(), 2);
        assert_eq!(edited(Deviation::IgnoresChains), MESSAGE);
        let wrong = edited(Deviation::HandoffWithWrongBsn);
        let number = wrong.split("extension=\"").nth(1).and_then(|t| t.split('"').next()).unwrap_or_default();
        assert!(number.len() == 9 && !passes_eleven_test(number), "{wrong}");
        assert_eq!(wrong.len(), MESSAGE.len());
    }
}
