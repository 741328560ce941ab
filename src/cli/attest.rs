//! `attest`: what only documents can show. A named person says of a requirement that it is met or not; the documents are
//! kept by their digest. `--list` tells what is there, what is missing and what is no longer in order.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::json;
use twiin_harness::base::clock;
use twiin_harness::base::day::Day;
use twiin_harness::base::diagnostic::SourceFile;
use twiin_harness::base::text::Language;
use twiin_harness::evidence::papers::{look_at, look_at_all};
use twiin_harness::judge::{Papers, Standing, attested_on};
use twiin_harness::plan::{Plan, Selection};
use twiin_harness::suite::dossier::{Attested, Document, VERSION, attestable};
use twiin_harness::suite::requirement::Subject;
use twiin_harness::suite::schema::{EDITOR_MARK, FileKind};
use twiin_harness::suite::{Dossier, Suite};

use super::exit::{Exit, Problem};
use super::files::{self, Candidate};
use super::lang::Lang;
use super::page::Screen;
use super::papers::{folder_of, one_subject, source};
use super::select::plateaus;

/// Name of a dossier beside its candidate file.
const DOSSIER: &str = "dossier.yaml";
/// Its schema, written beside it for editors.
const SCHEMA: &str = "dossier.schema.json";
/// Folder beside the dossier that documents from elsewhere are copied to.
const DOCUMENTS: &str = "documents";

const HOW: &str = "\
Only requirements that documents show can be attested: `list requirements --verification attested` lists them. A document
below the folder of the dossier stays where it is; one from elsewhere is copied to documents/ beside the dossier, since a
dossier that points out of its folder cannot be handed over. Of several attestations for one requirement the last counts.

Examples:
  twiin-harness attest VW-GTK-1.4 --candidate my-node/candidate.yaml --document soa.pdf --by \"SIM Auditor\" \\
      --role auditor --valid-until 2027-12-31
  twiin-harness attest --list --candidate my-node/candidate.yaml --plateau 4";

#[derive(Debug, Args)]
#[command(after_help = HOW)]
pub struct Arguments {
    /// Requirement that the documents show
    #[arg(value_name = "REQUIREMENT", required_unless_present = "list")]
    requirement: Option<String>,
    /// Candidate file that the dossier belongs to
    #[arg(long, value_name = "FILE")]
    candidate: PathBuf,
    /// Document; give it again for more
    #[arg(long, value_name = "PATH", required_unless_present = "list")]
    document: Vec<PathBuf>,
    /// Who attests: a name
    #[arg(long, value_name = "NAME", required_unless_present = "list")]
    by: Option<String>,
    /// In what role
    #[arg(long, value_name = "ROLE", required_unless_present = "list")]
    role: Option<String>,
    /// Last day on which it counts, for example 2027-12-31
    #[arg(long, value_name = "DATE", required_unless_present = "list")]
    valid_until: Option<String>,
    /// What the documents show
    #[arg(long, default_value = "pass", value_parser = ["pass", "fail"])]
    verdict: String,
    /// A remark
    #[arg(long, value_name = "TEXT")]
    remark: Option<String>,
    /// Dossier; default: the `dossier` of the candidate file, else dossier.yaml beside it
    #[arg(long, value_name = "FILE")]
    dossier: Option<PathBuf>,
    /// List what is there and what is missing, and write nothing
    #[arg(long, conflicts_with_all = ["requirement", "document", "by", "role", "valid_until", "remark"])]
    list: bool,
    /// With --list: plateaus of the groeimodel, as 4 or 1..4 or 2,3
    #[arg(long, value_name = "1..4,..", requires = "list")]
    plateau: Option<String>,
    /// With --list: format
    #[arg(long, default_value = "table", value_parser = ["table", "json"])]
    format: String,
    #[command(flatten)]
    lang: Lang,
}

