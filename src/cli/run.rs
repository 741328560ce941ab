//! `run`: drive a candidate, judge it, sign the evidence.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;
use twiin_harness::base::bsn;
use twiin_harness::base::clock;
use twiin_harness::base::text::{Language, Text};
use twiin_harness::check::{CheckSets, Verdict};
use twiin_harness::deviation::Deviation;
use twiin_harness::evidence::folder::{self, Judged, RunConfig, Tool};
use twiin_harness::evidence::model::Evidence;
use twiin_harness::evidence::model::Kind;
use twiin_harness::evidence::sign;
use twiin_harness::net::pki::{LeafFlaw, TestPki};
use twiin_harness::plan::Plan;
use twiin_harness::report::{Format, TerminalOptions, render};
use twiin_harness::run::{
    Bench, Embedded, Kit, Operator, Options, Progress, kit, run, self_test_kits, structure_check,
};
use twiin_harness::suite::Suite;
use twiin_harness::suite::candidate::{CandidateFile, TriggerMeans};
use twiin_harness::suite::load::LoadedProfile;
use twiin_harness::transcript::store::Writer;
use twiin_harness::transcript::{EventKind, StructureCheck};

use super::exit::{Exit, Problem};
use super::expect::{self, Held};
use super::fhir;
use super::files::{self, Candidate};
use super::outcome::Shown;
use super::packages::Given;
use super::papers::{self, PaperArguments};
use super::progress;
use super::select::Select;
use super::sign::{SignArguments, Signer, signer};
use super::since::{self, SinceArguments};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    select: Select,
    #[command(flatten)]
    since: SinceArguments,
    /// Cases at the same time; default: 8 in a self-test, 1 against a candidate file
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Folder for the run; default: reports/runs/<run>
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Let the built-in reference GtK misbehave in one named way (see `list deviations`)
    #[arg(long, value_name = "NAME", conflicts_with = "candidate")]
    deviation: Option<String>,
    /// Run trigger commands that the candidate file names
    #[arg(long)]
    allow_commands: bool,
    /// Authorization matrix that the candidate is configured with, instead of the one of its file
    #[arg(long, value_name = "FILE")]
    matrix: Option<PathBuf>,
    #[command(flatten)]
    papers: PaperArguments,
    #[command(flatten)]
    packages: Given,
    #[command(flatten)]
    sign: SignArguments,
    /// How often a case is done at most; one that holds in a later attempt only is flaky, never passed
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10))]
    attempts: u32,
    /// Let the reference GtK leave its deviation after this attempt, to see what a flaky candidate looks like
    #[arg(long, value_name = "N", requires = "deviation", value_parser = clap::value_parser!(u32).range(1..))]
    heals_after: Option<u32>,
    /// Expected failures, each with reason, owner and last day; they rule the exit code and never the evidence
    #[arg(long, value_name = "FILE")]
    expect: Option<PathBuf>,
    /// Audit log of the candidate, read when the run has ended: AuditEvents (JSON), audit messages (XML, syslog) or a table
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// What the columns of that table hold (YAML)
    #[arg(long, value_name = "FILE", requires = "log")]
    log_mapping: Option<PathBuf>,
    /// What is printed for a build server besides the summary; pdf and timeline write report.pdf and timeline.html in the
    /// folder of the run
    #[arg(
        long,
        default_value = "terminal",
        value_delimiter = ',',
        value_parser = ["terminal", "github", "gitlab", "plateau", "pdf", "timeline"]
    )]
    format: Vec<String>,
    /// Print no progress
    #[arg(long)]
    quiet: bool,
}

/// Asks at the terminal.
struct Terminal {
    language: Language,
}

