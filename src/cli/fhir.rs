//! `fhir check`: resources and Bundles against profiles, offline, with everything that was not evaluated by name.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use twiin_harness::base::digest::sha256;
use twiin_harness::base::text::{Language, Text};
use twiin_harness::check::structure::{Finding, NotEvaluated, Options, Outcome, ProfileChecker, Severity};
use twiin_harness::packages::{self, Named, Package, PackagesError, Wanted};
use twiin_harness::report::plain::line;
use twiin_harness::wire::fhir::Limits;
use twiin_harness::wire::fhir::definitions::{Definitions, PackageLimits, Release};

use super::exit::{Exit, Problem};
use super::files;
use super::lang::Lang;
use super::packages::Given;

const EXAMPLES: &str = "\
Without --fhir-package all pinned packages of the release are used (`twiin-harness packages list`). Profiles on other
profiles, and all types, need the packages that they build on: give hl7.fhir.r3.core or hl7.fhir.r4.core too.

Exit codes:
  0  everything was evaluated and conforms
  1  something does not conform
  2  wrong arguments or files: a file that cannot be read takes nothing from the others
  3  no error was found, but not everything could be evaluated: what, is listed by name

Examples:
  twiin-harness fhir check patient.json --fhir-package hl7.fhir.r3.core@3.0.2 --fhir-package zib2017.tgz
  twiin-harness fhir check handoff.xml --profile http://nictiz.nl/fhir/StructureDefinition/eOverdracht-NursingHandoff
  twiin-harness fhir check *.json --fhir-release r4 --fhir-package definitions/ --format json";