pub fn main(suite_dir: Option<&Path>, arguments: &Arguments) -> Result<Exit, Problem> {
    let suite = files::suite(suite_dir)?;
    let candidate = files::candidate(&arguments.candidate)?;
    let beside = || candidate.dir.join(candidate.file.dossier.as_deref().unwrap_or(DOSSIER));
    let path = arguments.dossier.clone().unwrap_or_else(beside);
    let present = path.exists().then(|| source(&path)).transpose()?;
    let dossier = match &present {
        Some(source) => Dossier::read(source, &suite).map_err(Problem::faults)?,
        None => Dossier { version: VERSION, subject: candidate.file.subject, attestations: Vec::new() },
    };
    one_subject(&dossier, &candidate)?;
    if arguments.list {
        return list(&suite, &candidate, arguments, &path, dossier);
    }
    let entry = Entry::new(&suite, &candidate, arguments, &path)?;
    append(&suite, &path, present.as_deref(), &entry)?;
    println!("{}", path.display());
    if candidate.file.dossier.is_none() && arguments.dossier.is_none() {
        println!("Name it in the candidate file, so that a run takes it along:  dossier: {DOSSIER}");
    }
    Ok(Exit::Good)
}

/// A new attestation as it stands in the file.
struct Entry {
    text: String,
    subject: Subject,
}

impl Entry {
    fn new(suite: &Suite, candidate: &Candidate, arguments: &Arguments, path: &Path) -> Result<Self, Problem> {
        let id = arguments.requirement.as_deref().unwrap_or_default();
        attestable(suite, id, candidate.file.subject).map_err(|why| Problem::usage(format!("attest: {why}")))?;
        let today = Day::of(clock::now());
        let until = arguments.valid_until.as_deref().unwrap_or_default();
        let until = Day::parse(until)
            .ok_or_else(|| Problem::usage(format!("read --valid-until {until}: write a day as 2027-12-31")))?;
        if until < today {
            return Err(Problem::usage(format!("attest: --valid-until {until} has passed")));
        }
        let said = |name: &str, text: &Option<String>| match text.as_deref().map(str::trim) {
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            _ => Err(Problem::usage(format!("attest: --{name} says nothing"))),
        };
        let (by, role) = (said("by", &arguments.by)?, said("role", &arguments.role)?);
        let documents: Vec<Document> = arguments.document.iter().map(|d| kept(path, d)).collect::<Result<_, _>>()?;
        // JSON strings are YAML strings, with nothing left to escape.
        let quoted = |text: &str| json!(text).to_string();
        let mut text = format!("  - requirement: {id}\n    verdict: {}\n    documents:\n", arguments.verdict);
        for document in &documents {
            let path = quoted(&document.path);
            text.push_str(&format!(
                "      - {{ path: {path}, sha256: {}, size: {} }}\n",
                document.sha256, document.size
            ));
        }
        text.push_str(&format!("    by: {}\n    role: {}\n", quoted(&by), quoted(&role)));
        text.push_str(&format!("    attested: \"{today}\"\n    valid-until: \"{until}\"\n"));
        text.push_str(&format!("    product-version: {}\n", quoted(&candidate.file.product.version)));
        if let Some(remark) = &arguments.remark {
            text.push_str(&format!("    remark: {}\n", quoted(remark)));
        }
        Ok(Self { text, subject: candidate.file.subject })
    }
}

/// A document by its path below the folder of the dossier, where it is copied to when it comes from elsewhere.
fn kept(dossier: &Path, document: &Path) -> Result<Document, Problem> {
    let fail = |e: &dyn std::fmt::Display| Problem::usage(format!("attest {}: {e}", document.display()));
    let folder = folder_of(dossier);
    std::fs::create_dir_all(&folder).map_err(|e| fail(&e))?;
    let (root, whole) = (folder.canonicalize(), document.canonicalize());
    let (root, whole) = (root.map_err(|e| fail(&e))?, whole.map_err(|e| fail(&e))?);
    let below = match whole.strip_prefix(&root) {
        Ok(below) => below.to_owned(),
        Err(_) => copied(&root, &whole).map_err(|e| fail(&e))?,
    };
    let parts: Vec<String> = below.components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
    look_at(&folder, &parts.join("/")).map_err(|e| fail(&e))
}

