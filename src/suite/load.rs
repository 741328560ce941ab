//! Loading a suite from its files, all faults collected.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::candidate::{CandidateFile, Declared};
use super::cross_check::{self, Unread};
use super::matrix::Matrix;
use super::profile::{
    CompositionFile, FhirProfile, Profile, QueryFile, ReducedProfileFile, Release, Zorgtoepassing, ZorgtoepassingFile,
};
use super::requirement::{Document, ErrataFile, Erratum, Gap, GapFile, Requirement, RequirementFile, Role};
use super::scenario::{Fragment, Scenario, ScenarioFile};
use super::schema::FileKind;
use super::tree;
use super::yaml;
use crate::base::diagnostic::{Diagnostic, SourceFile};
use crate::base::files::FileSet;
use crate::base::id::{RequirementId, ScenarioId};
use crate::check::{
    AuditData, CheckData, CheckSets, CompositionTable, Deciding, FieldGroups, Identification, ReducedProfileRule,
};
use crate::simulator::R4Templates;
use crate::wire::authorization::AuthorizationMatrix;
use crate::wire::dicom::lists::DicomLists;
use crate::wire::metadata::MetadataProfile;
use crate::wire::query::QuerySet;
use crate::wire::roles::RoleCodes;
use crate::wire::tls::guideline::Guideline;

/// A requirement with the file it stands in.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The requirement.
    pub requirement: Requirement,
    /// The file.
    pub source: Arc<SourceFile>,
    /// Path of the file within the suite.
    pub path: String,
    /// Position in the file, from zero.
    pub row: usize,
}

/// A profile with the data that it refers to.
#[derive(Debug, Clone)]
pub struct LoadedProfile {
    /// The profile.
    pub profile: Profile,
    /// Its file.
    pub source: Arc<SourceFile>,
    /// Query sets by id.
    pub query_sets: BTreeMap<String, QuerySet>,
    /// The reduced profile check.
    pub reduced_profiles: BTreeMap<String, ReducedProfileRule>,
    /// Kinds of Composition.
    pub compositions: Vec<CompositionTable>,
    /// The fields of an audit record.
    pub logging: FieldGroups,
    /// Role codes of professionals.
    pub role_codes: Arc<RoleCodes>,
    /// The authorization matrix that holds where nobody gives another.
    pub authorization_matrix: Option<Arc<AuthorizationMatrix>>,
    /// Templates: notification, workflow, cancellation; absent where nothing is exchanged by FHIR.
    pub templates: Option<[Value; 3]>,
    /// Templates of the R4 stack in preparation.
    pub r4_templates: Option<R4Templates>,
    /// A message of HL7v3, as text with placeholders.
    pub message_template: Option<String>,
    /// Our own records: file path and resource or Bundle.
    pub records: Vec<(String, Value)>,
}

impl LoadedProfile {
    /// Requirements that bind on a plateau: those of the zorgtoepassingen that the profile names, on their own plateaus.
    pub fn binding<'a>(&'a self, suite: &'a Suite, plateau: u8) -> impl Iterator<Item = &'a Requirement> {
        let on_plateau = move |r: &&Requirement| r.plateaus.contains(&plateau);
        suite.requirements.values().map(|l| &l.requirement).filter(on_plateau).filter(|r| self.binds(r))
    }

    /// Whether anything is exchanged between gateways.
    pub fn has_gateway(&self) -> bool {
        self.profile.gateway.is_some()
    }

    /// Those of these roles that a candidate can have here.
    pub fn roles(&self, among: &[Role]) -> Vec<Role> {
        self.profile.roles.iter().copied().filter(|role| among.contains(role)).collect()
    }

    /// Whether a requirement binds at all.
    pub fn binds(&self, requirement: &Requirement) -> bool {
        self.profile.binds.contains(&requirement.zorgtoepassing)
            && !self.profile.except.iter().any(|e| e.id == requirement.id)
    }
}

