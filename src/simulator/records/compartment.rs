//! Whose record a resource is in: the patient compartment, worked out once when records are made.
//!
//! Data minimisation rests on this: a resource that names a patient shows only in the record of
//! that patient, and a resource without one only where such a record refers to it.
//! Clause: hl7.org/fhir/STU3/compartmentdefinition-patient.html.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::parameters::{compartment, parameter};
use super::reference::{Key, values};
use super::store::{Store, Target};
use crate::wire::fhir::descendants;

/// Per patient the resources that may be shown.
#[derive(Debug, Default)]
pub(super) struct Compartments {
    by_patient: HashMap<String, HashSet<usize>>,
}

impl Compartments {
    pub(super) fn holds(&self, patient_id: &str, index: usize) -> bool {
        let found = self.by_patient.get(patient_id);
        found.is_some_and(|held| held.contains(&index))
    }

    pub(super) fn of(store: &Store) -> Self {
        let owners: Vec<Ownership> = (0..store.resources.len()).map(|index| ownership(store, index)).collect();
        let links: Vec<Vec<usize>> = store.resources.iter().map(|resource| links(store, resource)).collect();
        let by_patient = store.patient_ids().map(|(id, index)| {
            let mut held = reachable(index, &owners, &links);
            add_provenance(store, &owners, &links, &mut held);
            (id.to_owned(), held)
        });
        Self { by_patient: by_patient.collect() }
    }
}

/// What a resource itself says about whose it is.
enum Ownership {
    /// It names these patients (indexes), or patients we do not have (none).
    Of(HashSet<usize>),
    /// It names nobody: shown wherever it is referred to.
    Shared,
    /// It is about other resources, and follows them.
    Provenance,
}

fn ownership(store: &Store, index: usize) -> Ownership {
    let resource = &store.resources[index];
    match resource.get("resourceType").and_then(Value::as_str) {
        Some("Patient") => return Ownership::Of(HashSet::from([index])),
        Some("Provenance") => return Ownership::Provenance,
        // Who looked into a record, and who is told of changes, is no part of the record.
        Some("AuditEvent" | "Subscription") => return Ownership::Of(HashSet::new()),
        _ => {}
    }
    let resource_type = resource.get("resourceType").and_then(Value::as_str);
    let paths = compartment(resource_type.unwrap_or_default());
    let mut patients = HashSet::new();
    let mut names_a_patient = false;
    for reference in paths.iter().flat_map(|path| values(resource, path)) {
        match store.resolve(resource, reference) {
            Some(Target::Stored(found)) if is_patient(&store.resources[found]) => {
                names_a_patient = true;
                patients.insert(found);
            }
            Some(_) => {}
            None => names_a_patient |= may_name_a_patient(reference),
        }
    }
    match names_a_patient {
        true => Ownership::Of(patients),
        false => Ownership::Shared,
    }
}

fn is_patient(resource: &Value) -> bool {
    resource.get("resourceType").and_then(Value::as_str) == Some("Patient")
}

/// A reference we cannot follow keeps a resource out of every record, unless it is plainly to
/// something else than a patient.
fn may_name_a_patient(reference: &Value) -> bool {
    let text = reference.get("reference").and_then(Value::as_str);
    match text.and_then(Key::parse) {
        Some(key) => key.resource_type == "Patient",
        None => true,
    }
}

/// Every stored resource this one refers to, also from inside contained resources; attachments
/// that lie in a Binary included.
fn links(store: &Store, resource: &Value) -> Vec<usize> {
    let to_index = |target| match target {
        Some(Target::Stored(index)) => Some(index),
        _ => None,
    };
    descendants(resource)
        .into_iter()
        .filter_map(|node| match node.type_name {
            "Reference" => to_index(store.resolve(resource, node.value)),
            "Attachment" => {
                let url = node.value.get("url").and_then(Value::as_str)?;
                to_index(store.resolve_text(resource, url))
            }
            _ => None,
        })
        .collect()
}

/// The patient's own resources, and the shared ones they lead to, step by step.
fn reachable(patient: usize, owners: &[Ownership], links: &[Vec<usize>]) -> HashSet<usize> {
    let own = |(index, owner): (usize, &Ownership)| match owner {
        Ownership::Of(patients) => patients.contains(&patient).then_some(index),
        _ => None,
    };
    let mut held = HashSet::new();
    let start = owners.iter().enumerate().filter_map(own).collect();
    spread(start, owners, links, &mut held);
    held
}

fn spread(mut waiting: Vec<usize>, owners: &[Ownership], links: &[Vec<usize>], held: &mut HashSet<usize>) {
    while let Some(index) = waiting.pop() {
        if held.insert(index) {
            let shared = |next: &&usize| matches!(owners[**next], Ownership::Shared);
            waiting.extend(links[index].iter().filter(shared));
        }
    }
}

/// A Provenance belongs where all its targets belong: one target elsewhere and it would tell of
/// another patient.
fn add_provenance(store: &Store, owners: &[Ownership], links: &[Vec<usize>], held: &mut HashSet<usize>) {
    let Some(target) = parameter("Provenance", "target") else {
        return;
    };
    for index in store.of_type("Provenance") {
        let resource = &store.resources[*index];
        let targets: Vec<_> = target
            .paths
            .iter()
            .flat_map(|path| values(resource, path))
            .map(|reference| store.resolve(resource, reference))
            .collect();
        let here = |found: &Option<Target>| match found {
            Some(Target::Stored(index)) => held.contains(index),
            Some(Target::Contained(_)) => true,
            None => false,
        };
        if !targets.is_empty() && targets.iter().all(here) {
            spread(vec![*index], owners, links, held);
        }
    }
}