/// Copies a document to the folder for documents, under its own name; a different document of that name gets its digest
/// before it, so that nothing is ever overwritten.
fn copied(root: &Path, document: &Path) -> std::io::Result<PathBuf> {
    let name = document.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let found = look_at(&folder_of(document), &name)?;
    std::fs::create_dir_all(root.join(DOCUMENTS))?;
    let plain = format!("{DOCUMENTS}/{name}");
    let path = match look_at(root, &plain) {
        Ok(there) if there.sha256 == found.sha256 => return Ok(plain.into()),
        Ok(_) => format!("{DOCUMENTS}/{}-{name}", &found.sha256[..12]),
        Err(_) => plain,
    };
    std::fs::copy(document, root.join(&path))?;
    Ok(path.into())
}

/// Adds an attestation at the end of the dossier; what stands there already stays as it was written.
fn append(suite: &Suite, path: &Path, present: Option<&SourceFile>, entry: &Entry) -> Result<(), Problem> {
    let fail = |e: &dyn std::fmt::Display| Problem::usage(format!("write {}: {e}", path.display()));
    let head = || format!("{EDITOR_MARK}{SCHEMA}\nversion: {VERSION}\nsubject: {}\nattestations:\n", entry.subject);
    let mut text = present.map_or_else(head, |p| p.text.clone());
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(&entry.text);
    let source = Arc::new(SourceFile { path: path.display().to_string(), text: text.clone() });
    // A file that was written by hand in another style cannot be added to at its end.
    Dossier::read(&source, suite).map_err(|faults| {
        let first = faults.first().map(ToString::to_string).unwrap_or_default();
        fail(&format!("the dossier would not be right any more; keep `attestations` the last key, as a list: {first}"))
    })?;
    let schema = folder_of(path).join(SCHEMA);
    if present.is_none() && !schema.exists() {
        std::fs::write(&schema, FileKind::Dossier.schema_text()).map_err(|e| fail(&e))?;
    }
    std::fs::write(path, text).map_err(|e| fail(&e))
}

/// A requirement that a document can show, and what there is.
struct Row {
    id: String,
    title: String,
    plateaus: Vec<u8>,
    state: &'static str,
    problems: Vec<String>,
    says: Option<Attested>,
    until: Option<Day>,
    documents: Vec<String>,
    other_version: Option<String>,
}

fn list(
    suite: &Suite,
    candidate: &Candidate,
    arguments: &Arguments,
    path: &Path,
    dossier: Dossier,
) -> Result<Exit, Problem> {
    let language = arguments.lang.language;
    let mut selection = Selection::everything(suite);
    selection.roles.retain(|r| candidate.file.plays(*r));
    if let Some(text) = &arguments.plateau {
        selection.plateaus = plateaus(text)?;
    }
    if let Some(release) = &candidate.file.release {
        selection.release.clone_from(release);
    }
    let plan = Plan::new(suite, &candidate.file, selection).map_err(Problem::usage)?;
    let checks = look_at_all(&folder_of(path), &dossier);
    let papers = Papers { dossier: Some((dossier, checks)), waivers: Vec::new() };
    let rows = rows(suite, &plan, candidate, &papers, language);
    if arguments.format == "json" {
        println!(
            "{:#}",
            json!({"dossier": path.display().to_string(), "subject": plan.subject, "requirements": as_json(&rows)})
        );
    } else {
        print_rows(&rows, path, language);
    }
    Ok(if rows.iter().all(|r| r.state == "valid") { Exit::Good } else { Exit::Undetermined })
}