/// Everything that is known before a candidate is.
#[derive(Debug, Clone, Default)]
pub struct Suite {
    /// The files it was loaded from.
    pub files: FileSet,
    /// Requirements by id.
    pub requirements: BTreeMap<RequirementId, Listed>,
    /// Source documents by the path of their file of requirements.
    pub documents: BTreeMap<String, Document>,
    /// Known errors in the sources.
    pub errata: Vec<Erratum>,
    /// What the sources do not tell.
    pub gaps: Vec<Gap>,
    /// The words for zorgtoepassingen.
    pub zorgtoepassingen: BTreeMap<String, Zorgtoepassing>,
    /// Profiles by zorgtoepassing.
    pub profiles: BTreeMap<String, LoadedProfile>,
    /// Releases by number.
    pub releases: BTreeMap<String, Release>,
    /// Guidelines for TLS by name.
    pub guidelines: BTreeMap<String, Guideline>,
    /// SOP classes and transfer syntaxes.
    pub dicom: DicomLists,
    /// Codes of timeline entries, by the word that chooses them.
    pub metadata: BTreeMap<String, MetadataProfile>,
    /// Scenarios by id.
    pub scenarios: BTreeMap<ScenarioId, Scenario>,
    /// Fragments by path.
    pub fragments: BTreeMap<String, Fragment>,
    /// Texts of the fragments, for messages.
    pub(super) fragment_sources: BTreeMap<String, Arc<SourceFile>>,
    /// The deviation matrix.
    pub matrix: Matrix,
    /// Its text, for messages.
    pub matrix_source: Option<Arc<SourceFile>>,
}

/// Where the deviation matrix stands.
pub const MATRIX_PATH: &str = "profiles/deviations.yaml";
/// Where the words for zorgtoepassingen stand.
pub const ZORGTOEPASSINGEN_PATH: &str = "profiles/zorgtoepassingen.yaml";

static SCENARIOS: include_dir::Dir<'_> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/scenarios");
static PROFILES: include_dir::Dir<'_> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/profiles");

/// The suite that is built into the binary, so that it runs anywhere.
pub fn embedded_files() -> FileSet {
    fn add(set: &mut FileSet, prefix: &str, dir: &include_dir::Dir<'_>) {
        for file in dir.files() {
            set.insert(format!("{prefix}/{}", file.path().to_string_lossy()), file.contents().to_vec());
        }
        dir.dirs().for_each(|d| add(set, prefix, d));
    }
    let mut set = FileSet::default();
    add(&mut set, "scenarios", &SCENARIOS);
    add(&mut set, "profiles", &PROFILES);
    set
}

/// Path below `scenarios/`, without extension.
fn scenario_name(path: &str) -> &str {
    path.strip_prefix("scenarios/").and_then(|p| p.strip_suffix(".yaml")).unwrap_or(path)
}

struct Loader<'a> {
    files: &'a FileSet,
    faults: Vec<Diagnostic>,
    unread: Vec<Unread>,
}

