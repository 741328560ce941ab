//! Element definitions as values: one shape for STU3 and R4.

use serde_json::{Map, Value};

/// Upper bound of a cardinality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Max {
    /// A number.
    Count(u32),
    /// `*`.
    Unbounded,
}

impl Max {
    fn read(text: &str) -> Option<Self> {
        if text == "*" { Some(Self::Unbounded) } else { text.parse().ok().map(Self::Count) }
    }

    /// Whether a count is within the bound.
    pub fn allows(self, count: usize) -> bool {
        match self {
            Self::Count(most) => count <= most as usize,
            Self::Unbounded => true,
        }
    }
}

impl std::fmt::Display for Max {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Count(count) => write!(out, "{count}"),
            Self::Unbounded => out.write_str("*"),
        }
    }
}

/// A type that an element may have. STU3 repeats the entry for each profile; here they are joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeUse {
    /// Name of the type.
    pub code: String,
    /// Profiles of which the value must satisfy one.
    pub profiles: Vec<String>,
    /// Profiles of which the target of a reference must satisfy one.
    pub targets: Vec<String>,
}

/// How instances are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slicing {
    /// By what.
    pub discriminators: Vec<Discriminator>,
    /// What may stand beside the slices.
    pub rules: SlicingRules,
    /// Whether the slices come in the order of the definition.
    pub ordered: bool,
}

/// What may stand beside the slices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlicingRules {
    /// Nothing.
    Closed,
    /// Anything.
    Open,
    /// Anything, behind the slices.
    OpenAtEnd,
}

/// One way to tell instances apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discriminator {
    /// By what.
    pub kind: DiscriminatorKind,
    /// FHIRPath to what is looked at.
    pub path: String,
}

/// What a discriminator looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiscriminatorKind {
    /// A fixed value, pattern or required value set.
    Value,
    /// Presence.
    Exists,
    /// As `Value`.
    Pattern,
    /// The type.
    Type,
    /// Conformance to a profile.
    Profile,
    /// Something that neither release has.
    Unknown,
}

/// An invariant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    /// Its key, as the definition numbers it.
    pub key: String,
    /// Whether breaking it is a warning.
    pub is_warning: bool,
    /// What it says, for people.
    pub human: String,
    /// FHIRPath; none when it is written in XPath alone.
    pub expression: Option<String>,
}

/// A binding to a value set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Whether no other code is allowed.
    pub is_required: bool,
    /// Canonical url of the value set; none when the binding is described in words.
    pub value_set: Option<String>,
}

/// One element of a StructureDefinition. What a differential leaves out is none or empty.
#[derive(Debug, Clone, Default)]
pub struct ElementDefinition {
    /// Id, with the names of slices in it.
    pub id: String,
    /// Path, without names of slices.
    pub path: String,
    /// Name of the slice.
    pub slice_name: Option<String>,
    /// Fewest occurrences.
    pub min: Option<u32>,
    /// Most occurrences.
    pub max: Option<Max>,
    /// Most occurrences in the definition of the standard, which tells whether JSON has an array.
    pub base_max: Option<Max>,
    /// Types.
    pub types: Vec<TypeUse>,
    /// The exact value, with the type that it is of.
    pub fixed: Option<Value>,
    /// What the value holds at least.
    pub pattern: Option<Value>,
    /// How its instances are told apart.
    pub slicing: Option<Slicing>,
    /// Invariants.
    pub constraints: Vec<Constraint>,
    /// Binding.
    pub binding: Option<Binding>,
    /// Path of the element whose content this one shares.
    pub content_reference: Option<String>,
    /// Most characters of a text.
    pub max_length: Option<u64>,
    /// Lowest value.
    pub min_value: Option<Value>,
    /// Highest value.
    pub max_value: Option<Value>,
    /// Whether it changes the meaning of what it stands in.
    pub is_modifier: Option<bool>,
    /// Whether XML has an attribute for it.
    pub is_attribute: bool,
}

/// Elements of `snapshot` or `differential`, as asked; none when the definition has no such part.
pub fn elements(structure: &mut Value, part: &str) -> Option<Vec<ElementDefinition>> {
    let Value::Array(found) = structure.get_mut(part)?.get_mut("element")?.take() else { return None };
    Some(
        found
            .into_iter()
            .filter_map(|element| match element {
                Value::Object(object) => read(object),
                _ => None,
            })
            .collect(),
    )
}

