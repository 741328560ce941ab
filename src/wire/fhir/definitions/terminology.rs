//! Membership of value sets, as far as the ValueSets and CodeSystems at hand can tell.
//!
//! Clauses: hl7.org/fhir/R4/valueset.html section 4.9.6 (composition), /codesystem.html (content).

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::index::Definitions;

/// Whether a code is in a value set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Membership {
    /// It is.
    In,
    /// It is not.
    Out,
    /// It cannot be told; why.
    Unknown(String),
}

/// A value set as rules.
#[derive(Debug)]
pub(super) struct ValueSet {
    include: Vec<Rule>,
    exclude: Vec<Rule>,
    /// Codes of an expansion, when there is no composition.
    expansion: Option<HashSet<(String, String)>>,
}

#[derive(Debug, Default)]
struct Rule {
    system: Option<String>,
    codes: HashSet<String>,
    value_sets: Vec<String>,
    filters: Vec<Filter>,
}

#[derive(Debug)]
struct Filter {
    property: String,
    operator: String,
    value: String,
}

/// A code system: its codes, each with the codes it stands under.
#[derive(Debug)]
pub(super) struct CodeSystem {
    is_complete: bool,
    parents: HashMap<String, Vec<String>>,
}

/// Deepest nesting of value sets that include each other.
const DEEPEST: usize = 12;

impl Definitions {
    /// Whether a code is in a value set. Without a system any system of the value set will do, as for elements of
    /// type `code`.
    pub fn membership(&self, value_set: &str, system: Option<&str>, code: &str) -> Membership {
        self.member_at(value_set, system, code, 0)
    }

    fn member_at(&self, url: &str, system: Option<&str>, code: &str, depth: usize) -> Membership {
        if depth > DEEPEST {
            return Membership::Unknown(format!("value sets include each other: {url}"));
        }
        let Some(number) = self.find(url, "ValueSet") else {
            // Bindings of the standard also name the document that defines a grammar.
            if let Some(sound) = by_grammar(url, code) {
                return if sound { Membership::In } else { Membership::Out };
            }
            return Membership::Unknown(format!("value set not at hand: {url}"));
        };
        let parsed = self.entry(number).value_set.get_or_init(|| self.parse(number).map(|value| value_set(&value)));
        let Some(set) = parsed else { return Membership::Unknown(format!("value set cannot be read: {url}")) };
        if let Some(codes) = &set.expansion {
            let is_in =
                codes.iter().any(|(own, own_code)| own_code == code && system.is_none_or(|system| system == own));
            return if is_in { Membership::In } else { Membership::Out };
        }
        match self.any_rule(&set.include, system, code, depth) {
            Membership::In => match self.any_rule(&set.exclude, system, code, depth) {
                Membership::In => Membership::Out,
                Membership::Out => Membership::In,
                unknown => unknown,
            },
            other => other,
        }
    }

    fn any_rule(&self, rules: &[Rule], system: Option<&str>, code: &str, depth: usize) -> Membership {
        let mut found = Membership::Out;
        for rule in rules {
            match self.rule(rule, system, code, depth) {
                Membership::In => return Membership::In,
                Membership::Out => {}
                unknown => found = unknown,
            }
        }
        found
    }

    /// A rule holds where all its parts hold: system with codes or filters, and every value set named.
    fn rule(&self, rule: &Rule, system: Option<&str>, code: &str, depth: usize) -> Membership {
        let mut found = Membership::In;
        if let Some(own) = &rule.system {
            if system.is_some_and(|system| system != own) {
                return Membership::Out;
            }
            let part = if !rule.codes.is_empty() {
                if rule.codes.contains(code) { Membership::In } else { Membership::Out }
            } else {
                self.in_system(own, &rule.filters, code)
            };
            match part {
                Membership::In => {}
                Membership::Out => return Membership::Out,
                unknown => found = unknown,
            }
        }
        for url in &rule.value_sets {
            match self.member_at(url, system, code, depth + 1) {
                Membership::In => {}
                Membership::Out => return Membership::Out,
                unknown => found = unknown,
            }
        }
        found
    }

    fn in_system(&self, system: &str, filters: &[Filter], code: &str) -> Membership {
        if filters.is_empty()
            && let Some(sound) = by_grammar(system, code)
        {
            return if sound { Membership::In } else { Membership::Out };
        }
        let Some(number) = self.find(system, "CodeSystem") else {
            return Membership::Unknown(format!("code system not at hand: {system}"));
        };
        let parsed = self.entry(number).code_system.get_or_init(|| self.parse(number).map(|value| code_system(&value)));
        let Some(codes) = parsed.as_ref().filter(|codes| codes.is_complete) else {
            return Membership::Unknown(format!("code system not complete: {system}"));
        };
        if !codes.parents.contains_key(code) {
            return Membership::Out;
        }
        let mut found = Membership::In;
        for filter in filters {
            let is_concept = matches!(filter.property.as_str(), "concept" | "code");
            let holds = match filter.operator.as_str() {
                "=" if is_concept => code == filter.value,
                "is-a" if is_concept => code == filter.value || codes.is_under(code, &filter.value),
                "descendent-of" if is_concept => codes.is_under(code, &filter.value),
                "is-not-a" if is_concept => code != filter.value && !codes.is_under(code, &filter.value),
                _ => {
                    let Filter { property, operator, .. } = filter;
                    found = Membership::Unknown(format!("filter {property} {operator} on {system}"));
                    continue;
                }
            };
            if !holds {
                return Membership::Out;
            }
        }
        found
    }
}

