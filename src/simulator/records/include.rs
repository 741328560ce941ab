//! `_include` and `_revinclude`: what a match refers to, and what refers to a match.
//!
//! Clause: hl7.org/fhir/STU3/search.html#include. Not iterated: an include of an include is not
//! followed, and `:recurse` is answered as an unknown parameter.

use super::parameters::{Kind, Parameter, parameter};
use super::reference::{is_resource_type, values};
use super::search::SearchFault;
use super::store::{Store, Target};

/// One include, understood.
#[derive(Debug)]
pub(super) enum Include {
    /// Follow this parameter, to this type only.
    Forward(&'static Parameter, Option<String>),
    /// Take the resources of a type whose parameter leads to a match.
    Reverse(String, &'static Parameter),
}

impl Include {
    /// Understands `_include` or `_revinclude`; `None` when this server has no such include.
    pub(super) fn parse(resource_type: &str, name: &str, value: &str) -> Result<Option<Self>, SearchFault> {
        if value == "*" {
            return Ok(None);
        }
        let parts: Vec<&str> = value.split(':').collect();
        let (source, path, target) = match parts.as_slice() {
            [source, path] => (*source, *path, None),
            [source, path, target] => (*source, *path, Some(*target)),
            _ => return Err(malformed(name)),
        };
        let named = target.is_none_or(is_resource_type);
        if !is_resource_type(source) || path.is_empty() || !named {
            return Err(malformed(name));
        }
        let known = parameter(source, path)
            .filter(|found| found.kind == Kind::Reference)
            .filter(|found| target.is_none_or(|target| found.allows(target)));
        Ok(known.and_then(|found| match name {
            "_include" => (source == resource_type).then(|| Self::Forward(found, target.map(str::to_owned))),
            _ => (found.allows(resource_type) && target.is_none_or(|only| only == resource_type))
                .then(|| Self::Reverse(source.to_owned(), found)),
        }))
    }

    /// The resources this include adds for one match.
    pub(super) fn of(&self, store: &Store, index: usize) -> Vec<usize> {
        match self {
            Self::Forward(parameter, only) => targets(store, index, parameter)
                .into_iter()
                .filter(|found| {
                    let found = resource_type(store, *found);
                    match only {
                        Some(only) => only == found,
                        None => parameter.allows(found),
                    }
                })
                .collect(),
            Self::Reverse(source, parameter) => store
                .of_type(source)
                .iter()
                .copied()
                .filter(|other| targets(store, *other, parameter).contains(&index))
                .collect(),
        }
    }
}

fn targets(store: &Store, index: usize, parameter: &Parameter) -> Vec<usize> {
    let resource = &store.resources[index];
    let references = parameter.paths.iter().flat_map(|path| values(resource, path));
    references
        .filter_map(|reference| match store.resolve(resource, reference)? {
            Target::Stored(found) => Some(found),
            Target::Contained(_) => None,
        })
        .collect()
}

fn resource_type(store: &Store, index: usize) -> &str {
    let name = store.resources[index].get("resourceType");
    name.and_then(serde_json::Value::as_str).unwrap_or_default()
}

fn malformed(name: &str) -> SearchFault {
    SearchFault::Malformed(format!("the value of `{name}`"))
}
