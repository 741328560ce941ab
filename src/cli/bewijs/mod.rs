//! `bewijs`: making one file of a run that a stranger can check years later, and showing what is in it.

mod augment;
mod countersign;
mod diff;
mod finalize;
mod issue;
pub mod key;
mod prepare;
mod show;
mod supersede;
mod test_pki;
mod withdraw;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use twiin_harness::base::clock;
use twiin_harness::base::day::Day;
use twiin_harness::base::text::Language;
use twiin_harness::evidence::bewijs::statement::Oordeel;
use twiin_harness::evidence::bewijs::verify::{LineState, Options, Report, Weight};
use twiin_harness::evidence::bewijs::{self, Bundle, IssueRequest, Outcome, Policy, Prepared, Soort, assemble};
use twiin_harness::evidence::{Evidence, papers};
use twiin_harness::report::{Format, ReportError, TerminalOptions, render};
use twiin_harness::suite::dossier::DocumentChecks;
use twiin_harness::wire::jades::{Draft, Jades, Limits};

use super::exit::{Exit, Problem};
use super::files::binary_sha256;

/// What is done with a bewijs.
#[derive(Debug, Subcommand)]
pub enum Arguments {
    /// Make a bewijs of a run and seal it
    Issue(issue::Arguments),
    /// Write the bytes that a seal elsewhere is to be set on
    Prepare(prepare::Arguments),
    /// Put a seal that was set elsewhere on what `prepare` wrote, and verify it
    Finalize(finalize::Arguments),
    /// Show what a bewijs says, without verifying it
    Show(show::Arguments),
    /// Add a time-stamp to a seal, and what is needed to judge its certificates later
    Augment(augment::Arguments),
    /// Write certificates to try sealing with: TEST, worth nothing
    TestPki(test_pki::Arguments),
    /// Sign a bewijs of somebody else too, to have seen it
    Countersign(countersign::Arguments),
    /// Make a bewijs of a run that takes the place of an older one, and seal it
    Supersede(supersede::Arguments),
    /// Sign a list of bewijzen that no longer count
    Withdraw(withdraw::Arguments),
    /// Hold two bewijzen side by side, by requirement
    Diff(diff::Arguments),
}

pub fn main(arguments: &Arguments) -> Result<Exit, Problem> {
    match arguments {
        Arguments::Issue(arguments) => issue::main(arguments),
        Arguments::Prepare(arguments) => prepare::main(arguments),
        Arguments::Finalize(arguments) => finalize::main(arguments),
        Arguments::Show(arguments) => show::main(arguments),
        Arguments::Augment(arguments) => augment::main(arguments),
        Arguments::TestPki(arguments) => test_pki::main(arguments),
        Arguments::Countersign(arguments) => countersign::main(arguments),
        Arguments::Supersede(arguments) => supersede::main(arguments),
        Arguments::Withdraw(arguments) => withdraw::main(arguments),
        Arguments::Diff(arguments) => diff::main(arguments),
    }
}

/// What a bewijs is asked to say.
#[derive(Debug, Args)]
pub struct RequestArguments {
    /// Folder of a run
    #[arg(value_name = "RUN-DIR")]
    run: PathBuf,
    /// Kind of bewijs
    #[arg(long, default_value = "validatiebewijs", value_parser = ["zelftest", "validatiebewijs"])]
    soort: String,
    /// The dossier of the run; its documents go along
    #[arg(long, value_name = "FILE")]
    dossier: Option<PathBuf>,
    /// Let only the digests of documents go along
    #[arg(long)]
    digests_only: bool,
    /// Leave out the readable renderings (HTML and PDF in Dutch and English, JUnit)
    #[arg(long)]
    no_renderings: bool,
    /// Who validates; for a validatiebewijs
    #[arg(long, value_name = "NAME")]
    validator: Option<String>,
    /// What the validator decides; for a validatiebewijs
    #[arg(long, value_name = "DECISION", value_parser = ["voldoet", "voldoet-niet"])]
    decision: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    remark: Option<String>,
    /// The last day on which it counts; a year after the run when left out
    #[arg(long, value_name = "DAY")]
    valid_until: Option<String>,
    /// Id of a bewijs that it takes the place of
    #[arg(long, value_name = "ID")]
    supersedes: Vec<String>,
    /// Where the run was
    #[arg(long, value_name = "TEXT")]
    place: Option<String>,
    /// Who carried it out
    #[arg(long, value_name = "NAME")]
    operator: Option<String>,
    /// Who was there on behalf of others
    #[arg(long, value_name = "NAME")]
    supervisor: Option<String>,
    /// Version of the product that it is meant for; a run about another one is refused
    #[arg(long, value_name = "VERSION")]
    product_version: Option<String>,
    /// Whom to trust for what, YAML: a validatiebewijs that it would not let pass is refused
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

impl RequestArguments {
    /// The bewijs without its seal, unless it must not be sealed.
    /// It takes the place of `replaced` too.
    fn prepared(&self, replaced: &[String]) -> Result<Prepared, Problem> {
        let mut request = self.request()?;
        request.vervangt.extend(replaced.iter().filter(|id| !self.supersedes.contains(id)).cloned());
        let mut fault = None;
        let prepared = assemble(&self.run, &request, |evidence| match self.no_renderings {
            true => BTreeMap::new(),
            false => renderings(evidence).unwrap_or_else(|found| {
                fault = Some(found);
                BTreeMap::new()
            }),
        });
        let prepared = prepared.map_err(refused)?;
        if let Some(fault) = fault {
            return Err(Problem::evidence(fault));
        }
        prepared.refuse(self.policy()?.as_ref()).map_err(refused)?;
        Ok(prepared)
    }

