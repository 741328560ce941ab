//! JSON Schema (2020-12) of every kind of file that a suite has, made from the very types that are loaded: an editor that
//! follows the schema and the loader cannot disagree.
//!
//! The generated files stand in `profiles/schema/`; a test holds them in step. A shipped file names its schema in its
//! first line, in the way that the YAML language server reads.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform as _};
use serde_json::{Value, json};

use super::candidate::CandidateFile;
use super::dossier::Dossier;
use super::load::{MATRIX_PATH, ZORGTOEPASSINGEN_PATH};
use super::matrix::Matrix;
use super::profile::{CompositionFile, Profile, QueryFile, ReducedProfileFile, Release, ZorgtoepassingFile};
use super::requirement::{ErrataFile, GapFile, RequirementFile};
use super::scenario::{Fragment, ScenarioFile};
use super::waiver::WaiverFile;
use crate::wire::authorization::AuthorizationMatrix;
use crate::wire::dicom::lists::DicomLists;
use crate::wire::metadata::MetadataProfile;
use crate::wire::roles::RoleCodes;
use crate::wire::tls::guideline::Guideline;

/// A kind of file of a suite.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    strum::EnumString,
    strum::Display,
    strum::EnumIter,
    strum::VariantNames,
)]
#[strum(serialize_all = "kebab-case")]
pub enum FileKind {
    /// A scenario.
    Scenario,
    /// Steps that several scenarios begin with.
    Fragment,
    /// A profile: one zorgtoepassing.
    Profile,
    /// A part of the catalogue of requirements.
    Requirements,
    /// A candidate file.
    Candidate,
    /// What documents show of a candidate.
    Dossier,
    /// Declared deviations of a candidate.
    Waivers,
    /// A release of the Twiin Afsprakenstelsel.
    Release,
    /// Query sets.
    Queries,
    /// The reduced profile check.
    ReducedProfiles,
    /// Kinds of Composition.
    Compositions,
    /// The fields of an audit record.
    Logging,
    /// What the columns of an audit log hold.
    Mapping,
    /// Role codes of professionals.
    RoleCodes,
    /// An authorization matrix.
    AuthorizationMatrix,
    /// Known errors in the sources.
    Errata,
    /// What the sources do not tell.
    Gaps,
    /// The words for zorgtoepassingen.
    Zorgtoepassingen,
    /// The deviation matrix.
    Deviations,
    /// A guideline for TLS.
    TlsGuideline,
    /// SOP classes and transfer syntaxes.
    Dicom,
    /// Codes of timeline entries.
    Metadata,
}

impl FileKind {
    /// The kind of a file of a suite by its path; `None` for what a profile names, and for what is no definition.
    pub fn of(path: &str) -> Option<Self> {
        let path = path.strip_suffix(".yaml")?;
        let fixed = |whole: &str| whole.strip_suffix(".yaml") == Some(path);
        if let Some(name) = path.strip_prefix("scenarios/") {
            let parts = || name.split('/');
            if parts().any(|p| p == "_fixtures") {
                return None;
            }
            return Some(if parts().any(|p| p.starts_with('_')) { Self::Fragment } else { Self::Scenario });
        }
        match path.strip_prefix("profiles/")? {
            _ if fixed(MATRIX_PATH) => Some(Self::Deviations),
            _ if fixed(ZORGTOEPASSINGEN_PATH) => Some(Self::Zorgtoepassingen),
            "requirements/errata" => Some(Self::Errata),
            "requirements/gaps" => Some(Self::Gaps),
            name if name.starts_with("requirements/") => Some(Self::Requirements),
            name if name.starts_with("releases/") => Some(Self::Release),
            name if name.starts_with("tls/") => Some(Self::TlsGuideline),
            "beeldbeschikbaarheid/dicom" => Some(Self::Dicom),
            name if name.starts_with("beeldbeschikbaarheid/metadata/") => Some(Self::Metadata),
            name if name.starts_with("candidates/") => Some(Self::Candidate),
            // Other folders hold data that a profile names.
            name if name.contains('/') => None,
            _ => Some(Self::Profile),
        }
    }