impl Operator for Terminal {
    fn ask(&self, question: &Text, limit: Duration) -> bool {
        use std::io::{BufRead as _, IsTerminal as _};
        if !std::io::stdin().is_terminal() {
            return false;
        }
        let (done, skip) = match self.language {
            Language::Nl => ("Enter = gedaan", "s = overslaan"),
            Language::En => ("Enter = done", "s = skip"),
        };
        eprintln!("\n>>> {}\n    [{done}, {skip}; {} s] ", question.get(self.language), limit.as_secs());
        let (sender, receiver) = std::sync::mpsc::channel();
        // The reader outlives the question when nobody answers; the next answer then belongs to the next question.
        std::thread::spawn(move || {
            let mut line = String::new();
            let read = std::io::stdin().lock().read_line(&mut line).is_ok();
            let _ = sender.send(read && !line.trim().eq_ignore_ascii_case("s"));
        });
        receiver.recv_timeout(limit).unwrap_or(false)
    }
}

pub fn main(suite_dir: Option<&Path>, arguments: &Arguments) -> Result<Exit, Problem> {
    let suite = Arc::new(files::suite(suite_dir)?);
    let select = &arguments.select;
    let candidate = select.candidate(&suite)?;
    check_patients(&candidate.file)?;
    check_uras(&candidate.file)?;
    let earlier = arguments.since.read()?;
    let mut selection = since::selection(earlier.as_ref(), select, &suite, &candidate)?;
    let checkers = fhir::checkers(&arguments.packages)?;
    selection.fhir_packages = fhir::named(&checkers);
    let mut plan = Plan::new(&suite, &candidate.file, selection).map_err(Problem::usage)?;
    let deviation = arguments.deviation.as_deref().map(deviation).transpose()?;
    let matrix = files::matrix(&suite, &plan, &candidate, arguments.matrix.as_deref())?;
    let files = papers::read(&arguments.papers, &candidate, &suite)?;
    if let Some(earlier) = earlier {
        let found = since::again(&earlier, &suite, &plan, &candidate, &files, matrix.as_ref())?;
        if !arguments.quiet || found.cases.is_empty() {
            eprint!("{}", since::text(&found, select.language()));
        }
        if found.cases.is_empty() {
            return Ok(Exit::Undetermined);
        }
        plan = since::narrowed(&found, &suite, plan, &candidate)?;
    }
    // An organisation without endpoints has documents only: there is nobody to exchange with.
    let (bench, pki) = match candidate.file.is_papers_only() {
        true => (None, None),
        false => bench(&suite, &plan, &candidate, arguments, deviation, matrix.as_ref())
            .map(|(bench, pki)| (Some(bench), pki))?,
    };
    let signer = signer(&arguments.sign, select.candidate.is_none(), pki.as_deref())?;
    one_package(signer.kind, &plan.selection.zorgtoepassingen)?;
    let expectations = arguments.expect.as_deref().map(|path| expect::load(path, &suite)).transpose()?;

    let config = RunConfig {
        run: run_id(),
        selection: plan.selection.clone(),
        embedded: select.candidate.is_none(),
        deviation: deviation.map(|d| d.word().to_owned()),
        other_data: select.data.is_some(),
        attempts: arguments.attempts,
        heals_after: arguments.heals_after,
        suite: files::suite_folder(suite_dir),
        dossier: files.dossier.is_some(),
        waivers: files.waivers.is_some(),
    };
    let dir = arguments.out.clone().unwrap_or_else(|| Path::new("reports/runs").join(&config.run));
    if dir.join(folder::TRANSCRIPT).exists() {
        return Err(Problem::usage(format!(
            "write the run in {}: there is a run in it already; name another --out",
            dir.display()
        )));
    }
    folder::begin(&dir, &config, &suite, &candidate.text).map_err(Problem::evidence)?;
    folder::add_papers(&dir, &files).map_err(Problem::evidence)?;
    if let Some(matrix) = &matrix {
        folder::write(&dir, folder::MATRIX, matrix.text.as_bytes()).map_err(Problem::evidence)?;
    }
    let writer = Writer::create(&dir.join(folder::TRANSCRIPT)).map_err(Problem::evidence)?;

    let structure = (!checkers.is_empty()).then(|| structure_check(checkers));
    let jobs = arguments.jobs.unwrap_or(if config.embedded { 8 } else { 1 });
    let data = suite.check_data(&plan.selection.zorgtoepassingen, &plan.selection.release, &candidate.file);
    let data = data.deciding(config.embedded, matrix.map(|given| given.matrix));
    match bench {
        Some(bench) => drive(&suite, &plan, bench, &writer, data, Driving { jobs, structure }, arguments)?,
        None => papers_only(&writer),
    }
    writer.finish().map_err(Problem::evidence)?;
    take_log(&dir, arguments, &candidate)?;

    let (evidence, judged) = conclude(&dir, &suite, &signer, select.language())?;
    let held = expectations.map(|expectations| Held::new(expectations, &judged));
    let shown = Shown { evidence: &evidence, held: held.as_ref(), language: select.language() };
    shown.in_formats(&dir, &arguments.format)?;
    Ok(held.map_or_else(|| decision(&evidence), |held| held.exit()))
}

