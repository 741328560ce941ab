//! `init`: a commented candidate file and a test PKI.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use twiin_harness::plan::Selection;
use twiin_harness::run::self_test_kit;
use twiin_harness::suite::CandidateFile;
use twiin_harness::suite::requirement::Role;
use twiin_harness::suite::schema::{EDITOR_MARK, FileKind};

use super::exit::{Exit, Problem};
use super::files;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder to write in
    #[arg(default_value = "twiin", value_name = "DIR")]
    dir: PathBuf,
}

/// The schema stands beside the candidate file, so that an editor knows its words without the suite.
const SCHEMA: &str = "candidate.schema.json";

/// The candidate file with the line by which editors find the schema beside it.
fn with_schema(text: &str) -> String {
    let rest = match text.split_once('\n') {
        Some((first, rest)) if first.starts_with(EDITOR_MARK) => rest,
        _ => text,
    };
    format!("{EDITOR_MARK}{SCHEMA}\n{rest}")
}

/// What a node with the endpoints of the candidate file publishes of them.
fn published(file: &CandidateFile) -> String {
    let role = |role: Role| {
        let endpoints = file.endpoints(role)?;
        Some(json!({"fhir-base": endpoints.fhir_base, "token-endpoint": endpoints.token_endpoint}))
    };
    let record = json!({
        "ura": file.organisation.ura, "sending": role(Role::Sending), "receiving": role(Role::Receiving),
    });
    format!("{record:#}\n")
}

pub fn main(suite_dir: Option<&Path>, arguments: &Arguments) -> Result<Exit, Problem> {
    let suite = files::suite(suite_dir)?;
    let candidate = files::reference(&suite, false)?;
    let path = arguments.dir.join("candidate.yaml");
    if path.exists() {
        return Err(Problem::usage(format!("write {}: it exists; name another folder", path.display())));
    }
    let selection = Selection::everything(&suite);
    let zorgtoepassing = selection.zorgtoepassingen.first().cloned().unwrap_or_default();
    let (kit, pki) =
        self_test_kit(&suite, &zorgtoepassing, &selection.release, &candidate.file, None).map_err(Problem::usage)?;
    let status = candidate.file.harness.status.as_ref().map(|s| s.base_url.as_str());
    files::write_pki(&arguments.dir.join("pki"), &kit, &pki, status)?;
    let write = |path: &Path, text: String| {
        std::fs::write(path, text).map_err(|e| Problem::usage(format!("write {}: {e}", path.display())))
    };
    write(&path, with_schema(&candidate.text.replace("../../reports/pki/", "pki/")))?;
    write(&arguments.dir.join(SCHEMA), FileKind::Candidate.schema_text())?;
    if let Some(name) = &candidate.file.published_addresses {
        write(&arguments.dir.join(name), published(&candidate.file))?;
    }
    println!("{}", path.display());
    println!("{}", arguments.dir.join("pki").display());
    println!("Fill in product, organisation and endpoints, let your node trust pki/root.pem, and run:");
    println!("  twiin-harness plan --candidate {}", path.display());
    println!("  twiin-harness attest --list --candidate {}", path.display());
    println!("  twiin-harness run --candidate {}", path.display());
    Ok(Exit::Good)
}