    /// Where the schema stands within a suite.
    pub fn schema_path(self) -> String {
        format!("profiles/schema/{self}.schema.json")
    }

    /// The schema.
    pub fn schema(self) -> Value {
        let mut schema = match self {
            Self::Scenario => of::<ScenarioFile>(),
            Self::Fragment => of::<Fragment>(),
            Self::Profile => of::<Profile>(),
            Self::Requirements => of::<RequirementFile>(),
            Self::Candidate => of::<CandidateFile>(),
            Self::Dossier => of::<Dossier>(),
            Self::Waivers => of::<WaiverFile>(),
            Self::Release => of::<Release>(),
            Self::Queries => of::<QueryFile>(),
            Self::ReducedProfiles => of::<ReducedProfileFile>(),
            Self::Compositions => of::<CompositionFile>(),
            Self::Logging => of::<crate::check::FieldGroups>(),
            Self::Mapping => of::<crate::wire::audit::table::Mapping>(),
            Self::RoleCodes => of::<RoleCodes>(),
            Self::AuthorizationMatrix => of::<AuthorizationMatrix>(),
            Self::Errata => of::<ErrataFile>(),
            Self::Gaps => of::<GapFile>(),
            Self::Zorgtoepassingen => of::<ZorgtoepassingFile>(),
            Self::Deviations => of::<Matrix>(),
            Self::TlsGuideline => of::<Guideline>(),
            Self::Dicom => of::<DicomLists>(),
            Self::Metadata => of::<MetadataProfile>(),
        };
        schema["title"] = json!(format!("twiin-harness: {self}"));
        schema
    }

    /// The schema as it is committed: indented, with a line end.
    pub fn schema_text(self) -> String {
        format!("{:#}\n", self.schema())
    }
}

/// How the line begins by which editors find the schema.
pub const EDITOR_MARK: &str = "# yaml-language-server: $schema=";

/// The first line of a file at `path` within a suite, by which editors find the schema.
pub fn editor_line(kind: FileKind, path: &str) -> String {
    let up = "../".repeat(path.matches('/').count());
    format!("{EDITOR_MARK}{up}{}", kind.schema_path())
}

/// The schema of a type.
pub(super) fn of<T: JsonSchema>() -> Value {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    // An option that is left out is no `null` that an editor should write.
    RecursiveTransform(|schema: &mut schemars::Schema| {
        if schema.get("default").is_some_and(Value::is_null) {
            schema.remove("default");
        }
    })
    .transform(&mut schema);
    schema.to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_place() {
        for (path, kind) in [
            ("scenarios/bgz/notified-pull/a.yaml", Some(FileKind::Scenario)),
            ("scenarios/_given/a.yaml", Some(FileKind::Fragment)),
            ("scenarios/bgz/_fixtures/a.yaml", None),
            ("profiles/bgz.yaml", Some(FileKind::Profile)),
            ("profiles/bgz/queries.yaml", None),
            ("profiles/deviations.yaml", Some(FileKind::Deviations)),
            ("profiles/requirements/10-generic.yaml", Some(FileKind::Requirements)),
            ("profiles/requirements/gaps.yaml", Some(FileKind::Gaps)),
            ("profiles/tls/ncsc-2.1.yaml", Some(FileKind::TlsGuideline)),
            ("profiles/beeldbeschikbaarheid/dicom.yaml", Some(FileKind::Dicom)),
            ("profiles/beeldbeschikbaarheid/metadata/twiin-1.2.yaml", Some(FileKind::Metadata)),
            ("profiles/candidates/reference.yaml", Some(FileKind::Candidate)),
            ("README.md", None),
        ] {
            assert_eq!(FileKind::of(path), kind, "{path}");
        }
    }

    #[test]
    fn a_file_names_its_schema_relative_to_itself() {
        assert_eq!(
            editor_line(FileKind::Scenario, "scenarios/bgz/a.yaml"),
            "# yaml-language-server: $schema=../../profiles/schema/scenario.schema.json"
        );
        assert_eq!(
            editor_line(FileKind::Profile, "profiles/bgz.yaml"),
            "# yaml-language-server: $schema=../profiles/schema/profile.schema.json"
        );
    }
}