fn rows(suite: &Suite, plan: &Plan, candidate: &Candidate, papers: &Papers, language: Language) -> Vec<Row> {
    let today = Day::of(clock::now());
    let row = |id: &twiin_harness::base::id::RequirementId, plateaus: &[u8]| {
        let requirement = &suite.requirements.get(id)?.requirement;
        if !requirement.takes_document_of(plan.subject) {
            return None;
        }
        let outcome = attested_on(papers, plan, requirement, today);
        let entry = outcome.as_ref().and_then(|o| papers.dossier.as_ref()?.0.attestations.get(o.entry));
        Some(Row {
            id: id.to_string(),
            title: requirement.title.get(language).to_owned(),
            plateaus: plateaus.to_vec(),
            state: outcome.as_ref().map_or("none", |o| word(o.standing)),
            problems: outcome.iter().flat_map(|o| &o.problems).map(|t| t.get(language).to_owned()).collect(),
            says: outcome.as_ref().map(|o| o.says),
            until: entry.map(|e| e.valid_until),
            documents: entry.iter().flat_map(|e| &e.documents).map(|d| d.path.clone()).collect(),
            other_version: entry
                .and_then(|e| e.product_version.clone())
                .filter(|v| *v != candidate.file.product.version),
        })
    };
    plan.requirements.iter().filter_map(|(id, bound)| row(id, &bound.plateaus)).collect()
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Valid => "valid",
        Standing::Expired => "expired",
        Standing::NotYet => "not-yet",
        Standing::Altered => "altered",
        Standing::Missing => "missing",
        Standing::OtherSubject => "other-subject",
    }
}

fn as_json(rows: &[Row]) -> Vec<serde_json::Value> {
    let value = |r: &Row| {
        json!({
            "requirement": r.id, "title": r.title, "plateaus": r.plateaus, "state": r.state,
            "says": r.says.map(|s| s.to_string()), "valid-until": r.until.map(|d| d.to_string()),
            "documents": r.documents, "problems": r.problems, "other-version": r.other_version,
        })
    };
    rows.iter().map(value).collect()
}

fn print_rows(rows: &[Row], path: &Path, language: Language) {
    let nl = language == Language::Nl;
    let told = |row: &Row| {
        let state = match (row.state, nl) {
            ("none", true) => "geen document",
            ("none", false) => "no document",
            ("valid", true) => "aanwezig",
            ("valid", false) => "present",
            ("expired", true) => "verlopen",
            ("altered", true) => "gewijzigd",
            ("missing", true) => "document ontbreekt",
            ("missing", false) => "document missing",
            ("not-yet", true) => "nog niet geldig",
            ("not-yet", false) => "not yet valid",
            (other, _) => other,
        };
        let says = if row.says == Some(Attested::Fail) { if nl { ", niet voldaan" } else { ", not met" } } else { "" };
        format!("{state}{says}")
    };
    let cells = rows.iter().map(|row| {
        let plateaus = super::list::span(&row.plateaus);
        let until = row.until.map(|d| d.to_string()).unwrap_or_else(|| "–".into());
        let mut title = row.title.clone();
        if let Some(version) = &row.other_version {
            title.push_str(&format!(
                " ({} {version})",
                if nl { "verklaard voor versie" } else { "attested for version" }
            ));
        }
        for problem in &row.problems {
            title.push_str(&format!("; {problem}"));
        }
        vec![row.id.clone(), plateaus, told(row), until, title]
    });
    let header: [&str; 5] = if nl {
        ["Eis", "Plateau", "Stand", "Geldig tot", "Titel"]
    } else {
        ["Requirement", "Plateau", "State", "Valid until", "Title"]
    };
    print!("{}", Screen::stdout().table(&header, &[1], cells.collect()));
    let count = |state: &str| rows.iter().filter(|r| r.state == state).count();
    let (all, valid, none) = (rows.len(), count("valid"), count("none"));
    let wrong = all - valid - none;
    let file = path.display();
    if nl {
        println!(
            "\n{file}: {all} eisen die met documenten worden getoond: {valid} aanwezig, {none} zonder document, {wrong} niet (meer) in orde"
        );
    } else {
        println!(
            "\n{file}: {all} requirements that documents show: {valid} present, {none} without a document, {wrong} not in order"
        );
    }
}
