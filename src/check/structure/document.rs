//! Finding what references within a document lead to: entries of a Bundle and contained resources.
//!
//! Clauses: hl7.org/fhir/R4/bundle.html section "Resolving references in Bundles", /references.html section
//! "Contained Resources".

use std::cell::RefCell;
use std::collections::HashMap;

use serde_json::Value;

/// The entries of a Bundle by their urls.
#[derive(Debug, Default)]
pub(super) struct Document<'a> {
    pub(super) is_bundle: bool,
    by_url: HashMap<&'a str, &'a Value>,
    /// By `Type/id`; none where several entries have the same.
    by_id: HashMap<String, Option<&'a Value>>,
    contained: RefCell<HashMap<usize, HashMap<&'a str, &'a Value>>>,
}

/// Where in the document a reference is seen from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Position<'a> {
    /// The resource, or the one that contains it.
    pub(super) root: &'a Value,
    /// `fullUrl` of its entry.
    pub(super) full_url: Option<&'a str>,
}

impl<'a> Document<'a> {
    pub(super) fn new(resource: &'a Value) -> Self {
        let is_bundle = resource.get("resourceType").and_then(Value::as_str) == Some("Bundle");
        let mut document = Self { is_bundle, ..Self::default() };
        if document.is_bundle {
            document.add(resource);
        }
        document
    }

    fn add(&mut self, bundle: &'a Value) {
        for entry in bundle.get("entry").and_then(Value::as_array).into_iter().flatten() {
            let Some(resource) = entry.get("resource") else { continue };
            if let Some(url) = entry.get("fullUrl").and_then(Value::as_str) {
                self.by_url.entry(url).or_insert(resource);
            }
            let text = |name: &str| resource.get(name).and_then(Value::as_str);
            if let (Some(kind), Some(id)) = (text("resourceType"), text("id")) {
                self.by_id.entry(format!("{kind}/{id}")).and_modify(|known| *known = None).or_insert(Some(resource));
            }
        }
    }

    /// The resource that a reference leads to, if it is in the document.
    pub(super) fn find(&self, reference: &str, from: Position<'a>) -> Option<&'a Value> {
        if let Some(id) = reference.strip_prefix('#') {
            return if id.is_empty() { Some(from.root) } else { self.contained(id, from.root) };
        }
        let plain = without_history(reference);
        if let Some(found) = self.by_url.get(plain).or_else(|| self.by_url.get(reference)) {
            return Some(found);
        }
        if plain.contains(':') {
            return None;
        }
        // A relative reference is seen from the base of the entry that it stands in.
        if let Some(base) = from.full_url.and_then(rest_base)
            && let Some(found) = self.by_url.get(format!("{base}{plain}").as_str())
        {
            return Some(found);
        }
        self.by_id.get(plain).copied().flatten()
    }

    fn contained(&self, id: &str, root: &'a Value) -> Option<&'a Value> {
        let mut known = self.contained.borrow_mut();
        let index = known.entry(std::ptr::from_ref(root).addr()).or_insert_with(|| {
            let all = root.get("contained").and_then(Value::as_array).into_iter().flatten();
            all.filter_map(|resource| Some((resource.get("id")?.as_str()?, resource))).collect()
        });
        index.get(id).copied()
    }
}

fn without_history(reference: &str) -> &str {
    reference.split_once("/_history/").map_or(reference, |(before, _)| before)
}

/// The base of a RESTful url, with the slash at its end: all before `Type/id`.
fn rest_base(url: &str) -> Option<&str> {
    let (before, _) = without_history(url).rsplit_once('/')?;
    let (base, kind) = before.rsplit_once('/')?;
    kind.starts_with(|c: char| c.is_ascii_uppercase()).then(|| &url[..=base.len()])
}

/// The type that a relative or RESTful reference tells: the name before the id.
pub(super) fn type_in_reference(reference: &str) -> Option<&str> {
    let plain = without_history(reference);
    if plain.starts_with('#') || plain.starts_with("urn:") || plain.contains(['?', '#']) {
        return None;
    }
    let (before, id) = plain.rsplit_once('/')?;
    let kind = before.rsplit('/').next()?;
    let is_type = kind.starts_with(|c: char| c.is_ascii_uppercase()) && kind.bytes().all(|b| b.is_ascii_alphabetic());
    (is_type && !id.is_empty()).then_some(kind)
}

#[cfg(test)]
mod tests {
    use super::{rest_base, type_in_reference};

    #[test]
    fn restful_urls_tell_base_and_type() {
        assert_eq!(rest_base("http://h/fhir/Patient/1/_history/2"), Some("http://h/fhir/"));
        assert_eq!(rest_base("urn:uuid:1"), None);
        for reference in ["Patient/1", "http://h/fhir/Patient/1", "Patient/1/_history/2"] {
            assert_eq!(type_in_reference(reference), Some("Patient"), "{reference}");
        }
        for reference in ["#p", "urn:uuid:1", "Patient?identifier=x", "http://h/fhir/patient/1", "Patient/", "1"] {
            assert_eq!(type_in_reference(reference), None, "{reference}");
        }
    }
}