impl CodeSystem {
    fn is_under(&self, code: &str, ancestor: &str) -> bool {
        let mut waiting = vec![code];
        let mut seen = HashSet::new();
        while let Some(code) = waiting.pop() {
            for parent in self.parents.get(code).into_iter().flatten() {
                if parent == ancestor {
                    return true;
                }
                if seen.insert(parent.as_str()) {
                    waiting.push(parent);
                }
            }
        }
        false
    }
}

/// Systems that are a grammar rather than a list: media types (BCP 13) and language tags (BCP 47).
fn by_grammar(system: &str, code: &str) -> Option<bool> {
    let is_word = |part: &str, also: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || also.contains(c))
    };
    match system {
        "urn:ietf:bcp:13" | "http://www.rfc-editor.org/bcp/bcp13.txt" => {
            let essence = code.split(';').next().unwrap_or(code).trim();
            Some(essence.split_once('/').is_some_and(|(kind, own)| is_word(kind, "-+.") && is_word(own, "-+._!#$&^")))
        }
        "urn:ietf:bcp:47" => {
            let first = code.split('-').next().unwrap_or(code);
            let is_language = (2..=8).contains(&first.len()) && first.chars().all(|c| c.is_ascii_alphabetic());
            let is_private = matches!(first, "x" | "i");
            Some((is_language || is_private) && code.split('-').all(|part| part.len() <= 8 && is_word(part, "")))
        }
        _ => None,
    }
}

fn items<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn value_set(value: &Value) -> ValueSet {
    let rules = |compose: &Value, name: &str| items(compose, name).iter().map(rule).collect();
    let none = Value::Null;
    let compose = value.get("compose").unwrap_or(&none);
    let expansion = (compose.is_null())
        .then(|| value.get("expansion"))
        .flatten()
        .filter(|expansion| is_whole(expansion))
        .map(expanded);
    ValueSet { include: rules(compose, "include"), exclude: rules(compose, "exclude"), expansion }
}

/// An expansion that states more codes than it lists is a page of one.
fn is_whole(expansion: &Value) -> bool {
    let total = expansion.get("total").and_then(Value::as_u64);
    total.is_none_or(|total| usize::try_from(total).is_ok_and(|total| expanded(expansion).len() >= total))
}

fn expanded(expansion: &Value) -> HashSet<(String, String)> {
    let mut codes = HashSet::new();
    let mut waiting = vec![expansion];
    while let Some(holder) = waiting.pop() {
        for contained in items(holder, "contains") {
            let is_abstract = contained.get("abstract") == Some(&Value::Bool(true));
            if let Some(code) = text(contained, "code").filter(|_| !is_abstract) {
                codes.insert((text(contained, "system").unwrap_or_default(), code));
            }
            waiting.push(contained);
        }
    }
    codes
}

fn rule(value: &Value) -> Rule {
    let strings = |name: &str| items(value, name).iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let filters = items(value, "filter").iter().map(|filter| Filter {
        property: text(filter, "property").unwrap_or_default(),
        operator: text(filter, "op").unwrap_or_default(),
        value: text(filter, "value").unwrap_or_default(),
    });
    Rule {
        system: text(value, "system"),
        codes: items(value, "concept").iter().filter_map(|concept| text(concept, "code")).collect(),
        value_sets: strings("valueSet"),
        filters: filters.collect(),
    }
}

fn code_system(value: &Value) -> CodeSystem {
    let mut parents: HashMap<String, Vec<String>> = HashMap::new();
    let mut waiting: Vec<(&Value, Option<String>)> = vec![(value, None)];
    while let Some((holder, above)) = waiting.pop() {
        for concept in items(holder, "concept") {
            let Some(code) = text(concept, "code") else { continue };
            let own = parents.entry(code.clone()).or_default();
            own.extend(above.clone());
            for property in items(concept, "property") {
                if matches!(text(property, "code").as_deref(), Some("parent" | "subsumedBy")) {
                    own.extend(text(property, "valueCode"));
                }
            }
            waiting.push((concept, Some(code)));
        }
    }
    CodeSystem { is_complete: text(value, "content").as_deref() == Some("complete"), parents }
}
