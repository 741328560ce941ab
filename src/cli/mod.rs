//! The command line: one file a command. It uses the library like any outsider.

mod attest;
mod bewijs;
mod completions;
mod doctor;
mod exit;
mod expect;
mod explain;
mod export;
mod fhir;
mod files;
mod hl7;
mod init;
mod judge;
mod lang;
mod lint;
mod list;
mod man;
mod outcome;
mod packages;
mod page;
mod papers;
mod plan;
mod progress;
mod prove;
mod reconcile;
mod report;
mod run;
mod schema;
mod select;
mod sign;
mod simulate;
mod since;
mod tls;
mod verify;
mod vocabulary;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use exit::Exit;

const EXIT_CODES: &str = "\
Exit codes of run and judge:
  0  conformant: nothing failed, nothing is open, something passed
  1  not conformant: at least one requirement failed
  2  wrong arguments or files
  3  undetermined: nothing tested, inconclusive, flaky, or an error of the harness
  4  the evidence could not be written
With --waivers: 0 when all that failed is covered by a declared deviation in force; never shown as plain conformant
With --expect: 0 when all that failed was expected, 1 also for an entry that passed, expired or was not used
Exit codes of doctor:
  0  all is well    1  something is not in order, here or at the candidate    2  wrong arguments or files
Exit codes of tls:
  0  nothing is insufficient       2  wrong arguments or files
  1  something is insufficient     3  no TLS was seen, or not everything could be asked
Exit codes of fhir check:
  0  everything was evaluated and conforms    2  wrong arguments or files
  1  something does not conform               3  undetermined: no error, but not everything could be evaluated
Exit codes of hl7 check:
  0  recognised, and acute handoffs meet their requirements    2  wrong arguments or files
  1  an acute handoff does not                                  3  a file is none of those that are known
Exit codes of packages:
  0  added, or all is as it was pinned    1  list: a file was changed or is gone    2  refused, or wrong arguments or files
Exit codes of verify:
  0  authentic and conformant        3  not trusted: signer, time, pack, scope or validity
  1  authentic, not conformant       4  invalid or tampered
  2  wrong arguments or files        5  authentic, and TEST only
Exit codes of bewijs issue, supersede and augment:
  0  written as asked              3  augment --long-term: not known of every certificate that it was not revoked
  2  refused, or wrong arguments   4  not written, or no time-stamp: what was sealed before is kept

Examples:
  twiin-harness run                                    self-test against the built-in reference GtK
  twiin-harness run --candidate candidate.yaml         your own node
  twiin-harness run --only 'NEG-2*' --role receiving   a part of it
  twiin-harness explain TK-07-06                       what a requirement says and who says so
  twiin-harness verify reports/runs/<run>              is this evidence whole, and does it follow";

