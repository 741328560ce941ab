//! `hl7 check`: what a file of HL7v3 or CDA in birth care is, and whether an acute handoff is what Nictiz says of it. The
//! expectations are those of the scenario that waits for such a message.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use twiin_harness::base::clock;
use twiin_harness::base::digest::sha256;
use twiin_harness::base::text::{Language, Text};
use twiin_harness::check::CheckSets;
use twiin_harness::judge::{Finding, Result as Outcome, case_findings};
use twiin_harness::plan::{Case, Plan, Selection};
use twiin_harness::report::plain::line;
use twiin_harness::suite::requirement::{Role, Severity, Subject};
use twiin_harness::suite::scenario::{Scenario, Step};
use twiin_harness::suite::{Action, Suite};
use twiin_harness::transcript::redact::Redactor;
use twiin_harness::transcript::select::Index;
use twiin_harness::transcript::{Direction, Endpoint, Event, EventKind, Exchange, StepOutcome};
use twiin_harness::wire::hl7v3::{Kind, Recognised, recognise};
use twiin_harness::wire::http::HttpRequest;
use twiin_harness::wire::xml::{self, Limits};

use super::exit::{Exit, Problem};
use super::files;
use super::lang::Lang;

const EXAMPLES: &str = "\
Birth care is a preview: Twiin has not adopted it, and nothing here is a verdict of Twiin.
Messages and documents for a registry are recognised and not judged.
Schemas, schematrons and document types that a file names are never fetched.

Exit codes:
  0  every file was recognised, and every acute handoff among them meets its requirements
  1  an acute handoff does not
  2  wrong arguments or files: a file that cannot be read, or is no XML
  3  a file is none of the messages and documents that are known

Examples:
  twiin-harness hl7 check handoff.xml
  twiin-harness hl7 check *.xml --format json --lang en";

#[derive(Debug, Subcommand)]
pub enum Arguments {
    /// Tell what messages of HL7v3 and documents of CDA in birth care are, and check acute handoffs
    Check(Check),
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Check {
    /// Messages or documents, one a file
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Format
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    format: String,
    #[command(flatten)]
    lang: Lang,
}

/// What came of a file.
struct Checked {
    file: String,
    sha256: String,
    recognised: Recognised,
    findings: Vec<Finding>,
}

impl Checked {
    /// What was not met and counts.
    fn faults(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| f.result != Outcome::Met)
    }
}

pub fn main(suite_dir: Option<&Path>, arguments: &Arguments) -> Result<Exit, Problem> {
    let Arguments::Check(check) = arguments;
    let suite = files::suite(suite_dir)?;
    let limits = Limits::default();
    let (checked, unread) = files::each(&check.files, limits.bytes, |file, bytes| look(&suite, file, bytes, &limits));
    match check.format.as_str() {
        "json" => println!("{:#}", as_json(&checked)),
        _ => print!("{}", as_text(&checked, check.lang.language)),
    }
    files::unless_unread(&unread, exit(&checked))
}

fn exit(checked: &[Checked]) -> Exit {
    if checked.iter().any(|one| one.faults().next().is_some()) {
        Exit::NotConformant
    } else if checked.iter().any(|one| !is_known(one.recognised.kind)) {
        Exit::Undetermined
    } else {
        Exit::Good
    }
}

fn is_known(kind: Kind) -> bool {
    matches!(kind, Kind::AcuteHandoff | Kind::Kernset | Kind::Neonatology)
}

fn look(suite: &Suite, file: String, bytes: Vec<u8>, limits: &Limits) -> Result<Checked, String> {
    let root = xml::parse(&bytes, limits).map_err(|e| format!("read {file}: {e}"))?;
    let recognised = recognise(&root);
    let sha256 = sha256(&bytes).0;
    let findings = if recognised.kind == Kind::AcuteHandoff { judged(suite, bytes) } else { Vec::new() };
    Ok(Checked { file, sha256, recognised, findings })
}

/// The scenario that waits for a message, and the step in which it does.
fn awaiting(suite: &Suite) -> Option<(&Scenario, &Step)> {
    let awaits = |step: &&Step| matches!(&step.action, Action::Await(a) if a.request == Endpoint::Hl7v3);
    suite.scenarios.values().find_map(|scenario| Some((scenario, scenario.file.steps.iter().find(awaits)?)))
}