    fn policy(&self) -> Result<Option<Policy>, Problem> {
        self.policy.as_deref().map(policy).transpose()
    }

    fn request(&self) -> Result<IssueRequest, Problem> {
        let geldig_tot = match &self.valid_until {
            None => None,
            Some(text) => {
                let wrong = || Problem::usage(format!("let it count until `{text}`: write a day as 2027-03-31"));
                Some(Day::parse(text).ok_or_else(wrong)?)
            }
        };
        let soort = if self.soort == "zelftest" { Soort::Zelftest } else { Soort::Validatiebewijs };
        let dossier = self.dossier.as_deref().map(read).transpose()?;
        Ok(IssueRequest {
            soort,
            validator: self.validator.clone(),
            oordeel: self.decision.as_ref().and_then(|word| word.parse::<Oordeel>().ok()),
            toelichting: self.remark.clone(),
            geldig_tot,
            vervangt: self.supersedes.clone(),
            locatie: self.place.clone(),
            uitvoerder: self.operator.clone(),
            toezichthouder: self.supervisor.clone(),
            product_version: self.product_version.clone(),
            dossier,
            documents: self.documents()?,
            binary_sha256: binary_sha256(),
        })
    }

    /// Documents of the dossier that were there when the run began.
    fn documents(&self) -> Result<BTreeMap<String, Vec<u8>>, Problem> {
        let Some(dossier) = self.dossier.as_ref().filter(|_| !self.digests_only) else { return Ok(BTreeMap::new()) };
        let folder = dossier.parent().map(Path::to_owned).unwrap_or_default();
        let checks = std::fs::read(self.run.join(papers::DOCUMENTS)).unwrap_or_default();
        let checks: DocumentChecks = serde_json::from_slice(&checks).unwrap_or_default();
        let there = checks.documents.into_iter().filter(|d| d.sha256.is_some());
        there
            .map(|document| {
                papers::look_at(&folder, &document.path)
                    .map_err(|e| Problem::usage(format!("read document {}: {e}", document.path)))?;
                let bytes = read(&folder.join(&document.path))?;
                Ok((document.path, bytes))
            })
            .collect()
    }
}

/// Why no bewijs is made, with the code for a program.
fn refused(refusal: bewijs::Refusal) -> Problem {
    let told = format!("issue a bewijs: {refusal} ({})", refusal.code());
    match refusal {
        // A folder that was changed is evidence that is invalid, as `verify` tells of it.
        bewijs::Refusal::RunNotWhole(_) | bewijs::Refusal::OtherOutcome => Problem::evidence(told),
        _ => Problem::usage(told),
    }
}

/// The renderings that go along: listed in the statement, and not normative.
fn renderings(evidence: &Evidence) -> Result<BTreeMap<String, Vec<u8>>, ReportError> {
    let wanted = [
        ("bewijs.nl.html", Format::Html, Language::Nl),
        ("bewijs.en.html", Format::Html, Language::En),
        ("bewijs.nl.pdf", Format::Pdf, Language::Nl),
        ("bewijs.en.pdf", Format::Pdf, Language::En),
        ("junit.xml", Format::Junit, Language::Nl),
    ];
    let options = TerminalOptions::default();
    wanted
        .into_iter()
        .map(|(name, format, language)| Ok((name.to_owned(), render(evidence, format, language, &options)?)))
        .collect()
}

/// Puts seal and members together, verifies the whole, and writes it.
fn conclude(bundle: Bundle, draft: &Draft, signature: &[u8], out: &Path) -> Result<Exit, Problem> {
    written(&bundle.sealed(&Jades::sealed(draft, signature)), out)
}

/// Verifies a sealed bewijs and writes it.
fn written(bundle: &Bundle, out: &Path) -> Result<Exit, Problem> {
    let bytes = bundle.written().map_err(Problem::evidence)?;
    let report = unbroken(&bytes, "seal the bewijs")?;
    std::fs::write(out, &bytes).map_err(|e| Problem::evidence(format!("write {}: {e}", out.display())))?;
    let id = report.statement.map(|s| s.predicate.id).unwrap_or_default();
    println!("{}  {id}", out.display());
    Ok(Exit::Good)
}

/// What verifying finds of a bewijs that is whole; refused with everything that is wrong with another.
pub fn unbroken(bytes: &[u8], what: &str) -> Result<Report, Problem> {
    let report = bewijs::verify(bytes, &Options::new(None, clock::now()));
    let broken = report.faults.iter().filter(|f| f.check.weight() == Weight::Integrity);
    let broken: Vec<String> = broken.map(|f| format!("{} ({})", f.detail, f.code)).collect();
    match broken.is_empty() {
        true => Ok(report),
        false => Err(Problem::evidence(format!("{what}: it would not verify: {}", broken.join("; ")))),
    }
}

/// The file that a bewijs is written to when none is named.
fn default_out(prepared: &Prepared) -> PathBuf {
    let id = prepared.statement.predicate.id.trim_start_matches("urn:uuid:");
    PathBuf::from(format!("{id}.{}", bewijs::EXTENSION))
}

/// The bytes of a file.
pub fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    std::fs::read(path).map_err(|e| Problem::usage(format!("read {}: {e}", path.display())))
}