impl Loader<'_> {
    fn source(&mut self, path: &str) -> Option<Arc<SourceFile>> {
        let shown = self.files.shown(path);
        let empty = || Arc::new(SourceFile { path: shown.clone(), text: String::new() });
        let Some(bytes) = self.files.get(path) else {
            self.faults.push(Diagnostic::new(&empty(), 0, 0, "the file does not exist"));
            return None;
        };
        match String::from_utf8(bytes.to_vec()) {
            Ok(text) => Some(Arc::new(SourceFile { path: shown, text })),
            Err(_) => {
                self.faults.push(Diagnostic::new(&empty(), 0, 0, "the file is not UTF-8"));
                None
            }
        }
    }

    fn yaml<T: DeserializeOwned + JsonSchema>(&mut self, kind: FileKind, path: &str) -> Option<(Arc<SourceFile>, T)> {
        let source = self.source(path)?;
        match yaml::parse_all(&source) {
            Ok(value) => Some((source, value)),
            Err(faults) => {
                self.faults.extend(faults);
                self.unread.push(Unread { kind, path: path.to_owned(), source });
                None
            }
        }
    }

    /// A file that every suite has.
    fn missing(&mut self, kind: FileKind, path: &str) {
        if self.source(path).is_none() {
            let source = Arc::new(SourceFile { path: self.files.shown(path), text: String::new() });
            self.unread.push(Unread { kind, path: path.to_owned(), source });
        }
    }

    /// A file of text that another one names.
    fn text(&mut self, by: &Arc<SourceFile>, path: &str) -> Option<String> {
        if self.files.get(path).is_none() {
            self.faults.push(Diagnostic::at_text(by, path, format!("`{path}` does not exist")));
            return None;
        }
        self.source(path).map(|source| source.text.clone())
    }

    /// A file that another one names: its absence is a fault of the one that names it.
    fn named<T: DeserializeOwned + JsonSchema>(
        &mut self,
        kind: FileKind,
        by: &Arc<SourceFile>,
        path: &str,
    ) -> Option<T> {
        if self.files.get(path).is_none() {
            self.faults.push(Diagnostic::at_text(by, path, format!("`{path}` does not exist")));
            return None;
        }
        self.yaml(kind, path).map(|(_, value)| value)
    }
}

impl Suite {
    /// Loads and cross-checks a suite.
    ///
    /// # Errors
    /// All faults at once, in order of file.
    pub fn load(files: FileSet) -> Result<Self, Vec<Diagnostic>> {
        Self::load_by(files, cross_check::Rows::Complete)
    }