/// Judges a message as if it had come in: redacted first, so that nobody's number or name is told.
fn judged(suite: &Suite, bytes: Vec<u8>) -> Vec<Finding> {
    let Some((scenario, step)) = awaiting(suite) else { return Vec::new() };
    let request = HttpRequest { method: "POST".into(), target: "/".into(), ..HttpRequest::default() };
    let request = request.with_body("application/xml", bytes);
    let exchange = Exchange {
        direction: Direction::FromCandidate,
        endpoint: Endpoint::Hl7v3,
        identity: "partner".into(),
        tls: None,
        request: Some(Redactor::new(Vec::new()).request(&request, "", true)),
        response: None,
        fault: None,
        began: clock::rfc3339(clock::now()),
        micros: 0,
    };
    let case = Case {
        id: format!("{}@{}", scenario.id, Role::Sending),
        scenario: scenario.id.clone(),
        zorgtoepassing: "geboortezorg".into(),
        role: Role::Sending,
        plateaus: scenario.file.plateaus.clone(),
        without: BTreeMap::new(),
    };
    let ended = EventKind::StepEnded {
        step: step.id.clone(),
        outcome: StepOutcome::Done,
        exchanges: vec![1],
        captured: BTreeMap::new(),
    };
    let events: Vec<Event> = [EventKind::Exchange(Box::new(exchange)), ended]
        .into_iter()
        .zip(1..)
        .map(|(event, seq)| Event { seq, at: String::new(), case: Some(case.id.clone()), attempt: 1, event })
        .collect();
    let plan = Plan {
        selection: Selection::everything(suite),
        subject: Subject::Gtk,
        cases: Vec::new(),
        exclusions: Vec::new(),
        requirements: BTreeMap::new(),
    };
    let findings = case_findings(suite, &plan, &CheckSets::default(), &Index::new(&events), &case);
    let counts = |finding: &Finding| {
        finding.verifies.iter().filter_map(|id| suite.requirements.get(id)).any(|listed| {
            let requirement = &listed.requirement;
            requirement.plateaus.iter().any(|plateau| requirement.severity(*plateau) > Severity::Information)
        })
    };
    findings.into_iter().filter(|finding| finding.step == step.id && counts(finding)).collect()
}

fn title(kind: Kind) -> Text {
    let (nl, en) = match kind {
        Kind::AcuteHandoff => ("Acute overdracht", "acute handoff"),
        Kind::Kernset => ("Kernset Geboortezorg, voor de registratie", "Kernset Geboortezorg, for the registry"),
        Kind::Neonatology => {
            ("Kernset Neonatologie (CDA), voor de registratie", "Kernset Neonatologie (CDA), for the registry")
        }
        Kind::OtherDocument => ("een ander CDA-document", "another document of CDA"),
        Kind::OtherMessage => ("een ander HL7v3-bericht", "another message of HL7v3"),
        Kind::Unknown => ("niet herkend", "not recognised"),
    };
    Text::new(nl, en)
}

fn outcome(one: &Checked) -> Text {
    let (nl, en) = match one.recognised.kind {
        Kind::AcuteHandoff if one.faults().next().is_none() => (
            "voldoet aan de eisen van Nictiz (preview, geen oordeel van Twiin)",
            "meets the requirements of Nictiz (preview, no verdict of Twiin)",
        ),
        Kind::AcuteHandoff => (
            "voldoet niet aan de eisen van Nictiz (preview, geen oordeel van Twiin)",
            "does not meet the requirements of Nictiz (preview, no verdict of Twiin)",
        ),
        Kind::Kernset | Kind::Neonatology => {
            ("geen uitwisseling tussen zorgaanbieders: geen oordeel", "no exchange between care providers: no verdict")
        }
        _ => ("geen oordeel", "no verdict"),
    };
    Text::new(nl, en)
}

fn as_json(checked: &[Checked]) -> Value {
    let finding = |finding: &Finding| {
        json!({
            "requirements": finding.verifies,
            "result": finding.result.to_string(),
            "expected": finding.expected,
            "found": finding.actual,
        })
    };
    let section =
        |section: &twiin_harness::wire::hl7v3::Section| json!({"code": section.code, "templates": section.templates});
    let files: Vec<Value> = checked
        .iter()
        .map(|one| {
            let found = &one.recognised;
            json!({
                "file": one.file,
                "sha256": one.sha256,
                "kind": found.kind.to_string(),
                "root": found.root,
                "interaction": found.interaction,
                "templates": found.templates,
                "code": found.code,
                "sections": found.sections.iter().map(section).collect::<Vec<_>>(),
                "findings": one.findings.iter().map(finding).collect::<Vec<_>>(),
                "outcome": outcome(one),
            })
        })
        .collect();
    json!({"adopted-by-twiin": false, "files": files})
}

fn as_text(checked: &[Checked], lang: Language) -> String {
    let pick = |nl, en| if lang == Language::En { en } else { nl };
    let mut out = String::new();
    for one in checked {
        let found = &one.recognised;
        out.push_str(&format!("{}: {} ({})\n", line(&one.file), title(found.kind).get(lang), line(&found.root)));
        let mut add = |label: &str, text: &str| out.push_str(&format!("  {label}: {}\n", line(text)));
        if !found.templates.is_empty() {
            add(pick("templates", "templates"), &found.templates.join(", "));
        }
        if let Some(code) = &found.code {
            add("code", code);
        }
        let sections: Vec<String> =
            found.sections.iter().map(|s| format!("{} ({})", s.code, s.templates.join(", "))).collect();
        if !sections.is_empty() {
            add(pick("secties", "sections"), &sections.join("; "));
        }
        for fault in one.faults() {
            let ids: Vec<String> = fault.verifies.iter().map(ToString::to_string).collect();
            out.push_str(&format!("  ✗ {}: {}\n", ids.join(", "), line(fault.expected.get(lang))));
            out.push_str(&format!("      {} {}\n", pick("gevonden", "found"), line(&fault.actual)));
        }
        out.push_str(&format!("  → {}\n", outcome(one).get(lang)));
    }
    out
}