/// Reads a policy and the files that it names, which lie beside it.
pub fn policy(path: &Path) -> Result<Policy, Problem> {
    let text = String::from_utf8(read(path)?).map_err(|e| Problem::usage(format!("read {}: {e}", path.display())))?;
    let policy = Policy::read(&path.display().to_string(), &text).map_err(Problem::faults)?;
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    let mut files = BTreeMap::new();
    for name in policy.files() {
        let text = String::from_utf8_lossy(&read(&folder.join(&name))?).into_owned();
        files.insert(name, text);
    }
    Ok(policy.with_files(&files))
}

/// The bytes of a file when it is a bewijs or the sealed statement of one.
pub fn read_if_bewijs(path: &Path) -> Result<Option<Vec<u8>>, Problem> {
    let named = path.extension().is_some_and(|e| e == bewijs::EXTENSION);
    if path.is_dir() || !(named || path.is_file()) {
        return Ok(None);
    }
    let bytes = read(path)?;
    let sealed = || {
        let jades = Jades::read(&bytes, Limits::BEWIJS).ok()?;
        let cty = jades.signatures.first()?.content_type()?;
        Some([Soort::Zelftest, Soort::Validatiebewijs].iter().any(|s| s.content_type() == cty))
    };
    let is = named || bytes.starts_with(b"PK") || sealed() == Some(true);
    Ok(is.then_some(bytes))
}

/// A report for people.
pub fn report_text(report: &Report, language: Language) -> String {
    let mut out = String::new();
    if let Some(statement) = &report.statement {
        let p = &statement.predicate;
        let _ = writeln!(out, "    {} {}: {} {}", p.soort, p.id, p.kandidaat.product, p.kandidaat.versie);
    }
    for line in &report.lines {
        let mark = match line.state {
            LineState::Good => "ok ",
            LineState::Open => " ? ",
            LineState::Bad => "NOT",
        };
        let _ = writeln!(out, "{mark} {:<20} {}", line.line.to_string(), line.text.get(language));
    }
    let told = match (report.outcome, language) {
        (Outcome::Conformant, Language::Nl) => "geldig, conform",
        (Outcome::Conformant, Language::En) => "valid, conformant",
        (Outcome::ConformantWithWaivers, Language::Nl) => "geldig, conform met gemelde afwijkingen",
        (Outcome::ConformantWithWaivers, Language::En) => "valid, conformant with declared deviations",
        (Outcome::NotConformant, Language::Nl) => "geldig, niet conform",
        (Outcome::NotConformant, Language::En) => "valid, not conformant",
        (Outcome::NotTrusted, Language::Nl) => "ongeschonden, maar niet te vertrouwen volgens dit beleid",
        (Outcome::NotTrusted, Language::En) => "whole, and not to be relied upon by this policy",
        (Outcome::Invalid, Language::Nl) => "ongeldig",
        (Outcome::Invalid, Language::En) => "invalid",
        (Outcome::Test, _) => "TEST",
    };
    let _ = writeln!(out, "{told}");
    out
}