    /// Loads the suite of an earlier run. The deviations that this harness knows may be others than it has rows for: a run
    /// is judged again years later, and no verdict rests on them.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_stored(files: FileSet) -> Result<Self, Vec<Diagnostic>> {
        Self::load_by(files, cross_check::Rows::OfTheirTime)
    }

    fn load_by(files: FileSet, rows: cross_check::Rows) -> Result<Self, Vec<Diagnostic>> {
        let paths = files.iter().map(|(p, _)| p).filter(|p| p.ends_with(".yaml"));
        // The catalogue is most of what there is to read, and needs nothing of the rest: it is read beside it.
        let (catalogue, rest): (Vec<&str>, Vec<&str>) =
            paths.partition(|p| FileKind::of(p) == Some(FileKind::Requirements));
        let (mut suite, mut loader) = std::thread::scope(|scope| {
            let catalogue = scope.spawn(|| Self::load_files(&files, &catalogue));
            let (mut suite, mut loader) = Self::load_files(&files, &rest);
            let (read, of_catalogue) = catalogue.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            suite.requirements = read.requirements;
            suite.documents = read.documents;
            loader.faults.extend(of_catalogue.faults);
            loader.unread.extend(of_catalogue.unread);
            (suite, loader)
        });
        if !suite.requirements.is_empty() && files.get(ZORGTOEPASSINGEN_PATH).is_none() {
            loader.missing(FileKind::Zorgtoepassingen, ZORGTOEPASSINGEN_PATH);
        }
        let Loader { mut faults, unread, .. } = loader;
        faults.extend(cross_check::faults(&suite, &unread, rows));
        suite.files = files;
        if faults.is_empty() {
            return Ok(suite);
        }
        faults.sort_by(|a, b| (&a.source.path, a.offset).cmp(&(&b.source.path, b.offset)));
        Err(faults)
    }

    fn load_files<'a>(files: &'a FileSet, paths: &[&str]) -> (Self, Loader<'a>) {
        let mut loader = Loader { files, faults: Vec::new(), unread: Vec::new() };
        let mut suite = Self::default();
        for path in paths {
            suite.load_file(&mut loader, path);
        }
        (suite, loader)
    }

    fn load_file(&mut self, loader: &mut Loader<'_>, path: &str) {
        let Some(kind) = FileKind::of(path) else { return };
        match kind {
            FileKind::Deviations => {
                if let Some((source, matrix)) = loader.yaml(kind, path) {
                    self.matrix = matrix;
                    self.matrix_source = Some(source);
                }
            }
            FileKind::Zorgtoepassingen => {
                let file = loader.yaml::<ZorgtoepassingFile>(kind, path);
                self.zorgtoepassingen = file.map(|(_, f)| f.zorgtoepassingen).unwrap_or_default();
            }
            FileKind::Errata => {
                self.errata = loader.yaml::<ErrataFile>(kind, path).map(|(_, e)| e.errata).unwrap_or_default();
            }
            FileKind::Gaps => {
                self.gaps = loader.yaml::<GapFile>(kind, path).map(|(_, g)| g.gaps).unwrap_or_default();
            }
            FileKind::Requirements => self.load_requirements(loader, path),
            FileKind::Release => {
                if let Some((source, release)) = loader.yaml::<Release>(kind, path) {
                    if super::release::number(&release.release).is_none() {
                        let message =
                            format!("`{}` is no release number: write x.y or x.y.z (REL-01)", release.release);
                        loader.faults.push(Diagnostic::at_text(&source, &release.release, message));
                    }
                    self.releases.insert(release.release.clone(), release);
                }
            }
            FileKind::TlsGuideline => {
                if let Some((_, guideline)) = loader.yaml::<Guideline>(kind, path) {
                    self.guidelines.insert(guideline.id.clone(), guideline);
                }
            }
            FileKind::Dicom => {
                self.dicom = loader.yaml::<DicomLists>(kind, path).map(|(_, lists)| lists).unwrap_or_default();
            }
            FileKind::Metadata => {
                if let Some((_, profile)) = loader.yaml::<MetadataProfile>(kind, path) {
                    self.metadata.insert(profile.id.clone(), profile);
                }
            }
            FileKind::Profile => self.load_profile(loader, path),
            FileKind::Fragment => {
                if let Some((source, fragment)) = loader.yaml::<Fragment>(kind, path) {
                    self.fragments.insert(scenario_name(path).to_owned(), fragment);
                    self.fragment_sources.insert(scenario_name(path).to_owned(), source);
                }
            }
            FileKind::Scenario => self.load_scenario(loader, path),
            // A candidate file and its papers belong to no suite; the rest is data that a profile names.
            FileKind::Candidate
            | FileKind::Dossier
            | FileKind::Waivers
            | FileKind::Queries
            | FileKind::ReducedProfiles
            | FileKind::Compositions
            | FileKind::Logging
            | FileKind::Mapping
            | FileKind::RoleCodes
            | FileKind::AuthorizationMatrix => {}
        }
    }

    fn load_requirements(&mut self, loader: &mut Loader<'_>, path: &str) {
        let Some((source, file)) = loader.yaml::<RequirementFile>(FileKind::Requirements, path) else { return };
        self.documents.insert(path.to_owned(), file.document);
        for (row, requirement) in file.requirements.into_iter().enumerate() {
            let id = requirement.id.clone();
            let listed = Listed { requirement, source: source.clone(), path: path.to_owned(), row };
            if let Some(earlier) = self.requirements.insert(id.clone(), listed) {
                let file = tree::parse_loosely(&source);
                let place = file.as_ref().and_then(|t| t.at(&format!("/requirements/{row}/id")));
                let message = format!("requirement `{id}` stands twice");
                let offset = place.map_or(0, |node| node.offset(&source));
                let fault = Diagnostic::new(&source, offset, id.as_str().len(), message);
                loader.faults.push(fault.with_help(format!("it also stands in {}", earlier.source.path)));
            }
        }
    }

    fn load_scenario(&mut self, loader: &mut Loader<'_>, path: &str) {
        let Some((source, file)) = loader.yaml::<ScenarioFile>(FileKind::Scenario, path) else { return };
        match ScenarioId::parse(scenario_name(path)) {
            Ok(id) => drop(self.scenarios.insert(id.clone(), Scenario { id, source, path: path.to_owned(), file })),
            Err(fault) => loader.faults.push(Diagnostic::new(&source, 0, 0, fault.to_string())),
        }
    }

    fn load_profile(&mut self, loader: &mut Loader<'_>, path: &str) {
        let Some((source, profile)) = loader.yaml::<Profile>(FileKind::Profile, path) else { return };
        let (role_codes, matrix) = load_identification(loader, &source, &profile);
        let logging: Option<FieldGroups> = loader.named(FileKind::Logging, &source, &profile.logging);
        let fhir = match &profile.fhir {
            Some(fhir) => load_fhir(loader, &source, fhir),
            None => Some(LoadedFhir::default()),
        };
        let (Some(fhir), Some(logging)) = (fhir, logging) else {
            loader.unread.push(Unread { kind: FileKind::Profile, path: path.to_owned(), source });
            return;
        };
        let loaded = LoadedProfile {
            query_sets: fhir.query_sets,
            reduced_profiles: fhir.reduced_profiles,
            compositions: fhir.compositions,
            logging,
            role_codes: Arc::new(role_codes),
            authorization_matrix: matrix.map(Arc::new),
            templates: fhir.templates,
            r4_templates: fhir.r4_templates,
            message_template: fhir.message_template,
            records: fhir.records,
            source,
            profile,
        };
        self.profiles.insert(loaded.profile.zorgtoepassing.clone(), loaded);
    }

    /// What checks look things up in, for these profiles, this release and this candidate.
    pub fn check_data(&self, zorgtoepassingen: &[String], release: &str, candidate: &CandidateFile) -> CheckSets {
        let profiles = zorgtoepassingen.iter().filter_map(|n| self.profiles.get(n));
        CheckSets::new(profiles.map(|p| (p.profile.zorgtoepassing.clone(), self.data_of(p, release, candidate))))
    }

    fn data_of(&self, loaded: &LoadedProfile, release: &str, candidate: &CandidateFile) -> CheckData {
        let claims = loaded.profile.fhir.as_ref().map(|fhir| fhir.token.claims.with(&candidate.claims));
        CheckData {
            query_set: candidate.query_set.clone(),
            query_sets: loaded.query_sets.clone(),
            reduced_profiles: loaded.reduced_profiles.clone(),
            compositions: loaded.compositions.clone(),
            expected_counts: candidate.expected_counts.clone(),
            input_codes: self.releases.get(release).map(|r| r.input_codes.clone()),
            tls_guidelines: self.guidelines.clone(),
            metadata: self.metadata.clone(),
            tls_guideline: self.releases.get(release).map(|r| r.tls.guideline.clone()),
            values: candidate.values(),
            claims: claims.clone(),
            audit: Self::audit_data(loaded, candidate),
            identification: claims.map(|claims| Identification {
                role_codes: loaded.role_codes.clone(),
                claims,
                declared: candidate.claims.keys().copied().collect(),
            }),
            // The matrix of the profile decides on nobody until it is said whom it is about.
            authorization: loaded.authorization_matrix.clone().map(|matrix| Deciding { matrix, on_all: false }),
        }
    }

    fn audit_data(loaded: &LoadedProfile, candidate: &CandidateFile) -> AuditData {
        let fields = loaded.logging.clone();
        let declared = candidate.audit_log.as_ref().and_then(|l| l.tolerance_s);
        AuditData {
            log: None,
            assigned: None,
            expects_feed: candidate.declared("audit-feed") == Declared::Yes,
            tolerance_s: declared.unwrap_or(fields.tolerance_s),
            fields,
        }
    }

    /// Scenarios and expectations that show a requirement.
    pub fn shown_by(&self, id: &RequirementId) -> Vec<(&Scenario, Vec<&'static str>)> {
        self.scenarios
            .values()
            .filter_map(|s| {
                let words: Vec<_> =
                    s.file.expect.iter().filter(|e| e.verifies.contains(id)).map(|e| e.that.word()).collect();
                (!words.is_empty()).then_some((s, words))
            })
            .collect()
    }
}

