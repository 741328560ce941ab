//! What an earlier bewijs leaves to be done again: read for `plan --since` and `run --since`, and told.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use twiin_harness::base::clock;
use twiin_harness::base::day::Day;
use twiin_harness::base::text::{Language, Text};
use twiin_harness::evidence::bewijs::since::Reason;
use twiin_harness::evidence::bewijs::verify::Options;
use twiin_harness::evidence::bewijs::{Earlier, Now, Since, since};
use twiin_harness::evidence::papers::PaperFiles;
use twiin_harness::plan::{Plan, Selection};
use twiin_harness::suite::Suite;

use super::exit::Problem;
use super::files::{Candidate, GivenMatrix, binary_sha256};
use super::select::Select;

/// An earlier bewijs, and what is known of it.
#[derive(Debug, Args)]
pub struct SinceArguments {
    /// Only what has to be done again since this bewijs; its scope holds where no other is asked for
    #[arg(long, value_name = "BEWIJS")]
    since: Option<PathBuf>,
    /// Whom to trust for what in that bewijs, YAML
    #[arg(long, value_name = "FILE", requires = "since")]
    policy: Option<PathBuf>,
    /// Signed list of bewijzen that were withdrawn; it counts only with a policy
    #[arg(long, value_name = "FILE", requires = "policy")]
    withdrawals: Vec<PathBuf>,
}

impl SinceArguments {
    /// The earlier bewijs, if one is named.
    pub fn read(&self) -> Result<Option<Earlier>, Problem> {
        let Some(path) = &self.since else { return Ok(None) };
        let bytes = super::bewijs::read(path)?;
        let policy = self.policy.as_deref().map(super::bewijs::policy).transpose()?;
        let withdrawals: Vec<Vec<u8>> =
            self.withdrawals.iter().map(|p| super::bewijs::read(p)).collect::<Result<_, _>>()?;
        let mut options = Options::new(policy.as_ref(), clock::now());
        options.withdrawals = &withdrawals;
        let earlier = Earlier::read(&bytes, &options, &binary_sha256());
        earlier.map(Some).map_err(|e| Problem::usage(format!("plan since {}: {e}", path.display())))
    }
}

/// What is asked for: as on the command line, and else as in the earlier bewijs.
pub fn selection(
    earlier: Option<&Earlier>,
    select: &Select,
    suite: &Suite,
    candidate: &Candidate,
) -> Result<Selection, Problem> {
    let mut selection = select.selection(suite, candidate)?;
    let Some(then) = earlier.and_then(|e| e.judged.as_ref()).map(|j| &j.config.selection) else {
        return Ok(selection);
    };
    if select.zorgtoepassing.is_empty() {
        selection.zorgtoepassingen.clone_from(&then.zorgtoepassingen);
    }
    if select.plateau.is_none() {
        selection.plateaus.clone_from(&then.plateaus);
    }
    if select.role.is_none() {
        selection.roles.retain(|role| then.roles.contains(role));
    }
    if select.only.is_none() {
        selection.only.clone_from(&then.only);
    }
    Ok(selection)
}

/// What is to be done again of a plan.
pub fn again(
    earlier: &Earlier,
    suite: &Suite,
    plan: &Plan,
    candidate: &Candidate,
    papers: &PaperFiles,
    matrix: Option<&GivenMatrix>,
) -> Result<Since, Problem> {
    let papers = papers.parse(suite).map_err(Problem::faults)?;
    Ok(since(
        earlier,
        &Now {
            suite,
            plan,
            candidate_text: &candidate.text,
            papers: &papers,
            matrix: matrix.map(|given| given.text.as_str()),
            harness: env!("CARGO_PKG_VERSION"),
            binary_sha256: &binary_sha256(),
            day: Day::of(clock::now()),
        },
    ))
}

/// The plan that is left when only that is done: by the scenarios, in every role that was asked for.
pub fn narrowed(found: &Since, suite: &Suite, plan: Plan, candidate: &Candidate) -> Result<Plan, Problem> {
    if found.left.is_empty() {
        return Ok(plan);
    }
    let again: BTreeSet<&str> = found.cases.iter().map(|c| c.case.as_str()).collect();
    let scenarios =
        plan.cases.iter().filter(|case| again.contains(case.id.as_str())).map(|case| case.scenario.as_str());
    let scenarios: BTreeSet<&str> = scenarios.collect();
    let scenarios: Vec<&str> = scenarios.into_iter().collect();
    let only = match scenarios.as_slice() {
        [one] => (*one).to_owned(),
        all => format!("{{{}}}", all.join(",")),
    };
    let selection = Selection { only: Some(only), ..plan.selection };
    Plan::new(suite, &candidate.file, selection).map_err(Problem::usage)
}