#[derive(Debug, Subcommand)]
pub enum Arguments {
    /// Check resources and Bundles (JSON, XML) against the profiles that they claim and those that are named
    Check(Check),
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Check {
    /// Resources or Bundles, one a file: JSON or XML
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Canonical URL of a profile for the resource itself, besides what `meta.profile` claims; may be repeated
    #[arg(long, value_name = "URL")]
    profile: Vec<String>,
    #[command(flatten)]
    given: Given,
    /// Release of FHIR; default: the one that the packages have definitions of
    #[arg(long, value_name = "RELEASE", value_parser = ["stu3", "r4"])]
    fhir_release: Option<String>,
    /// Format
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    format: String,
    #[command(flatten)]
    lang: Lang,
}

/// How much of a document is read: a Bundle of 10,000 entries is well within it.
const LIMITS: Limits = Limits { bytes: 64 * 1024 * 1024, depth: 100, nodes: 5_000_000 };

/// What came of a file.
struct Checked {
    file: String,
    sha256: String,
    outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Came {
    Conforms,
    DoesNotConform,
    Undetermined,
}

pub fn main(arguments: &Arguments) -> Result<Exit, Problem> {
    let Arguments::Check(check) = arguments;
    let release = check.fhir_release.as_deref().and_then(|name| name.parse().ok());
    let (definitions, used) = given(&check.given, release)?;
    let checker = ProfileChecker::new(definitions, Options::default());
    let profiles: Vec<&str> = check.profile.iter().map(String::as_str).collect();
    let (checked, unread) = files::each(&check.files, LIMITS.bytes, |file, bytes| {
        let outcome = checker.check_bytes(&bytes, &profiles, &LIMITS);
        Ok(Checked { file, sha256: sha256(&bytes).0, outcome })
    });
    let release = checker.definitions().release();
    match check.format.as_str() {
        "json" => println!("{:#}", as_json(release, &used, &checked)),
        _ => print!("{}", as_text(release, &used, &checked, check.lang.language)),
    }
    files::unless_unread(&unread, exit(&checked))
}

/// The definitions of one release in what was given, or else in what is pinned.
pub fn given(given: &Given, release: Option<Release>) -> Result<(Definitions, Vec<Named>), Problem> {
    let store = given.kept.store()?;
    let wanted = match given.packages.is_empty() {
        true => store.pins().map_err(Problem::usage)?.into_keys().map(Wanted::Pinned).collect(),
        false => given.packages.clone(),
    };
    if wanted.is_empty() {
        let text = format!(
            "find FHIR definitions: no --fhir-package is given, and nothing is pinned in {}; \
             `twiin-harness packages add hl7.fhir.r3.core@3.0.2` fetches and pins a package",
            store.dir().display()
        );
        return Err(Problem::usage(text));
    }
    let limits = PackageLimits::default();
    let loaded = packages::load(&wanted, &store, &limits).map_err(Problem::usage)?;
    let Some(release) = release else { return only_release(&loaded, &limits) };
    packages::definitions(&loaded, release, &limits).map_err(Problem::usage)
}

/// What holds resources against the packages that were given, one for each release that they have definitions of; none when
/// none was given: what is pinned does not take part by itself.
pub fn checkers(given: &Given) -> Result<Vec<(ProfileChecker, Vec<Named>)>, Problem> {
    if given.packages.is_empty() {
        return Ok(Vec::new());
    }
    let limits = PackageLimits::default();
    let loaded = packages::load(&given.packages, &given.kept.store()?, &limits).map_err(Problem::usage)?;
    let found = by_release(&loaded, &limits)?;
    if found.is_empty() {
        return Err(Problem::usage(NO_DEFINITION));
    }
    let ready = |(definitions, used)| (ProfileChecker::new(definitions, Options::default()), used);
    Ok(found.into_iter().map(ready).collect())
}

/// The packages that are used, each once.
pub fn named(checkers: &[(ProfileChecker, Vec<Named>)]) -> Vec<Named> {
    let all: BTreeSet<&Named> = checkers.iter().flat_map(|(_, used)| used).collect();
    all.into_iter().cloned().collect()
}

const NO_DEFINITION: &str = "use the FHIR packages: none of them has a definition of STU3 or R4";

/// The definitions of each release that there are any of.
fn by_release(loaded: &[Package], limits: &PackageLimits) -> Result<Vec<(Definitions, Vec<Named>)>, Problem> {
    let mut found = Vec::new();
    for release in [Release::Stu3, Release::R4] {
        match packages::definitions(loaded, release, limits) {
            Ok((definitions, used)) if definitions.structures().next().is_some() => found.push((definitions, used)),
            Ok(_) | Err(PackagesError::NoRelease(_)) => {}
            Err(error) => return Err(Problem::usage(error)),
        }
    }
    Ok(found)
}

fn only_release(loaded: &[Package], limits: &PackageLimits) -> Result<(Definitions, Vec<Named>), Problem> {
    let mut found = by_release(loaded, limits)?;
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(_), false) => Err(Problem::usage(
            "choose a FHIR release: the packages have definitions of STU3 and of R4; say --fhir-release stu3 or r4",
        )),
        (None, _) => Err(Problem::usage(NO_DEFINITION)),
    }
}

fn result(outcome: &Outcome) -> Came {
    match outcome.errors().next() {
        Some(_) => Came::DoesNotConform,
        None if outcome.is_validated() => Came::Conforms,
        None => Came::Undetermined,
    }
}

fn exit(checked: &[Checked]) -> Exit {
    let has = |wanted: Came| checked.iter().any(|one| result(&one.outcome) == wanted);
    if has(Came::DoesNotConform) {
        Exit::NotConformant
    } else if has(Came::Undetermined) {
        Exit::Undetermined
    } else {
        Exit::Good
    }
}

