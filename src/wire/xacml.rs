//! The closed question to Mitz and its answer as plain values: XACML 3.0 with HL7 values (50-generic-facilities section
//! 1.3 and 1.4). Known through implementations; the guide itself could not be read.
//!
//! Questions are read by the names of their attributes alone, wherever these stand, so that every known dialect is
//! understood: with or without namespace on the wrapper, and the older XACML 2.0 too.

use super::xml::{Element, escape};

/// `wsa:Action` of the question.
pub const ACTION: &str = "XACMLAuthorizationDecisionQueryRequest";
/// `wsa:Action` of the answer.
pub const ANSWER_ACTION: &str = "http://schemas.otv.nl/toestemmingsregister/XACMLAuthzDecisionQuery/IGeslotenAutorisatievraagService/XACMLAuthzDecisionQueryResponse";
/// Path of the question below the address of Mitz.
pub const PATH: &str = "/geslotenautorisatievraag/xacml3";

/// Root of citizen service numbers.
pub const BSN: &str = "2.16.840.1.113883.2.4.6.3";
/// Root of URA numbers.
pub const URA: &str = "2.16.528.1.1007.3.3";
/// Root of UZI numbers.
pub const UZI: &str = "2.16.528.1.1007.3.1";
/// Code system of types of care providers.
pub const PROVIDER_TYPES: &str = "2.16.840.1.113883.2.4.15.1060";
/// Code system of data categories.
pub const CATEGORIES: &str = "2.16.840.1.113883.2.4.3.111.5.10.1";
/// Code system of roles.
pub const ROLES: &str = "2.16.840.1.113883.2.4.15.111";
/// Code system of purposes.
pub const PURPOSES: &str = "2.16.840.1.113883.1.11.20448";

const CORE: &str = "urn:oasis:names:tc:xacml:3.0:core:schema:wd-17";
const WRAPPER: &str = "urn:oasis:names:tc:xacml:3.0:profile:saml2.0:v2:schema:protocol:wd-14";
const STATUS_OK: &str = "urn:oasis:names:tc:xacml:1.0:status:ok";

const RESOURCE: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:resource";
const ACTION_BLOCK: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:action";
const SUBJECT: &str = "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject";
const ENVIRONMENT: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:environment";

const PATIENT: &str = "urn:oasis:names:tc:xacml:2.0:resource:resource-id";
const HOLDER_TYPE: &str = "urn:ihe:iti:appc:2016:document-entry:healthcare-facility-type-code";
const HOLDER: &str = "urn:ihe:iti:appc:2016:author-institution:id";
const EVENT_CODE: &str = "urn:ihe:iti:appc:2016:document-entry:event-code";
const ROLE: &str = "urn:oasis:names:tc:xacml:2.0:subject:role";
const PROVIDER: &str = "urn:ihe:iti:xua:2017:subject:provider-identifier";
const MANDATED: &str = "urn:nl:otv:names:tc:1.0:subject:mandated";
const INSTITUTION: &str = "urn:nl:otv:names:tc:1.0:subject:provider-institution";
const INSTITUTION_TYPE: &str = "urn:nl:otv:names:tc:1.0:subject:consulting-healthcare-facility-type-code";
const PURPOSE: &str = "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse";

/// An HL7 value: an instance identifier (root, extension) or a coded value (code system, code).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hl7 {
    /// Root, or code system.
    pub system: String,
    /// Extension, or code.
    pub value: String,
}

impl Hl7 {
    /// A value of a system.
    pub fn new(system: &str, value: &str) -> Self {
        Self { system: system.to_owned(), value: value.to_owned() }
    }

    fn of(element: &Element) -> Option<Self> {
        element.descendants().into_iter().find_map(|e| {
            let pair = |system: &str, value: &str| Some(Self::new(e.attribute(system)?, e.attribute(value)?));
            pair("root", "extension").or_else(|| pair("codeSystem", "code"))
        })
    }
}

/// What is asked: who wants to see which categories of whom, held by whom, and why. What is not said is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Question {
    /// The patient.
    pub patient: Option<Hl7>,
    /// The holder of the record.
    pub holder: Option<Hl7>,
    /// Type of the holder.
    pub holder_type: Option<Hl7>,
    /// Categories of data, in order.
    pub categories: Vec<Hl7>,
    /// Role of the professional who is responsible.
    pub role: Option<Hl7>,
    /// The professional who is responsible.
    pub provider: Option<Hl7>,
    /// Who acts under mandate.
    pub mandated: Option<Hl7>,
    /// The organisation that consults.
    pub institution: Option<Hl7>,
    /// Type of that organisation.
    pub institution_type: Option<Hl7>,
    /// Purpose of use.
    pub purpose: Option<Hl7>,
}

/// How a question is written where clients differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Dialect {
    /// All categories in one action block: a deliberate wrong.
    pub categories_together: bool,
}