/// Role codes and authorization matrix of a profile. Without a list every code is unknown; without a matrix nobody is
/// judged by one.
fn load_identification(
    loader: &mut Loader<'_>,
    source: &Arc<SourceFile>,
    profile: &Profile,
) -> (RoleCodes, Option<AuthorizationMatrix>) {
    let codes: Option<RoleCodes> =
        profile.role_codes.as_ref().and_then(|path| loader.named(FileKind::RoleCodes, source, path));
    let codes = codes.unwrap_or_default();
    let Some(path) = &profile.authorization_matrix else { return (codes, None) };
    let matrix: Option<AuthorizationMatrix> = loader.named(FileKind::AuthorizationMatrix, source, path);
    for fault in matrix.iter().flat_map(|matrix| matrix.faults(&codes)) {
        loader.faults.push(Diagnostic::at_text(source, path, fault));
    }
    (codes, matrix)
}

/// The files that the FHIR side of a profile names.
#[derive(Default)]
struct LoadedFhir {
    query_sets: BTreeMap<String, QuerySet>,
    reduced_profiles: BTreeMap<String, ReducedProfileRule>,
    compositions: Vec<CompositionTable>,
    templates: Option<[Value; 3]>,
    r4_templates: Option<R4Templates>,
    message_template: Option<String>,
    records: Vec<(String, Value)>,
}