/// Takes in the audit log that the command line or the candidate file names.
fn take_log(dir: &Path, arguments: &Arguments, candidate: &Candidate) -> Result<(), Problem> {
    let declared = candidate.file.audit_log.as_ref();
    let named = arguments.log.clone().or_else(|| declared?.file.as_ref().map(|f| candidate.dir.join(f)));
    let Some(file) = named else { return Ok(()) };
    let mapping = match &arguments.log_mapping {
        Some(path) => Some(files::mapping(path)?),
        None => declared.and_then(|d| d.mapping.clone()),
    };
    folder::take_log(dir, &file, mapping.as_ref(), &candidate.file.patients.fictitious).map_err(Problem::usage)
}

pub(super) fn decision(evidence: &Evidence) -> Exit {
    use twiin_harness::evidence::model::Conclusion;
    match evidence.conclusion {
        Conclusion::Conformant | Conclusion::ConformantWithWaivers => Exit::Good,
        Conclusion::NotConformant => Exit::NotConformant,
        Conclusion::Undetermined => Exit::Undetermined,
    }
}

/// The transcript of a run in which nothing was sent.
fn papers_only(writer: &Writer) {
    writer.append(None, EventKind::RunStarted { harness: env!("CARGO_PKG_VERSION").to_owned() });
    writer.append(None, EventKind::RunEnded { complete: true });
}

/// Evidence for a validation file is about one zorgtoepassing (PROC-01); a self-test may be about all.
fn one_package(kind: Kind, asked: &[String]) -> Result<(), Problem> {
    if kind == Kind::SelfTest || asked.len() == 1 {
        return Ok(());
    }
    Err(Problem::usage(format!(
        "sign evidence for {}: a package is about one zorgtoepassing (PROC-01); name one with --zorgtoepassing",
        asked.join(", ")
    )))
}

/// An id that sorts by time and collides with nobody.
fn run_id() -> String {
    let now = clock::rfc3339(clock::now());
    let stamp: String = now.chars().take(19).filter(|c| *c != ':' && *c != '-').collect();
    format!("{stamp}Z-{}", &uuid::Uuid::new_v4().simple().to_string()[..8])
}

pub fn deviation(name: &str) -> Result<Deviation, Problem> {
    use strum::VariantNames as _;
    name.parse().map_err(|_| {
        let near = twiin_harness::base::nearest::nearest(name, Deviation::VARIANTS.iter().copied());
        let help = near.map(|n| format!("; did you mean `{n}`?")).unwrap_or_else(|| "; see `list deviations`".into());
        Problem::usage(format!("misbehave by `{name}`: there is no such deviation{help}"))
    })
}

/// Refuses a URA outside the list of test URAs before anything is sent (GF-HAR-010).
fn check_uras(file: &CandidateFile) -> Result<(), Problem> {
    match file.foreign_uras().first() {
        Some(ura) => Err(Problem::usage(format!(
            "use the URA {ura}: it is not one of test-uras, and only the URAs listed there are used"
        ))),
        None => Ok(()),
    }
}

