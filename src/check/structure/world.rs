//! What an invariant may ask of the world around its resource.

use serde_json::Value;

use crate::wire::fhir::definitions::{Definitions, Membership, TypeId};
use crate::wire::fhirpath::{Element, Environment, Kind, Resolution};

use super::document::{Document, Position, type_in_reference};
use super::narrative;

/// Definitions and document as seen from one resource.
pub(super) struct World<'a, 'w> {
    pub(super) definitions: &'a Definitions,
    pub(super) document: &'w Document<'a>,
    pub(super) position: Position<'a>,
}

/// A type of the definitions as FHIRPath knows it.
pub(super) fn kind(id: Option<TypeId>) -> Kind {
    id.map_or(Kind::Unknown, |TypeId { definition, element }| Kind::Known { definition, element })
}

/// The reverse of [`kind`].
pub(super) fn type_id(kind: Kind) -> Option<TypeId> {
    match kind {
        Kind::Unknown => None,
        Kind::Known { definition, element } => Some(TypeId { definition, element }),
    }
}

impl<'a> World<'a, '_> {
    /// Where a reference leads, with the resource that it leads to.
    pub(super) fn follow(&self, reference: &str) -> Resolution<'a> {
        if let Some(found) = self.document.find(reference, self.position) {
            return Resolution::Found(Element::new(found, kind(self.definitions.type_of_resource(found))));
        }
        match type_in_reference(reference).filter(|name| self.definitions.is_resource(name)) {
            Some(name) => Resolution::OfType(name.to_owned()),
            None => Resolution::Unknown,
        }
    }
}

impl<'a> Environment<'a> for World<'a, '_> {
    fn keys(&self, kind: Kind, element: &str) -> Option<&[String]> {
        self.definitions.keys(type_id(kind)?, element)
    }

    fn enter(&self, of: Kind, key: &str, value: Option<&Value>) -> Kind {
        let member = type_id(of).and_then(|id| self.definitions.member(id, key));
        kind(member.and_then(|member| self.definitions.enter(member, value)))
    }

    fn type_name(&self, kind: Kind) -> Option<&str> {
        self.definitions.type_name(type_id(kind)?)
    }

    fn is_a(&self, type_name: &str, ancestor: &str) -> bool {
        self.definitions.is_a(type_name, ancestor)
    }

    fn resolve(&self, reference: &str) -> Resolution<'a> {
        self.follow(reference)
    }

    fn is_member(&self, system: Option<&str>, code: &str, value_set: &str) -> Option<bool> {
        match self.definitions.membership(value_set, system, code) {
            Membership::In => Some(true),
            Membership::Out => Some(false),
            Membership::Unknown(_) => None,
        }
    }

    fn narrative_is_sound(&self, xhtml: &str) -> bool {
        narrative::is_sound(xhtml)
    }
}
