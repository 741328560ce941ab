//! The search parameters as data: `profiles/fhir/stu3-search.yaml`, read once.
//!
//! Source: hl7.org/fhir/STU3/searchparameter-registry.html and the patient compartment.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

const SOURCE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/fhir/stu3-search.yaml"));

static TABLE: LazyLock<SearchTable> =
    LazyLock::new(|| serde_saphyr::from_str(SOURCE).expect("the shipped search table is held right by a test"));

/// How the values of a parameter are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Token,
    Reference,
    String,
    Date,
}

/// One search parameter of one type.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameter {
    pub(super) kind: Kind,
    pub(super) paths: Vec<String>,
    /// Types a reference may lead to; empty when any.
    #[serde(default)]
    pub(super) targets: Vec<String>,
}

impl Parameter {
    /// Whether a reference to this type is what the parameter is about.
    pub(super) fn allows(&self, resource_type: &str) -> bool {
        self.targets.is_empty() || self.targets.iter().any(|target| target == resource_type)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TypeSearch {
    #[serde(default)]
    compartment: Vec<String>,
    parameters: HashMap<String, Parameter>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SearchTable {
    common: HashMap<String, Parameter>,
    types: HashMap<String, TypeSearch>,
}

/// The parameter of this name (without modifier) on this type.
pub(super) fn parameter(resource_type: &str, name: &str) -> Option<&'static Parameter> {
    let own = TABLE.types.get(resource_type);
    own.and_then(|found| found.parameters.get(name)).or_else(|| TABLE.common.get(name))
}

/// The paths that say to which patient a resource of this type belongs.
pub(super) fn compartment(resource_type: &str) -> &'static [String] {
    let found = TABLE.types.get(resource_type);
    found.map_or(&[], |found| found.compartment.as_slice())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::wire::fhir::table::{Property, is_primitive, stu3};

    fn property(resource_type: &str, path: &str) -> Option<Property> {
        let mut definition = stu3().resource(resource_type)?;
        let mut found = None;
        for name in path.split('.') {
            let property = definition.property(name)?;
            found = Some(property);
            if let Some(inner) = stu3().type_definition(property.type_name) {
                definition = inner;
            }
        }
        found
    }

    fn fits(kind: Kind, type_name: &str) -> bool {
        match kind {
            Kind::Reference => type_name == "Reference",
            Kind::Date => matches!(type_name, "date" | "dateTime" | "instant" | "Period"),
            Kind::String => matches!(type_name, "string"),
            Kind::Token => {
                is_primitive(type_name)
                    || matches!(type_name, "CodeableConcept" | "Coding" | "Identifier" | "ContactPoint")
            }
        }
    }

    #[test]
    fn every_path_leads_to_an_element_of_the_right_type() {
        for (resource_type, search) in &TABLE.types {
            for (name, parameter) in &search.parameters {
                for path in &parameter.paths {
                    let found = property(resource_type, path);
                    let found = found.unwrap_or_else(|| panic!("{resource_type}.{name}: {path}"));
                    assert!(fits(parameter.kind, found.type_name), "{resource_type}.{name}: {path}");
                }
            }
            for path in &search.compartment {
                let found = property(resource_type, path).unwrap();
                assert_eq!(found.type_name, "Reference", "{resource_type}: {path}");
            }
        }
    }

    #[test]
    fn every_target_is_a_resource_type() {
        let parameters = TABLE.types.values().flat_map(|search| search.parameters.values());
        for target in parameters.flat_map(|parameter| &parameter.targets) {
            let known = stu3().resource(target).is_some() || stu3().is_unheld_resource(target);
            assert!(known, "{target}");
        }
    }

    #[test]
    fn common_parameters_are_known_on_every_type() {
        assert!(parameter("Flag", "_id").is_some());
        assert!(parameter("Flag", "patient").is_some());
        assert!(parameter("Flag", "colour").is_none());
    }
}