impl Question {
    /// Reads a question of any known dialect; `None` when it is about nobody and nothing.
    pub fn of(body: &Element) -> Option<Self> {
        let mut question = Self::default();
        for element in body.descendants() {
            // XACML says `AttributeId`; the SAML assertion of the older variant says `Name`.
            let Some(id) = element.attribute("AttributeId").or_else(|| element.attribute("Name")) else { continue };
            let Some(value) = Hl7::of(element) else { continue };
            let slot = match id {
                EVENT_CODE => {
                    question.categories.push(value);
                    continue;
                }
                PATIENT => &mut question.patient,
                HOLDER => &mut question.holder,
                HOLDER_TYPE => &mut question.holder_type,
                ROLE => &mut question.role,
                PROVIDER => &mut question.provider,
                MANDATED => &mut question.mandated,
                INSTITUTION => &mut question.institution,
                INSTITUTION_TYPE => &mut question.institution_type,
                PURPOSE => &mut question.purpose,
                _ => continue,
            };
            slot.get_or_insert(value);
        }
        (question.patient.is_some() && !question.categories.is_empty()).then_some(question)
    }

    /// Writes it as the body of a message.
    pub fn xml(&self, dialect: Dialect) -> String {
        let ids = |list: &[(&str, &Option<Hl7>, Kind)], shown: bool| {
            list.iter().filter_map(|(id, v, kind)| Some(attribute(id, v.as_ref()?, *kind, shown))).collect::<String>()
        };
        let resource = ids(
            &[
                (PATIENT, &self.patient, Kind::Id),
                (HOLDER_TYPE, &self.holder_type, Kind::Code),
                (HOLDER, &self.holder, Kind::Id),
            ],
            true,
        );
        let category = |c: &Hl7| attribute(EVENT_CODE, c, Kind::Code, true);
        let blocks: Vec<String> = if dialect.categories_together {
            vec![self.categories.iter().map(category).collect()]
        } else {
            self.categories.iter().map(category).collect()
        };
        let actions: String = blocks
            .iter()
            .enumerate()
            .map(|(n, block)| attributes(&format!("action{n}"), ACTION_BLOCK, block))
            .collect();
        let subject = ids(
            &[
                (ROLE, &self.role, Kind::Code),
                (PROVIDER, &self.provider, Kind::Id),
                (MANDATED, &self.mandated, Kind::Id),
                (INSTITUTION, &self.institution, Kind::Id),
                (INSTITUTION_TYPE, &self.institution_type, Kind::Code),
            ],
            false,
        );
        let environment = ids(&[(PURPOSE, &self.purpose, Kind::Code)], false);
        format!(
            r#"<q:XACMLAuthzDecisionQuery xmlns:q="{WRAPPER}"><Request xmlns="{CORE}" ReturnPolicyIdList="false" CombinedDecision="false">{}{actions}{}{}</Request></q:XACMLAuthzDecisionQuery>"#,
            attributes("resource", RESOURCE, &resource),
            attributes("subject", SUBJECT, &subject),
            attributes("environment", ENVIRONMENT, &environment),
        )
    }
}

/// What kind of HL7 value it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Id,
    Code,
}