/// Refuses a BSN outside the fictitious set before anything is sent (GF-ID-009).
fn check_patients(file: &CandidateFile) -> Result<(), Problem> {
    if file.is_papers_only() {
        return Ok(());
    }
    let patients = &file.patients;
    if let Some(wrong) = patients.fictitious.iter().find(|b| !bsn::passes_eleven_test(b)) {
        let shown: String = wrong.chars().take(3).collect();
        return Err(Problem::usage(format!("use the BSN {shown}… of patients.fictitious: it fails the eleven test")));
    }
    if !patients.fictitious.contains(&patients.referral) {
        return Err(Problem::usage(
            "use patients.referral: this BSN is not one of patients.fictitious, and only fictitious patients are used",
        ));
    }
    if patients.unknown.as_ref().is_some_and(|bsn| !patients.fictitious.contains(bsn)) {
        return Err(Problem::usage("use patients.unknown: this BSN is not one of patients.fictitious"));
    }
    Ok(())
}

fn bench(
    suite: &Suite,
    plan: &Plan,
    candidate: &Candidate,
    arguments: &Arguments,
    deviation: Option<Deviation>,
    matrix: Option<&files::GivenMatrix>,
) -> Result<(Bench, Option<Arc<TestPki>>), Problem> {
    let asked = &plan.selection.zorgtoepassingen;
    let select = &arguments.select;
    let (release, data) = (&plan.selection.release, files::own_data(select.data.as_deref(), select.test_day));
    // Records, images and letters do not come out of one folder: the last two only where nothing else is asked for.
    let is_other = |loaded: &LoadedProfile| loaded.has_gateway() || loaded.profile.exchange_of.is_some();
    let other = |name: &str| suite.profiles.get(name).is_some_and(is_other);
    let data_of = |name: &str| data.filter(|_| asked.len() == 1 || !other(name));
    let no_profile = || Problem::usage("run: no zorgtoepassing was asked for");
    let given = |kit: &mut Kit| {
        kit.allow_commands = arguments.allow_commands;
        kit.gtk.matrix = matrix.map(|given| given.matrix.clone()).or(kit.gtk.matrix.take());
    };
    if arguments.select.candidate.is_none() {
        let (mut kits, pki) =
            self_test_kits(suite, asked, release, &candidate.file, &data_of).map_err(Problem::usage)?;
        kits.iter_mut().for_each(|(_, kit)| given(kit));
        return Ok((Bench::new(kits, Some(Embedded { deviation })).ok_or_else(no_profile)?, Some(pki)));
    }
    let mut kits = Vec::new();
    for name in asked {
        let mut kit =
            kit(suite, name, release, &candidate.file, &candidate.dir, data_of(name)).map_err(Problem::usage)?;
        given(&mut kit);
        kits.push((name.clone(), kit));
    }
    let bench = Bench::new(kits, None).ok_or_else(no_profile)?;
    let commands = candidate.file.triggers.values().any(|t| matches!(t, TriggerMeans::Command(_)));
    if commands && !arguments.allow_commands {
        return Err(Problem::usage(
            "run trigger commands: the candidate file names commands; give --allow-commands if you trust it",
        ));
    }
    warn_of_certificates(&bench.kit);
    Ok((bench, None))
}

/// Says of our own good certificates what would make every case fail.
fn warn_of_certificates(kit: &Kit) {
    for identity in kit.identities.values() {
        let Ok(credential) = identity.credential(LeafFlaw::None) else { continue };
        for warning in credential.warnings(clock::now()) {
            eprintln!("warning: harness.identities.{}: {warning}", identity.name);
        }
    }
}

/// How the cases are driven.
struct Driving {
    jobs: usize,
    structure: Option<StructureCheck>,
}