/// `None` when one of them cannot be read; the fault is noted.
fn load_fhir(loader: &mut Loader<'_>, source: &Arc<SourceFile>, fhir: &FhirProfile) -> Option<LoadedFhir> {
    let queries: Option<QueryFile> = loader.named(FileKind::Queries, source, &fhir.queries);
    let reduced: Option<ReducedProfileFile> = loader.named(FileKind::ReducedProfiles, source, &fhir.reduced_profiles);
    for (canonical, rule) in reduced.iter().flat_map(|r| &r.profiles) {
        for path in rule.wrong_paths() {
            let message = format!("{canonical}: `{path}` is no JSONPath");
            loader.faults.push(Diagnostic::at_text(source, &fhir.reduced_profiles, message));
        }
    }
    let compositions: Option<CompositionFile> =
        fhir.compositions.as_ref().and_then(|path| loader.named(FileKind::Compositions, source, path));
    let names = &fhir.templates;
    let mut json = |path: &String| loader.named::<Value>(FileKind::Profile, source, path);
    let templates = [&names.notification, &names.workflow, &names.cancellation].map(&mut json);
    let r4_templates = names.r4.as_ref().and_then(|paths| {
        Some(R4Templates {
            capability_statement: json(&paths.capability_statement)?,
            subscription: json(&paths.subscription)?,
            tasks: json(&paths.tasks)?,
        })
    });
    let message_template = names.message.as_ref().and_then(|path| loader.text(source, path));
    let folder = format!("{}/", fhir.records.trim_end_matches('/'));
    let record_paths: Vec<String> = loader
        .files
        .iter()
        .map(|(p, _)| p.to_owned())
        .filter(|p| p.starts_with(&folder) && p.ends_with(".json"))
        .collect();
    if record_paths.is_empty() {
        let fault = Diagnostic::at_text(source, &fhir.records, format!("`{}` holds no records", fhir.records));
        loader.faults.push(fault);
    }
    let record = |p: String| loader.named(FileKind::Profile, source, &p).map(|v| (p, v));
    let records = record_paths.into_iter().filter_map(record).collect();
    let [Some(notification), Some(workflow), Some(cancellation)] = templates else { return None };
    Some(LoadedFhir {
        query_sets: queries?.sets.into_iter().map(|s| (s.id.clone(), s)).collect(),
        reduced_profiles: reduced?.profiles,
        compositions: compositions.map(|file| file.compositions).unwrap_or_default(),
        templates: Some([notification, workflow, cancellation]),
        r4_templates,
        message_template,
        records,
    })
}