fn attribute(id: &str, value: &Hl7, kind: Kind, shown: bool) -> String {
    let (system, text) = (escape(&value.system), escape(&value.value));
    let hl7 = match kind {
        Kind::Id => {
            // Numbers of care providers are given out by one authority (section 1.3).
            let authority =
                if value.system == URA || value.system == UZI { r#" assigningAuthorityName="CIBG""# } else { "" };
            format!(r#"<InstanceIdentifier xmlns="urn:hl7-org:v3" root="{system}" extension="{text}"{authority}/>"#)
        }
        Kind::Code => format!(r#"<CodedValue xmlns="urn:hl7-org:v3" code="{text}" codeSystem="{system}"/>"#),
    };
    let data_type = if kind == Kind::Id { "II" } else { "CV" };
    format!(
        r#"<Attribute AttributeId="{id}" IncludeInResult="{shown}"><AttributeValue DataType="urn:hl7-org:v3#{data_type}">{hl7}</AttributeValue></Attribute>"#
    )
}

fn attributes(id: &str, category: &str, content: &str) -> String {
    format!(r#"<Attributes xml:id="{id}" Category="{category}">{content}</Attributes>"#)
}

/// What Mitz decides of one category.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    serde::Deserialize,
    schemars::JsonSchema,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// It may be seen.
    #[default]
    Permit,
    /// It may not.
    Deny,
    /// The question was not understood, or is not whole.
    Indeterminate,
    /// No rule is about it; Mitz does not define it.
    NotApplicable,
}

/// The answer for one category, with what it echoes of the question.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResultOf {
    /// The decision; `None` for a word that XACML does not know.
    pub decision: Option<Decision>,
    /// The patient.
    pub patient: Option<Hl7>,
    /// The holder.
    pub holder: Option<Hl7>,
    /// The category.
    pub category: Option<Hl7>,
}

impl ResultOf {
    /// Reads all results of an answer; `None` when it is none.
    pub fn all(body: &Element) -> Option<Vec<Self>> {
        let response = (body.name == "Response" && body.namespace == CORE).then_some(body);
        Some(response.or_else(|| body.find("Response"))?.children_named("Result").map(Self::of).collect())
    }

    fn of(result: &Element) -> Self {
        let echoed = |id: &str| {
            let all = result.descendants().into_iter();
            all.filter(|e| e.attribute("AttributeId") == Some(id)).find_map(Hl7::of)
        };
        Self {
            decision: result.child("Decision").and_then(|d| d.text.parse().ok()),
            patient: echoed(PATIENT),
            holder: echoed(HOLDER),
            category: echoed(EVENT_CODE),
        }
    }

    /// Writes results as the body of a message.
    pub fn xml(results: &[Self]) -> String {
        let one = |result: &Self| {
            let decision: &'static str = result.decision.unwrap_or_default().into();
            let echo = |id: &str, value: &Option<Hl7>, kind| {
                value.as_ref().map(|v| attribute(id, v, kind, true)).unwrap_or_default()
            };
            let resource = echo(PATIENT, &result.patient, Kind::Id) + &echo(HOLDER, &result.holder, Kind::Id);
            format!(
                r#"<Result><Decision>{decision}</Decision><Status><StatusCode Value="{STATUS_OK}"/></Status><Attributes Category="{RESOURCE}">{resource}</Attributes><Attributes Category="{ACTION_BLOCK}">{}</Attributes></Result>"#,
                echo(EVENT_CODE, &result.category, Kind::Code)
            )
        };
        format!(r#"<Response xmlns="{CORE}">{}</Response>"#, results.iter().map(one).collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::wire::xml::{Limits, parse};

    fn question() -> Question {
        let some = |system, value| Some(Hl7::new(system, value));
        Question {
            patient: some(BSN, "999943145"),
            holder: some(URA, "00000659"),
            holder_type: some(PROVIDER_TYPES, "V4"),
            categories: vec![Hl7::new(CATEGORIES, "GGC002"), Hl7::new(CATEGORIES, "GGC012")],
            role: some(ROLES, "01.015"),
            provider: some(UZI, "900012345"),
            mandated: some(UZI, "900054321"),
            institution: some(URA, "90000002"),
            institution_type: some(PROVIDER_TYPES, "Z3"),
            purpose: some(PURPOSES, "TREAT"),
        }
    }

    fn tree(text: &str) -> Element {
        parse(text.as_bytes(), &Limits::default()).unwrap()
    }

    fn blocks(root: &Element) -> usize {
        root.descendants().iter().filter(|e| e.attribute("Category") == Some(ACTION_BLOCK)).count()
    }

    #[test]
    fn a_question_reads_back_with_a_block_for_each_category() {
        let root = tree(&question().xml(Dialect::default()));
        assert_eq!(Question::of(&root), Some(question()));
        assert_eq!(blocks(&root), 2);
        let together = tree(&question().xml(Dialect { categories_together: true }));
        assert_eq!((Question::of(&together), blocks(&together)), (Some(question()), 1));
    }

    #[test]
    fn known_dialects_are_understood_and_a_message_about_nobody_is_no_question() {
        // The wrapper without a namespace, everything included in the result.
        let plain =
            question().xml(Dialect::default()).replace(&format!(r#" xmlns:q="{WRAPPER}""#), "").replace("q:", "");
        let root = tree(&plain.replace(r#"IncludeInResult="false""#, r#"IncludeInResult="true""#));
        assert_eq!(Question::of(&root), Some(question()));
        // The older variant: attributes of a SAML assertion, with other names of the HL7 elements.
        let older = format!(
            r#"<a><Attribute Name="{PATIENT}"><AttributeValue><id root="{BSN}" extension="999943145"/></AttributeValue></Attribute><Attribute AttributeId="{EVENT_CODE}"><AttributeValue><Code code="GGC002" codeSystem="{CATEGORIES}"/></AttributeValue></Attribute></a>"#
        );
        let read = Question::of(&tree(&older)).unwrap();
        assert_eq!((read.patient, read.categories.len()), (question().patient, 1));
        assert_eq!(Question::of(&tree("<a/>")), None);
    }

    #[test]
    fn results_read_back_and_an_unknown_word_is_no_decision() {
        let asked = question();
        let result = |decision| ResultOf {
            decision: Some(decision),
            patient: asked.patient.clone(),
            holder: asked.holder.clone(),
            category: asked.categories.first().cloned(),
        };
        let all = vec![result(Decision::Permit), result(Decision::Deny), result(Decision::Indeterminate)];
        let text = ResultOf::xml(&all);
        assert_eq!(ResultOf::all(&tree(&text)), Some(all));
        let odd = ResultOf::all(&tree(&text.replace("Permit", "Perhaps"))).unwrap();
        assert_eq!(odd[0].decision, None);
        assert_eq!(ResultOf::all(&tree("<html/>")), None);
    }
}