fn as_json(release: Release, used: &[Named], checked: &[Checked]) -> Value {
    let finding = |finding: &Finding| {
        let mut value = json!(finding);
        value["message"] = json!(finding.code.title());
        value["advice"] = json!(finding.code.advice());
        value
    };
    let open = |open: &NotEvaluated| {
        let mut value = json!(open);
        value["message"] = json!(open.reason.title());
        value["advice"] = json!(open.reason.advice());
        value
    };
    let files: Vec<Value> = checked
        .iter()
        .map(|Checked { file, sha256, outcome }| {
            json!({
                "file": file,
                "sha256": sha256,
                "result": match result(outcome) {
                    Came::Conforms => "conforms",
                    Came::DoesNotConform => "does-not-conform",
                    Came::Undetermined => "undetermined",
                },
                "profiles": outcome.profiles,
                "findings": outcome.findings.iter().map(finding).collect::<Vec<_>>(),
                "not-evaluated": outcome.not_evaluated.iter().map(open).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({ "release": release, "packages": used, "files": files })
}

fn as_text(release: Release, used: &[Named], checked: &[Checked], lang: Language) -> String {
    let pick = |nl: &'static str, en: &'static str| if lang == Language::Nl { nl } else { en };
    let mut out = format!("FHIR {release}, {}:\n", pick("definities uit", "definitions of"));
    for package in used {
        out.push_str(&format!("  {}\n", line(&package.to_string())));
    }
    for one in checked {
        out.push('\n');
        out.push_str(&file_text(one, lang));
    }
    out
}

fn file_text(Checked { file, outcome, .. }: &Checked, lang: Language) -> String {
    let pick = |nl: &'static str, en: &'static str| if lang == Language::Nl { nl } else { en };
    let mut out = format!("{}: {}\n", line(file), verdict(outcome).get(lang));
    match outcome.profiles.as_slice() {
        [] => out.push_str(pick(
            "  getoetst aan de standaard alleen: er is geen profiel genoemd of voorhanden\n",
            "  held against the standard alone: no profile is claimed, named or at hand\n",
        )),
        profiles => {
            let profiles = line(&profiles.join(", "));
            out.push_str(&format!("  {} {profiles}\n", pick("getoetst aan", "held against")));
        }
    }
    for finding in &outcome.findings {
        let mark = if finding.severity == Severity::Error { "✗" } else { "▲" };
        let place = if finding.pointer.is_empty() { "/" } else { &finding.pointer };
        out.push_str(&format!("  {mark} {}: {}\n", line(place), finding.code.title().get(lang)));
        let seen = format!(
            "{} {}; {} {}",
            pick("verwacht", "expected"),
            finding.expected.get(lang),
            pick("gevonden", "found"),
            finding.found.get(lang)
        );
        out.push_str(&format!("      {}\n", line(&seen)));
        if !finding.profile.is_empty() {
            out.push_str(&format!("      {} ({})\n", line(&finding.element), line(&finding.profile)));
        }
        out.push_str(&format!("      → {}\n", finding.code.advice().get(lang)));
    }
    for open in &outcome.not_evaluated {
        let place = if open.pointer.is_empty() { "/" } else { &open.pointer };
        let label = pick("niet beoordeeld", "not evaluated");
        out.push_str(&format!("  ? {}: {label}: {}\n", line(place), line(&open.what)));
        let by = match open.profile.is_empty() {
            true => String::new(),
            false => format!(" ({})", line(&open.profile)),
        };
        out.push_str(&format!("      {}{by}\n", open.reason.title().get(lang)));
        out.push_str(&format!("      → {}\n", open.reason.advice().get(lang)));
    }
    out
}

/// What is concluded. That something conforms is said only when everything was evaluated.
fn verdict(outcome: &Outcome) -> Text {
    let errors = outcome.errors().count();
    let warnings = outcome.findings.len() - errors;
    let open = outcome.not_evaluated.len();
    let (nl, en) = match result(outcome) {
        Came::Conforms => ("voldoet", "conforms"),
        Came::DoesNotConform => ("voldoet niet", "does not conform"),
        Came::Undetermined => (
            "onbeslist: geen fout gevonden, maar niet alles kon worden beoordeeld",
            "undetermined: no error found, but not everything could be evaluated",
        ),
    };
    Text::new(
        format!("{nl} (fouten: {errors}, waarschuwingen: {warnings}, niet beoordeeld: {open})"),
        format!("{en} (errors: {errors}, warnings: {warnings}, not evaluated: {open})"),
    )
}
