//! The open question to Mitz: IHE XCPD Patient Location Query (ITI-56) over SOAP 1.2 as plain values, with the Dutch
//! additions of Mitz (50-generic-facilities section 1.5).
//!
//! `event-code` and `author-institution` are not in the schema of IHE, and Mitz sends them all the same: the reader
//! takes what is there and demands nothing.

use super::saml;
use super::soap::{self, Addressing, Version};
use super::xml::{Element, Limits, escape};
use crate::base::bsn;

/// Namespace of the messages.
pub const NAMESPACE: &str = "urn:ihe:iti:xcpd:2009";
/// Action of a request, as sample messages write it.
pub const ACTION: &str = "urn:ihe:iti:2009:PatientLocationQuery";
/// Action of a request, as the WSDL of the same implementation writes it.
pub const ACTION_OF_WSDL: &str = "urn:ihe:iti:xcpd:2009:PatientLocationQuery";
/// `assigningAuthorityName` of a BSN.
pub const BSN_AUTHORITY: &str = "NLMINBIZA";
/// Code system of Mitz data categories.
pub const CATEGORIES: &str = "2.16.840.1.113883.2.4.3.111.5.10.1";
/// Root of URA numbers.
pub const URA: &str = "2.16.528.1.1007.3.3";

/// One answer: a place where data of the patient may be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Holder {
    /// `HomeCommunityId`, an OID with or without `urn:oid:`.
    pub community: String,
    /// `SourceId`, if there is one.
    pub source: Option<String>,
    /// URA of the dossier holder; only in the Dutch addition.
    pub ura: Option<String>,
    /// Data categories; only in the Dutch addition.
    pub categories: Vec<String>,
}

/// The audience of the assertion: Mitz.
pub const AUDIENCE: &str = "urn:oid:2.16.840.1.113883.2.4.3.111.2.1";

/// A question before it is written and signed.
#[derive(Debug, Clone)]
pub struct Question {
    /// Action.
    pub action: String,
    /// BSN of the patient.
    pub patient: String,
    /// Whether it says who gave the number.
    pub names_authority: bool,
    /// The assertion of who asks; `None` for none.
    pub assertion: Option<saml::Draft>,
    /// Whether that is signed.
    pub signed: bool,
}

impl Question {
    /// The message to `to`.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub fn write(&self, to: &str, signer: saml::Signer<'_>) -> Result<String, saml::Unsigned> {
        let assertion = self.assertion.as_ref().map(|draft| draft.write(self.signed.then_some(signer))).transpose()?;
        let headers: Vec<String> = assertion.iter().map(|a| saml::security_header(a)).collect();
        let addressing = Addressing::request(&self.action, to, &format!("urn:uuid:{}", uuid::Uuid::new_v4()));
        Ok(soap::write(Version::V12, &addressing, &headers, &request(&self.patient, self.names_authority)))
    }
}

