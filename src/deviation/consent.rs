//! Deviations of the use of Mitz: the closed question and subscriptions (50-generic-facilities section 1).

use serde_json::{Value, json};

use super::Deviation;
use crate::wire::http::{HttpRequest, remove_header, set_header};
use crate::wire::soap::Version;
use crate::wire::xacml::{Hl7, Question};

impl Deviation {
    /// Edits a closed question before it is written.
    pub fn edit_question(self, question: &mut Question) {
        match self {
            Self::QuestionWithoutBsnSystem => {
                if let Some(patient) = &mut question.patient {
                    patient.system = "2.16.840.1.113883.2.4.6.99".into();
                }
            }
            Self::QuestionWithShortUra => {
                if let Some(holder) = &mut question.holder {
                    holder.value = holder.value.chars().skip(1).collect();
                }
            }
            Self::QuestionWithUnknownProviderType => {
                if let Some(kind) = &mut question.holder_type {
                    kind.value = "ZIEKENHUIS".into();
                }
            }
            Self::QuestionOnOwnBehalf => {
                question.institution.clone_from(&question.holder);
                question.institution_type.clone_from(&question.holder_type);
                question.provider = question.holder.clone();
                question.role = question.role.as_ref().map(|role| Hl7::new(&role.system, "00.000"));
            }
            Self::QuestionWithoutMandate => {
                if let Some(acting) = question.mandated.take() {
                    question.provider = Some(acting);
                }
            }
            Self::QuestionForPresumedConsent => {
                if let Some(purpose) = &mut question.purpose {
                    purpose.value = "COC".into();
                }
            }
            _ => {}
        }
    }

    /// The version of SOAP that a closed question is written in.
    pub fn question_version(self) -> Version {
        if self == Self::QuestionInSoap11 { Version::V11 } else { Version::V12 }
    }

    /// Edits the request of a closed question before it is sent.
    pub fn edit_question_request(self, request: &mut HttpRequest) {
        match self {
            Self::QuestionAsTextXml => set_header(&mut request.headers, "content-type", "text/xml"),
            Self::QuestionWithoutRequestId => remove_header(&mut request.headers, "x-request-id"),
            _ => {}
        }
    }

    /// Edits a subscription at Mitz before it is sent.
    pub fn edit_consent_subscription(self, subscription: &mut Value) {
        match self {
            Self::SubscribesWithoutProviderType => {
                let criteria = subscription["criteria"].as_str().unwrap_or_default();
                subscription["criteria"] = json!(criteria.split("&providertype=").next());
            }
            Self::SubscribesWithoutSystems => {
                if let Some(extensions) = subscription["extension"].as_array_mut() {
                    extensions.retain(|e| e.get("valueOid").is_none());
                }
            }
            _ => {}
        }
    }
}