/// Validation and conformance test harness for the Twiin Afsprakenstelsel.
#[derive(Debug, Parser)]
#[command(name = "twiin-harness", version, about, after_help = EXIT_CODES, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Folder with `scenarios/` and `profiles/`; default: the current folder when it has both, else the built-in suite
    #[arg(long, global = true, value_name = "DIR")]
    suite: Option<std::path::PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Drive a candidate (or, without one, the built-in reference GtK), judge it and sign the evidence
    Run(run::Arguments),
    /// Add a document to the dossier of a candidate, or list what is there and what is missing
    Attest(attest::Arguments),
    /// Print what would run and what would not, and why; send nothing
    Plan(plan::Arguments),
    /// Look at everything that a connection with a candidate needs: files, certificates, addresses, clocks
    Doctor(doctor::Arguments),
    /// Load scenarios, profiles, requirements and candidate files, and report all faults at once
    Lint(lint::Arguments),
    /// List requirements (with filters), scenarios, words, deviations, profiles, errata or gaps
    #[command(subcommand)]
    List(list::Arguments),
    /// Explain a requirement, scenario, case, word, deviation, profile, erratum or gap
    Explain(explain::Arguments),
    /// Serve the reference GtK by itself, to develop against
    Simulate(simulate::Arguments),
    /// Ask a server for everything of TLS that it accepts, and grade it by a guideline
    Tls(tls::Arguments),
    /// Check FHIR resources against profiles, offline
    #[command(subcommand)]
    Fhir(fhir::Arguments),
    /// Tell what messages of HL7v3 and documents of CDA in birth care are, and check acute handoffs (preview)
    #[command(subcommand)]
    Hl7(hl7::Arguments),
    /// Fetch FHIR packages and pin them by digest, or list what is pinned
    #[command(subcommand)]
    Packages(packages::Arguments),
    /// Judge a stored transcript again
    Judge(judge::Arguments),
    /// Judge a stored run again with an audit log that the candidate handed in afterwards
    Reconcile(reconcile::Arguments),
    /// Render the evidence of a run, or the coverage of the requirements
    Report(report::Arguments),
    /// Give the evidence of a run in the format of another tool: JUnit, CTRF, EARL, SARIF, OSCAL
    Export(export::Arguments),
    /// Check signature, digests, and that the verdicts follow from the transcript
    Verify(verify::Arguments),
    /// Make, show and seal a bewijs: one file that a stranger can check years later
    #[command(subcommand)]
    Bewijs(bewijs::Arguments),
    /// Print the deviation matrix: the proof that every check can fail
    Prove(prove::Arguments),
    /// Print the JSON Schema of a kind of file, for editors
    Schema(schema::Arguments),
    /// Write a commented candidate file and a test PKI with UZI-style certificates
    Init(init::Arguments),
    /// Print completions for a shell
    Completions(completions::Arguments),
    /// Print the manual page, or write one for every command
    Man(man::Arguments),
}

/// Runs the command line and gives its exit code.
pub fn main() -> ExitCode {
    twiin_harness::net::install_crypto();
    end_quietly_when_nobody_reads();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no mistake of the user.
            let code = if error.use_stderr() { Exit::Usage } else { Exit::Good };
            drop(error.print());
            return code.into();
        }
    };
    let suite = cli.suite.as_deref();
    let result = match cli.command {
        Command::Run(arguments) => run::main(suite, &arguments),
        Command::Attest(arguments) => attest::main(suite, &arguments),
        Command::Plan(arguments) => plan::main(suite, &arguments),
        Command::Doctor(arguments) => doctor::main(&arguments),
        Command::Lint(arguments) => lint::main(suite, &arguments),
        Command::List(arguments) => list::main(suite, &arguments),
        Command::Explain(arguments) => explain::main(suite, &arguments),
        Command::Simulate(arguments) => simulate::main(suite, &arguments),
        Command::Tls(arguments) => tls::main(suite, &arguments),
        Command::Fhir(arguments) => fhir::main(&arguments),
        Command::Hl7(arguments) => hl7::main(suite, &arguments),
        Command::Packages(arguments) => packages::main(&arguments),
        Command::Judge(arguments) => judge::main(&arguments),
        Command::Reconcile(arguments) => reconcile::main(&arguments),
        Command::Report(arguments) => report::main(suite, &arguments),
        Command::Export(arguments) => export::main(&arguments),
        Command::Verify(arguments) => verify::main(&arguments),
        Command::Bewijs(arguments) => bewijs::main(&arguments),
        Command::Prove(arguments) => prove::main(suite, &arguments),
        Command::Schema(arguments) => schema::main(&arguments),
        Command::Init(arguments) => init::main(suite, &arguments),
        Command::Completions(arguments) => completions::main(&arguments),
        Command::Man(arguments) => man::main(&arguments),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(problem) => problem.tell(),
    }
}

/// A reader that closes the pipe (`… | head`) has seen enough: that is no crash to report. The exit code is the one that
/// shells give for it.
fn end_quietly_when_nobody_reads() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let text = info.payload_as_str().unwrap_or_default();
        if text.starts_with("failed printing to stdout") {
            std::process::exit(141);
        }
        usual(info);
    }));
}