fn read(mut object: Map<String, Value>) -> Option<ElementDefinition> {
    let mut element = ElementDefinition { path: text(object.get("path")?)?, ..ElementDefinition::default() };
    for (name, value) in std::mem::take(&mut object) {
        match name.as_str() {
            "id" => element.id = text(&value).unwrap_or_default(),
            "sliceName" => element.slice_name = text(&value),
            "min" => element.min = value.as_u64().and_then(|min| u32::try_from(min).ok()),
            "max" => element.max = value.as_str().and_then(Max::read),
            "base" => element.base_max = value.get("max").and_then(Value::as_str).and_then(Max::read),
            "type" => element.types = types(&value),
            "slicing" => element.slicing = Some(slicing(&value)),
            "constraint" => element.constraints = list(&value).iter().filter_map(constraint).collect(),
            "binding" => element.binding = Some(binding(&value)),
            "contentReference" => element.content_reference = text(&value),
            "maxLength" => element.max_length = value.as_u64(),
            "isModifier" => element.is_modifier = value.as_bool(),
            "representation" => element.is_attribute = list(&value).iter().any(|form| form == "xmlAttr"),
            _ if name.starts_with("fixed") => element.fixed = Some(value),
            _ if name.starts_with("pattern") => element.pattern = Some(value),
            _ if name.starts_with("minValue") => element.min_value = Some(value),
            _ if name.starts_with("maxValue") => element.max_value = Some(value),
            _ => {}
        }
    }
    Some(element)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Urls under a name that is a list in R4 and a single value in STU3.
fn urls(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(items)) => items.iter().filter_map(text).collect(),
        Some(Value::String(url)) => vec![url.clone()],
        _ => Vec::new(),
    }
}

fn types(value: &Value) -> Vec<TypeUse> {
    let mut found: Vec<TypeUse> = Vec::new();
    for entry in list(value) {
        let Some(code) = type_code(entry) else { continue };
        let profiles = urls(entry.get("profile"));
        let targets = urls(entry.get("targetProfile"));
        match found.iter_mut().find(|known| known.code == code) {
            Some(known) => {
                // An entry without a profile allows any, whatever the others say.
                let is_open = known.profiles.is_empty() || profiles.is_empty();
                let any_target = known.targets.is_empty() || targets.is_empty();
                known.profiles.extend(profiles);
                known.targets.extend(targets);
                known.profiles.dedup();
                if is_open {
                    known.profiles.clear();
                }
                if any_target {
                    known.targets.clear();
                }
            }
            None => found.push(TypeUse { code, profiles, targets }),
        }
    }
    found
}

/// The FHIR type of an entry: R4 gives `id`, `url` and the values of primitives a type of FHIRPath, and the FHIR
/// type in an extension.
fn type_code(entry: &Value) -> Option<String> {
    let code = entry.get("code").and_then(Value::as_str)?;
    let Some(system) = code.strip_prefix("http://hl7.org/fhirpath/System.") else { return Some(code.to_owned()) };
    let stated = list(entry.get("extension").unwrap_or(&Value::Null)).iter().find_map(|extension| {
        let url = extension.get("url").and_then(Value::as_str)?;
        let value = extension.get("valueUrl").or_else(|| extension.get("valueUri"))?;
        url.ends_with("/structuredefinition-fhir-type").then(|| text(value)).flatten()
    });
    stated.or_else(|| Some(system.to_ascii_lowercase()))
}

fn slicing(value: &Value) -> Slicing {
    let discriminators = list(value.get("discriminator").unwrap_or(&Value::Null))
        .iter()
        .map(|entry| Discriminator {
            kind: match entry.get("type").and_then(Value::as_str) {
                Some("value") => DiscriminatorKind::Value,
                Some("exists") => DiscriminatorKind::Exists,
                Some("pattern") => DiscriminatorKind::Pattern,
                Some("type") => DiscriminatorKind::Type,
                Some("profile") => DiscriminatorKind::Profile,
                _ => DiscriminatorKind::Unknown,
            },
            path: entry.get("path").and_then(text).unwrap_or_default(),
        })
        .collect();
    let rules = match value.get("rules").and_then(Value::as_str) {
        Some("closed") => SlicingRules::Closed,
        Some("openAtEnd") => SlicingRules::OpenAtEnd,
        _ => SlicingRules::Open,
    };
    Slicing { discriminators, rules, ordered: value.get("ordered").and_then(Value::as_bool).unwrap_or(false) }
}

fn constraint(value: &Value) -> Option<Constraint> {
    Some(Constraint {
        key: text(value.get("key")?)?,
        is_warning: value.get("severity").and_then(Value::as_str) == Some("warning"),
        human: value.get("human").and_then(text).unwrap_or_default(),
        expression: value.get("expression").and_then(text),
    })
}

fn binding(value: &Value) -> Binding {
    let stu3 = || {
        let reference = value.get("valueSetReference").and_then(|reference| reference.get("reference"));
        reference.or_else(|| value.get("valueSetUri")).and_then(text)
    };
    Binding {
        is_required: value.get("strength").and_then(Value::as_str) == Some("required"),
        value_set: value.get("valueSet").and_then(text).or_else(stu3),
    }
}