fn drive(
    suite: &Arc<Suite>,
    plan: &Plan,
    bench: Bench,
    writer: &Writer,
    data: CheckSets,
    Driving { jobs, structure }: Driving,
    arguments: &Arguments,
) -> Result<(), Problem> {
    let cancel = Arc::new(AtomicBool::new(false));
    let shown = progress::Shown::new(plan.cases.len(), arguments.quiet);
    let data = Arc::new(data);
    let again = {
        let (suite, plan, writer, data) = (suite.clone(), plan.clone(), writer.clone(), data.clone());
        let attempts = arguments.attempts;
        move |attempt| if attempt < attempts { to_repeat(&suite, &plan, &data, &writer) } else { Vec::new() }
    };
    let progress = {
        let (suite, plan, writer) = (suite.clone(), plan.clone(), writer.clone());
        let shown = Arc::new(shown);
        let told = shown.clone();
        let quiet = arguments.quiet;
        let tell = move |progress: Progress| match progress {
            // Judging a case early is for those who look on.
            _ if quiet => {}
            Progress::Began { case } => told.began(&case),
            Progress::Again { attempt, cases } => told.again(attempt, cases),
            Progress::Ended { case, .. } => told.ended(&case, verdict_of(&suite, &plan, &data, &writer, &case)),
        };
        (tell, shown)
    };
    let options = Options {
        jobs,
        progress: Box::new(progress.0),
        operator: Box::new(Terminal { language: arguments.select.language() }),
        cancel: cancel.clone(),
        again: Box::new(again),
        heals_after: arguments.heals_after,
        structure,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Problem::usage)?;
    runtime.block_on(async {
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                cancel.store(true, Ordering::Relaxed);
                eprintln!("ending after the exchanges at hand; press Ctrl-C again to stop at once");
                let _ = tokio::signal::ctrl_c().await;
                std::process::exit(3);
            }
        });
        run(suite.clone(), plan, Arc::new(bench), writer.clone(), options).await;
    });
    runtime.shutdown_background();
    progress.1.finish();
    Ok(())
}

/// Cases whose last attempt left something that another one may settle.
fn to_repeat(suite: &Suite, plan: &Plan, data: &CheckSets, writer: &Writer) -> Vec<String> {
    // A disk that fails ends the run, and is told of then.
    let Ok(events) = writer.so_far() else { return Vec::new() };
    let judgement = twiin_harness::judge::judge(suite, plan, data, &events);
    judgement.cases.into_iter().filter(|(_, c)| c.is_worth_another_attempt()).map(|(id, _)| id).collect()
}

/// What a case amounts to so far, for the progress display.
fn verdict_of(suite: &Suite, plan: &Plan, data: &CheckSets, writer: &Writer, case: &str) -> Verdict {
    let mut only = plan.clone();
    only.cases.retain(|c| c.id == case);
    let judgement = twiin_harness::judge::judge(suite, &only, data, &writer.of_case(case).unwrap_or_default());
    Verdict::all(judgement.requirements.values().map(|o| o.verdict).filter(|v| *v != Verdict::NotTested))
}

/// Judges what lies in the folder, signs it and renders it.
pub(super) fn conclude(
    dir: &Path,
    suite: &Suite,
    signer: &Signer,
    language: Language,
) -> Result<(Evidence, Judged), Problem> {
    let judged = folder::load_by(dir, suite.clone()).map_err(Problem::evidence)?;
    let tool = Tool { kind: signer.kind, binary_sha256: files::binary_sha256() };
    let evidence = judged.evidence(dir, &tool).map_err(Problem::evidence)?;
    let payload = sign::payload(&evidence).map_err(Problem::evidence)?;
    let signed = sign::sign(&payload, signer.kind, &signer.credential).map_err(Problem::evidence)?;
    folder::write(dir, folder::EVIDENCE, &payload).map_err(Problem::evidence)?;
    folder::write(dir, folder::SIGNED, &signed).map_err(Problem::evidence)?;
    for (format, name) in [(Format::Html, "report.html"), (Format::Junit, "junit.xml")] {
        let bytes = render(&evidence, format, language, &TerminalOptions::default()).map_err(Problem::evidence)?;
        folder::write(dir, name, &bytes).map_err(Problem::evidence)?;
    }
    Ok((evidence, judged))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_for_a_validation_file_is_about_one_zorgtoepassing() {
        let asked = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        assert!(one_package(Kind::ValidationEvidence, &asked(&["bgz"])).is_ok());
        assert!(one_package(Kind::ValidationEvidence, &asked(&["bgz", "correspondentie"])).is_err());
        assert!(one_package(Kind::ValidationEvidence, &asked(&[])).is_err());
        assert!(one_package(Kind::SelfTest, &asked(&["bgz", "correspondentie"])).is_ok(), "a self-test is no package");
    }
}
