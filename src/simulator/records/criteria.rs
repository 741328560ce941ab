//! From a parameter of a query to a test on a resource: `name`, `name:modifier`, and chains
//! such as `patient.identifier`.
//!
//! Clauses: hl7.org/fhir/STU3/search.html#modifiers, #chaining and #missing.

use serde_json::Value;

use super::dates::{DateTest, Span};
use super::matching::{Likeness, ReferenceValue, Token, reads_like, split, unescape};
use super::parameters::{Kind, Parameter, parameter};
use super::reference::{Key, is_resource_type, values};
use super::search::SearchFault;
use super::store::Store;

/// Longest chain followed: `a.b.c` has two links.
const LONGEST_CHAIN: usize = 3;
/// Most values between commas.
const MOST_VALUES: usize = 200;

/// One parameter of a query, understood.
#[derive(Debug)]
pub(super) struct Criterion {
    parameter: &'static Parameter,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Missing(bool),
    Token { any_of: Vec<Token>, negated: bool },
    Reads(Vec<String>),
    Text { any_of: Vec<String>, like: Likeness },
    Date(Vec<DateTest>),
    Reference { any_of: Vec<ReferenceValue>, only: Option<String> },
    Chain { links: Vec<Link> },
}

/// The rest of a chain, understood for one type the reference may lead to.
#[derive(Debug)]
struct Link {
    resource_type: String,
    rest: Criterion,
    /// The values of `identifier`, to be held against `Reference.identifier` too.
    identifiers: Vec<Token>,
}

impl Criterion {
    /// Understands one parameter; `None` when this server does not know it.
    pub(super) fn parse(resource_type: &str, name: &str, value: &str) -> Result<Option<Self>, SearchFault> {
        Self::parse_link(resource_type, name, value, LONGEST_CHAIN)
    }

    fn parse_link(resource_type: &str, name: &str, value: &str, left: usize) -> Result<Option<Self>, SearchFault> {
        let (head, rest) = match name.split_once('.') {
            Some((head, rest)) => (head, Some(rest)),
            None => (name, None),
        };
        let (plain, modifier) = match head.split_once(':') {
            Some((plain, modifier)) => (plain, Some(modifier)),
            None => (head, None),
        };
        let Some(parameter) = parameter(resource_type, plain) else {
            return Ok(None);
        };
        let test = match rest {
            Some(_) if left == 0 || parameter.kind != Kind::Reference => None,
            Some(rest) => chain(parameter, name, modifier, rest, value, left - 1)?,
            None => Some(test(parameter, name, modifier, value)?),
        };
        Ok(test.map(|test| Self { parameter, test }))
    }

    /// Whether the resource passes; references are followed in the store.
    pub(super) fn holds(&self, store: &Store, resource: &Value) -> bool {
        let paths = self.parameter.paths.iter();
        let mut found = paths.flat_map(|path| values(resource, path));
        match &self.test {
            Test::Missing(missing) => found.next().is_none() == *missing,
            Test::Token { any_of, negated } => {
                found.any(|element| any_of.iter().any(|token| token.matches(element))) != *negated
            }
            Test::Reads(any_of) => found.any(|element| any_of.iter().any(|text| reads_like(element, text))),
            Test::Text { any_of, like } => {
                found.filter_map(Value::as_str).any(|text| any_of.iter().any(|wanted| like.holds(text, wanted)))
            }
            Test::Date(any_of) => {
                found.filter_map(Span::of_value).any(|span| any_of.iter().any(|test| test.holds(span)))
            }
            Test::Reference { any_of, only } => {
                found.any(|reference| self.refers(store, resource, reference, any_of, only.as_deref()))
            }
            Test::Chain { links } => {
                found.any(|reference| links.iter().any(|link| link.holds(store, resource, reference)))
            }
        }
    }

