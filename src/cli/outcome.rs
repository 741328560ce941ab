//! What a run prints when it is done: for people, and besides for GitHub and GitLab.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;

use twiin_harness::base::text::Language;
use twiin_harness::evidence::folder;
use twiin_harness::evidence::model::Evidence;
use twiin_harness::report::{Format, TerminalOptions, job_summary, render, render_expecting};

use super::exit::Problem;
use super::expect::Held;

/// Name of the Code Quality report in the folder of a run.
pub const CODE_QUALITY: &str = "gl-code-quality-report.json";

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

    /// The summary, the folder, and what became of the expectations.
    pub fn for_people(&self, dir: &Path) -> Result<String, Problem> {
        let options = TerminalOptions::for_stdout();
        let text = render(self.evidence, Format::Terminal, self.language, &options).map_err(Problem::evidence)?;
        let held = self.held.map(|held| format!("\n{}", held.text(self.language))).unwrap_or_default();
        Ok(format!("{}{}\n{held}", String::from_utf8_lossy(&text), dir.display()))
    }

    /// Functions against plateaus.
    pub fn plateaus(&self) -> Result<String, Problem> {
        let options = TerminalOptions::for_stdout();
        let text = render(self.evidence, Format::Plateau, self.language, &options).map_err(Problem::evidence)?;
        Ok(format!("{}\n", String::from_utf8_lossy(&text)))
    }

    /// The same, then annotations, and the summary of the job.
    ///
    /// The runner obeys every line that looks like a command, and what a candidate said may look like one: so it is told
    /// not to listen until it hears a word that nobody can guess.
    pub fn for_github(&self, dir: &Path) -> Result<(), Problem> {
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
    pub fn for_gitlab(&self, dir: &Path) -> Result<(), Problem> {
        folder::write(dir, CODE_QUALITY, &self.annotations(Format::Gitlab)?).map_err(Problem::evidence)?;
        print!("{}", self.for_people(dir)?);
        Ok(())
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
