//! The releases of FHIR that are read, and the resource types that tell them apart.
//!
//! Clauses: hl7.org/fhir/STU3/resourcelist.html and hl7.org/fhir/R4/resourcelist.html.

use std::fmt;

/// A release of FHIR.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, strum::EnumString,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Release {
    /// STU3, 3.0.x.
    Stu3,
    /// R4, 4.0.x.
    R4,
}

impl Release {
    /// The release of a FHIR version such as `3.0.2`; none when it is not one of these two.
    pub fn of_version(version: &str) -> Option<Self> {
        match version.split('.').next()? {
            "3" => Some(Self::Stu3),
            "4" if !version.starts_with("4.1") && !version.starts_with("4.3") => Some(Self::R4),
            _ => None,
        }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Stu3 => "STU3",
            Self::R4 => "R4",
        })
    }
}

/// The release that alone has a resource type; none when both have it, or neither.
pub fn only_in(resource_type: &str) -> Option<Release> {
    if ONLY_STU3.contains(&resource_type) {
        return Some(Release::Stu3);
    }
    ONLY_R4.contains(&resource_type).then_some(Release::R4)
}

const ONLY_STU3: [&str; 13] = [
    "BodySite",
    "DataElement",
    "DeviceComponent",
    "EligibilityRequest",
    "EligibilityResponse",
    "ExpansionProfile",
    "ImagingManifest",
    "ProcedureRequest",
    "ProcessRequest",
    "ProcessResponse",
    "ReferralRequest",
    "Sequence",
    "ServiceDefinition",
];

const ONLY_R4: [&str; 42] = [
    "BiologicallyDerivedProduct",
    "BodyStructure",
    "CatalogEntry",
    "ChargeItemDefinition",
    "CoverageEligibilityRequest",
    "CoverageEligibilityResponse",
    "DeviceDefinition",
    "EffectEvidenceSynthesis",
    "EventDefinition",
    "Evidence",
    "EvidenceVariable",
    "ExampleScenario",
    "ImmunizationEvaluation",
    "InsurancePlan",
    "Invoice",
    "MedicationKnowledge",
    "MedicinalProduct",
    "MedicinalProductAuthorization",
    "MedicinalProductContraindication",
    "MedicinalProductIndication",
    "MedicinalProductIngredient",
    "MedicinalProductInteraction",
    "MedicinalProductManufactured",
    "MedicinalProductPackaged",
    "MedicinalProductPharmaceutical",
    "MedicinalProductUndesirableEffect",
    "MolecularSequence",
    "ObservationDefinition",
    "OrganizationAffiliation",
    "ResearchDefinition",
    "ResearchElementDefinition",
    "RiskEvidenceSynthesis",
    "ServiceRequest",
    "SpecimenDefinition",
    "SubstanceNucleicAcid",
    "SubstancePolymer",
    "SubstanceProtein",
    "SubstanceReferenceInformation",
    "SubstanceSourceMaterial",
    "SubstanceSpecification",
    "TerminologyCapabilities",
    "VerificationResult",
];

#[cfg(test)]
mod tests {
    use super::{Release, only_in};
    use crate::wire::fhir::table::stu3;

    #[test]
    fn types_of_one_release_alone_are_told_from_those_of_both() {
        assert_eq!(only_in("ProcedureRequest"), Some(Release::Stu3));
        assert_eq!(only_in("ServiceRequest"), Some(Release::R4));
        assert_eq!((only_in("Patient"), only_in("Colour")), (None, None));
        let has = |name: &str| stu3().resource(name).is_some() || stu3().is_unheld_resource(name);
        assert!(super::ONLY_STU3.iter().all(|name| has(name)));
        assert!(!super::ONLY_R4.iter().any(|name| has(name)));
    }

    #[test]
    fn versions_tell_their_release() {
        let of = Release::of_version;
        assert_eq!(
            (of("3.0.1"), of("4.0.1"), of("4.3.0"), of("5.0.0"), of("")),
            (Some(Release::Stu3), Some(Release::R4), None, None, None)
        );
    }
}