    fn refers(
        &self,
        store: &Store,
        resource: &Value,
        reference: &Value,
        any_of: &[ReferenceValue],
        only: Option<&str>,
    ) -> bool {
        let target = store.resolve(resource, reference);
        let target = target.map(|target| store.target(target));
        let text = reference.get("reference").and_then(Value::as_str);
        let key = target.and_then(Key::of).or_else(|| text.and_then(Key::parse));
        if let Some(key) = &key {
            let wanted = only.is_none_or(|only| only == key.resource_type);
            if !wanted || !self.parameter.allows(&key.resource_type) {
                return false;
            }
        }
        any_of.iter().any(|value| match value {
            ReferenceValue::Key(wanted) => key.as_ref() == Some(wanted),
            ReferenceValue::Id(id) => key.as_ref().is_some_and(|key| key.id == *id),
            ReferenceValue::Url(url) => text == Some(url),
            ReferenceValue::Identifier(token) => {
                let own = reference.get("identifier").into_iter();
                let of_target = target.map(|target| values(target, "identifier"));
                own.chain(of_target.into_iter().flatten()).any(|identifier| token.matches(identifier))
            }
        })
    }
}

impl Link {
    fn holds(&self, store: &Store, resource: &Value, reference: &Value) -> bool {
        let own = reference.get("identifier");
        if own.is_some_and(|own| self.identifiers.iter().any(|token| token.matches(own))) {
            return true;
        }
        let Some(target) = store.resolve(resource, reference) else {
            return false;
        };
        let target = store.target(target);
        let resource_type = target.get("resourceType").and_then(Value::as_str);
        resource_type == Some(&self.resource_type) && self.rest.holds(store, target)
    }
}

fn chain(
    parameter: &'static Parameter,
    name: &str,
    modifier: Option<&str>,
    rest: &str,
    value: &str,
    left: usize,
) -> Result<Option<Test>, SearchFault> {
    if modifier.is_some_and(|only| !is_resource_type(only)) {
        return Err(SearchFault::UnsupportedModifier(name.to_owned()));
    }
    let mut links = Vec::new();
    let asked = |target: &&String| modifier.is_none_or(|only| only == target.as_str());
    for target in parameter.targets.iter().filter(asked) {
        if let Some(criterion) = Criterion::parse_link(target, rest, value, left)? {
            let identifiers = match (rest, &criterion.test) {
                ("identifier", Test::Token { any_of, .. }) => any_of.clone(),
                _ => Vec::new(),
            };
            links.push(Link { resource_type: target.clone(), rest: criterion, identifiers });
        }
    }
    Ok((!links.is_empty()).then_some(Test::Chain { links }))
}

fn test(parameter: &Parameter, name: &str, modifier: Option<&str>, value: &str) -> Result<Test, SearchFault> {
    if modifier == Some("missing") {
        return match value {
            "true" => Ok(Test::Missing(true)),
            "false" => Ok(Test::Missing(false)),
            _ => Err(malformed(name)),
        };
    }
    match (parameter.kind, modifier) {
        (Kind::Token, None | Some("not")) => {
            Ok(Test::Token { any_of: each(name, value, Token::parse)?, negated: modifier.is_some() })
        }
        (Kind::Token, Some("text")) => Ok(Test::Reads(each(name, value, words)?)),
        (Kind::String, None | Some("exact" | "contains")) => Ok(Test::Text {
            any_of: each(name, value, words)?,
            like: match modifier {
                None => Likeness::Start,
                Some("exact") => Likeness::Exact,
                Some(_) => Likeness::Part,
            },
        }),
        (Kind::Date, None) => Ok(Test::Date(each(name, value, DateTest::parse)?)),
        (Kind::Reference, None) => {
            Ok(Test::Reference { any_of: each(name, value, ReferenceValue::parse)?, only: None })
        }
        (Kind::Reference, Some(only)) if parameter.allows(only) && is_resource_type(only) => {
            Ok(Test::Reference { any_of: each(name, value, ReferenceValue::parse)?, only: Some(only.to_owned()) })
        }
        _ => Err(SearchFault::UnsupportedModifier(name.to_owned())),
    }
}

fn each<T>(name: &str, value: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, SearchFault> {
    let parts = split(value, ',');
    if parts.len() > MOST_VALUES {
        return Err(malformed(name));
    }
    let parsed: Option<Vec<T>> = parts.into_iter().map(parse).collect();
    parsed.ok_or_else(|| malformed(name))
}

fn words(text: &str) -> Option<String> {
    Some(unescape(text)).filter(|text| !text.is_empty())
}

/// The value itself is left out: it may hold a BSN, and faults end up in logs.
fn malformed(name: &str) -> SearchFault {
    SearchFault::Malformed(format!("the value of `{name}`"))
}