/// The body of a request.
pub fn request(patient: &str, with_authority: bool) -> String {
    let authority =
        if with_authority { format!(r#" assigningAuthorityName="{BSN_AUTHORITY}""#) } else { String::new() };
    format!(
        r#"<PatientLocationQueryRequest xmlns="{NAMESPACE}"><RequestedPatientId root="{}" extension="{}"{authority}/></PatientLocationQueryRequest>"#,
        bsn::OID,
        escape(patient)
    )
}

/// The BSN that a request asks about.
pub fn patient(body: &Element) -> Option<&str> {
    body.child("RequestedPatientId")?.attribute("extension")
}

/// The body of an answer.
pub fn response(patient: &str, holders: &[Holder]) -> String {
    let all: String = holders.iter().map(|holder| one(patient, holder)).collect();
    format!(r#"<PatientLocationQueryResponse xmlns="{NAMESPACE}">{all}</PatientLocationQueryResponse>"#)
}

fn one(patient: &str, holder: &Holder) -> String {
    let id = |name: &str| {
        format!(
            r#"<{name} root="{}" extension="{}" assigningAuthorityName="{BSN_AUTHORITY}"/>"#,
            bsn::OID,
            escape(patient)
        )
    };
    let source = holder.source.as_ref().map(|s| format!("<SourceId>{}</SourceId>", escape(s))).unwrap_or_default();
    let codes: String = holder
        .categories
        .iter()
        .map(|c| format!(r#"<event-code code="{}" codeSystem="{CATEGORIES}"/>"#, escape(c)))
        .collect();
    let institution = holder.ura.as_ref().map(|ura| {
        format!(r#"<author-institution root="{URA}" extension="{}" assigningAuthorityName="CIBG"/>"#, escape(ura))
    });
    format!(
        "<PatientLocationResponse><HomeCommunityId>{}</HomeCommunityId>{}{}{source}{codes}{}</PatientLocationResponse>",
        escape(&holder.community),
        id("CorrespondingPatientId"),
        id("RequestedPatientId"),
        institution.unwrap_or_default()
    )
}

/// A whole answer to a request with these addressing headers.
pub fn answer(to: &Addressing, body: &str) -> String {
    let action = format!("{}Response", to.action.as_deref().unwrap_or(ACTION));
    let headers = to.answer(&action, &format!("urn:uuid:{}", uuid::Uuid::new_v4()));
    soap::write(Version::V12, &headers, &[], body)
}

/// The holders in an answer; `None` when it is a fault or something else.
pub fn read_answer(bytes: &[u8]) -> Option<Vec<Holder>> {
    let envelope = soap::parse(bytes, &Limits::default()).ok()?;
    let body = envelope.body.filter(|b| b.name == "PatientLocationQueryResponse")?;
    Some(body.children_named("PatientLocationResponse").map(holder).collect())
}

fn holder(answer: &Element) -> Holder {
    let text = |name: &str| answer.child(name).map(|e| e.text.clone());
    let value = |e: &Element, name: &str| e.attribute(name).map(str::to_owned);
    Holder {
        community: text("HomeCommunityId").unwrap_or_default(),
        source: text("SourceId"),
        ura: answer.child("author-institution").and_then(|e| value(e, "extension")),
        categories: answer.children_named("event-code").filter_map(|e| value(e, "code")).collect(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn holders_read_back_with_and_without_the_dutch_additions() {
        let holders = vec![
            Holder {
                community: "urn:oid:1.2.3".into(),
                source: Some("urn:oid:1.2.3.4".into()),
                ura: Some("00000659".into()),
                categories: vec!["GGC002".into(), "GGC012".into()],
            },
            Holder { community: "urn:oid:1.2.9".into(), ..Holder::default() },
        ];
        let asked = Addressing::request(ACTION_OF_WSDL, "https://localhost/", "urn:uuid:1");
        let text = answer(&asked, &response("999943145", &holders));
        assert_eq!(read_answer(text.as_bytes()), Some(holders));
        let got = soap::parse(text.as_bytes(), &Limits::default()).unwrap().addressing;
        assert_eq!(got.action.as_deref(), Some("urn:ihe:iti:xcpd:2009:PatientLocationQueryResponse"));
        assert_eq!(got.relates_to.as_deref(), Some("urn:uuid:1"));
    }

    #[test]
    fn an_empty_answer_has_no_holders_and_a_fault_is_no_answer() {
        let asked = Addressing::default();
        assert_eq!(read_answer(answer(&asked, &response("1", &[])).as_bytes()), Some(Vec::new()));
        let fault = soap::Fault::new(soap::Blame::Receiver, "out of order");
        assert_eq!(read_answer(answer(&asked, &fault.body(Version::V12)).as_bytes()), None);
        assert_eq!(read_answer(b"not xml"), None);
    }

    #[test]
    fn a_request_names_the_patient_and_who_gave_the_number() {
        let body = request("999943145", true);
        let read = crate::wire::xml::parse(body.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(patient(&read), Some("999943145"));
        let id = read.child("RequestedPatientId").unwrap();
        assert_eq!((id.attribute("root"), id.attribute("assigningAuthorityName")), (Some(bsn::OID), Some("NLMINBIZA")));
        assert!(!request("1", false).contains("assigningAuthorityName"));
    }
}