/// What must never be read into it.
fn caution() -> Text {
    Text::new(
        "Wat hier niet staat is niet opnieuw bewezen: daarvoor geldt alleen het eerdere bewijs, over de versie, het pack en de dag die het noemt.",
        "What does not stand here is not proven again: there only the earlier bewijs counts, about the version, the pack and the day that it names.",
    )
}

/// For a program.
pub fn as_json(found: &Since, plan: &Plan) -> Value {
    let reasons = |all: &[Reason]| -> Value {
        all.iter().map(|r| json!({"why": r.why.to_string(), "what": r.what, "text": r.text()})).collect()
    };
    let cases: Vec<Value> = found
        .cases
        .iter()
        .map(|c| json!({"case": c.case, "reasons": reasons(&c.reasons), "requirements": c.requirements}))
        .collect();
    let requirements: Vec<Value> = found
        .requirements
        .iter()
        .map(|r| json!({"id": r.id, "reasons": reasons(&r.reasons), "cases": r.by, "document": r.document}))
        .collect();
    json!({
        "since": found.id, "about": found.about, "selection": plan.selection, "whole": reasons(&found.whole),
        "cases": cases, "requirements": requirements, "left": found.left, "gone": found.gone, "unshown": found.unshown,
        "notes": found.notes, "caution": caution(),
    })
}

/// For people.
pub fn text(found: &Since, language: Language) -> String {
    let say = |nl: &'static str, en: &'static str| if language == Language::Nl { nl } else { en };
    let mut out = format!("{} {} ({})\n", say("Sinds", "Since"), found.id, found.about);
    for note in &found.notes {
        let _ = writeln!(out, "  {}", note.get(language));
    }
    if found.is_empty() {
        let _ = writeln!(
            out,
            "\n{}",
            say("Er is geen reden gevonden om iets over te doen.", "No reason was found to do anything again.")
        );
    }
    if !found.whole.is_empty() {
        let _ = writeln!(
            out,
            "\n{}",
            say(
                "Alles moet over, ook wat met documenten is getoond:",
                "Everything is to be done again, documents included:"
            )
        );
        reasons(&mut out, "  ", &found.whole, language);
    }
    if !found.cases.is_empty() {
        let _ = writeln!(out, "\n{}", say("Over te doen:", "To be done again:"));
    }
    for case in &found.cases {
        let _ = writeln!(out, "  {}", case.case);
        reasons(&mut out, "    ", &case.reasons, language);
        if !case.requirements.is_empty() {
            let _ = writeln!(out, "    {}: {}", say("toont", "shows"), case.requirements.join(", "));
        }
    }
    let told: Vec<_> = found.requirements.iter().filter(|r| !r.reasons.is_empty()).collect();
    if !told.is_empty() {
        let _ = writeln!(out, "\n{}", say("Eisen met een eigen reden:", "Requirements with a reason of their own:"));
    }
    for requirement in told {
        let _ = writeln!(out, "  {}", requirement.id);
        reasons(&mut out, "    ", &requirement.reasons, language);
        match (requirement.by.is_empty(), requirement.document) {
            (true, true) => {
                let _ = writeln!(
                    out,
                    "    {}",
                    say("met een document te tonen (attest)", "to be shown by a document (attest)")
                );
            }
            (true, false) => {
                let _ = writeln!(out, "    {}", say("niets in dit plan toont dit", "nothing in this plan shows it"));
            }
            _ => {}
        }
    }
    let documents = found.requirements.iter().filter(|r| r.by.is_empty() && r.document).count();
    let (cases, requirements, left) = (found.cases.len(), found.requirements.len(), found.left.len());
    let (gone, unshown) = (found.gone.len(), found.unshown.len());
    let _ = match language {
        Language::Nl => writeln!(
            out,
            "\n{cases} zaken over te doen en {left} zonder reden; {requirements} eisen opnieuw te tonen, waarvan {documents} met een document; {gone} niet meer gevraagd, {unshown} toen niet getest en nu door niets getoond"
        ),
        Language::En => writeln!(
            out,
            "\n{cases} cases to be done again and {left} without a reason; {requirements} requirements to be shown again, {documents} of them by a document; {gone} no longer asked for, {unshown} not tested then and shown by nothing now"
        ),
    };
    let _ = writeln!(out, "{}", caution().get(language));
    out
}

fn reasons(out: &mut String, indent: &str, all: &[Reason], language: Language) {
    for reason in all {
        let _ = writeln!(out, "{indent}{} ({})", reason.text().get(language), reason.why);
    }
}
