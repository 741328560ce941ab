//! Messages of HL7 version 3 and documents of CDA in birth care (41-geboortezorg sections 4 and 5): what a file is. Nothing that a
//! file names is ever fetched: no schema, no schematron, no document type.

use super::xml::Element;

/// Namespace of HL7v3 and CDA.
pub const NAMESPACE: &str = "urn:hl7-org:v3";
/// Template of the document of neonatology (Kernset Neonatologie 3.0).
const NEONATOLOGY: &str = "2.16.840.1.113883.2.4.6.10.90.901181";
/// Its code, in SNOMED CT.
const NEONATOLOGY_CODE: &str = "118761000146105";
/// Template of what a message of the Kernset carries.
const KERNSET: &str = "2.16.840.1.113883.2.4.6.10.90.76";

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "kebab-case")]
pub enum Kind {
    /// The acute handoff between care providers: `REPC_IN002120NL`.
    AcuteHandoff,
    /// The Kernset, for the registry: `REPC_IN004014NL` with its template.
    Kernset,
    /// The Kernset Neonatologie, for the registry: a document of CDA with its template and code.
    Neonatology,
    /// Another document of CDA.
    OtherDocument,
    /// Another message of HL7v3.
    OtherMessage,
    /// Neither.
    Unknown,
}

/// A section of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its code.
    pub code: String,
    /// Its templates.
    pub templates: Vec<String>,
}

/// What can be told of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// What it is.
    pub kind: Kind,
    /// Local name of its outermost element.
    pub root: String,
    /// The interaction that a message says it is.
    pub interaction: Option<String>,
    /// Templates of the document itself, or of what a message carries.
    pub templates: Vec<String>,
    /// Code of the document.
    pub code: Option<String>,
    /// Its sections.
    pub sections: Vec<Section>,
}

/// Tells what a file is.
pub fn recognise(root: &Element) -> Recognised {
    let interaction = root.child("interactionId").and_then(|id| id.attribute("extension")).map(str::to_owned);
    let mut found = Recognised {
        kind: Kind::Unknown,
        root: root.name.clone(),
        interaction,
        templates: Vec::new(),
        code: None,
        sections: Vec::new(),
    };
    if root.namespace != NAMESPACE {
        return found;
    }
    if root.name == "ClinicalDocument" {
        found.templates = templates(root);
        found.code = code(root);
        let sections = root.descendants().into_iter().filter(|e| e.name == "section");
        found.sections = sections
            .map(|section| Section { code: code(section).unwrap_or_default(), templates: templates(section) })
            .collect();
        let neonatology =
            found.templates.iter().any(|t| t == NEONATOLOGY) && found.code.as_deref() == Some(NEONATOLOGY_CODE);
        found.kind = if neonatology { Kind::Neonatology } else { Kind::OtherDocument };
        return found;
    }
    // The one of the handoff begins with a small letter, that of the Kernset with a capital.
    let payload = root.find("careProvisionRequest").or_else(|| root.find("CareProvisionEvent"));
    found.templates = payload.map(templates).unwrap_or_default();
    found.kind = match root.name.as_str() {
        "REPC_IN002120NL" => Kind::AcuteHandoff,
        "REPC_IN004014NL" if found.templates.iter().any(|t| t == KERNSET) => Kind::Kernset,
        _ if found.interaction.is_some() => Kind::OtherMessage,
        _ => Kind::Unknown,
    };
    found
}

fn templates(element: &Element) -> Vec<String> {
    element.children_named("templateId").filter_map(|t| t.attribute("root")).map(str::to_owned).collect()
}

fn code(element: &Element) -> Option<String> {
    element.child("code")?.attribute("code").map(str::to_owned)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::wire::xml::{Limits, parse};

    fn kind(text: &str) -> Recognised {
        recognise(&parse(text.as_bytes(), &Limits::default()).unwrap())
    }

    #[test]
    fn a_document_of_neonatology_is_known_by_template_and_code() {
        let document = |template: &str, code: &str| {
            kind(&format!(
                "<ClinicalDocument xmlns=\"{NAMESPACE}\"><templateId root=\"{template}\"/><code code=\"{code}\"/><component><section>\
                 <templateId root=\"2.999.1\"/><code code=\"79192-1\"/></section></component></ClinicalDocument>"
            ))
        };
        let found = document(NEONATOLOGY, NEONATOLOGY_CODE);
        assert_eq!((found.kind, found.templates.len()), (Kind::Neonatology, 1));
        assert_eq!(found.sections, [Section { code: "79192-1".into(), templates: vec!["2.999.1".into()] }]);
        assert_eq!(document(NEONATOLOGY, "1").kind, Kind::OtherDocument);
        assert_eq!(document("2.999", NEONATOLOGY_CODE).kind, Kind::OtherDocument);
    }

    #[test]
    fn messages_are_known_by_their_outermost_element_and_nothing_is_known_of_another_namespace() {
        let message = |name: &str, namespace: &str, payload: &str| {
            kind(&format!(
                "<{name} xmlns=\"{namespace}\"><interactionId extension=\"{name}\"/><ControlActProcess><subject>{payload}</subject>\
                 </ControlActProcess></{name}>"
            ))
            .kind
        };
        let event = format!("<CareProvisionEvent><templateId root=\"{KERNSET}\"/></CareProvisionEvent>");
        let registration = format!("<registrationProcess><subject2>{event}</subject2></registrationProcess>");
        assert_eq!(message("REPC_IN002120NL", NAMESPACE, "<careProvisionRequest/>"), Kind::AcuteHandoff);
        assert_eq!(message("REPC_IN004014NL", NAMESPACE, &registration), Kind::Kernset);
        assert_eq!(message("REPC_IN004014NL", NAMESPACE, "<CareProvisionEvent/>"), Kind::OtherMessage);
        assert_eq!(message("MCCI_IN000002", NAMESPACE, ""), Kind::OtherMessage);
        assert_eq!(message("REPC_IN002120NL", "urn:other", ""), Kind::Unknown);
        assert_eq!(kind("<html/>").kind, Kind::Unknown);
    }
}
