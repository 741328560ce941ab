//! What a run prints when it is done: for people, and besides for GitHub and GitLab.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;

use twiin_harness::base::text::Language;
use twiin_harness::evidence::folder;
use twiin_harness::evidence::model::Evidence;
use twiin_harness::report::{Format, TerminalOptions, job_summary, render, render_expecting, render_timeline};

use super::exit::Problem;
use super::expect::Held;

/// Name of the Code Quality report in the folder of a run.
pub const CODE_QUALITY: &str = "gl-code-quality-report.json";

/// Name of the PDF in the folder of a run.
const PDF: &str = "report.pdf";
/// Name of the page of exchanges in the folder of a run.
const TIMELINE: &str = "timeline.html";

/// What there is to show of a run.
pub struct Shown<'a> {
    /// The evidence.
    pub evidence: &'a Evidence,
    /// The run held against its expectations, if there are any.
    pub held: Option<&'a Held>,
    /// The language.
    pub language: Language,
}

impl Shown<'_> {
    fn expected(&self) -> BTreeSet<String> {
        self.held.map(|held| held.account.expected.clone()).unwrap_or_default()
    }

    fn annotations(&self, format: Format) -> Result<Vec<u8>, Problem> {
        let options = TerminalOptions::default();
        render_expecting(self.evidence, format, self.language, &options, &self.expected()).map_err(Problem::evidence)
    }

    /// Everything that was asked for: files in the folder of the run first, then what is printed.
    pub fn in_formats(&self, dir: &Path, formats: &[String]) -> Result<(), Problem> {
        let asked = |name: &str| formats.iter().any(|f| f == name);
        if asked("pdf") {
            let options = TerminalOptions::default();
            let bytes = render(self.evidence, Format::Pdf, self.language, &options).map_err(Problem::evidence)?;
            folder::write(dir, PDF, &bytes).map_err(Problem::evidence)?;
        }
        if asked("timeline") {
            let timeline = folder::timeline(dir).map_err(Problem::evidence)?;
            let page = render_timeline(self.evidence, &timeline, self.language).map_err(Problem::evidence)?;
            folder::write(dir, TIMELINE, &page).map_err(Problem::evidence)?;
        }
        if asked("plateau") {
            print!("{}", self.plateaus()?);
        }
        match (asked("github"), asked("gitlab")) {
            (true, true) => {
                self.code_quality(dir)?;
                self.for_github(dir)
            }
            (true, false) => self.for_github(dir),
            (false, true) => self.for_gitlab(dir),
            (false, false) => {
                print!("{}", self.for_people(dir)?);
                Ok(())
            }
        }
    }

    /// The summary, the folder, and what became of the expectations.
    pub fn for_people(&self, dir: &Path) -> Result<String, Problem> {
        let options = TerminalOptions::for_stdout();
        let text = render(self.evidence, Format::Terminal, self.language, &options).map_err(Problem::evidence)?;
        let held = self.held.map(|held| format!("\n{}", held.text(self.language))).unwrap_or_default();
        Ok(format!("{}{}\n{held}", String::from_utf8_lossy(&text), dir.display()))
    }

    /// Functions against plateaus.
    fn plateaus(&self) -> Result<String, Problem> {
        let options = TerminalOptions::for_stdout();
        let text = render(self.evidence, Format::Plateau, self.language, &options).map_err(Problem::evidence)?;
        Ok(format!("{}\n", String::from_utf8_lossy(&text)))
    }

    /// The same, then annotations, and the summary of the job.
    ///
    /// The runner obeys every line that looks like a command, and what a candidate said may look like one: so it is told
    /// not to listen until it hears a word that nobody can guess.
    fn for_github(&self, dir: &Path) -> Result<(), Problem> {
        let word = uuid::Uuid::new_v4().simple().to_string();
        println!("::stop-commands::{word}\n{}::{word}::", self.for_people(dir)?);
        print!("{}", String::from_utf8_lossy(&self.annotations(Format::Github)?));
        for annotation in self.held.iter().flat_map(|held| held.annotations(self.language)) {
            println!("{annotation}");
        }
        write_job_summary(self.evidence, self.language, &self.expected());
        Ok(())
    }

    /// The same, and a Code Quality report in the folder of the run, beside the JUnit document.
    fn for_gitlab(&self, dir: &Path) -> Result<(), Problem> {
        self.code_quality(dir)?;
        print!("{}", self.for_people(dir)?);
        Ok(())
    }

    fn code_quality(&self, dir: &Path) -> Result<(), Problem> {
        folder::write(dir, CODE_QUALITY, &self.annotations(Format::Gitlab)?).map_err(Problem::evidence)
    }
}

/// Adds the summary of the job to the file that GitHub names, if it names one. Without it the run is no less done.
pub fn write_job_summary(evidence: &Evidence, language: Language, expected: &BTreeSet<String>) {
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else { return };
    let text = job_summary(evidence, language, expected);
    let file = std::fs::File::options().append(true).create(true).open(&path);
    if let Err(error) = file.and_then(|mut file| file.write_all(text.as_bytes())) {
        eprintln!("warning: the job summary could not be written to {}: {error}", Path::new(&path).display());
    }
}
