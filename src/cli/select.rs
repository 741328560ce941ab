//! The selection that `run` and `plan` share.

use std::path::PathBuf;

use clap::Args;
use twiin_harness::base::day::Day;
use twiin_harness::base::text::Language;
use twiin_harness::plan::{Selection, roles};
use twiin_harness::suite::Suite;

use super::exit::Problem;
use super::files::{self, Candidate};
use super::lang::Lang;

/// What is asked for.
#[derive(Debug, Clone, Args)]
pub struct Select {
    /// Candidate file; without it the built-in reference GtK is the candidate, in both roles
    #[arg(long, value_name = "FILE")]
    pub candidate: Option<PathBuf>,
    /// Zorgtoepassingen, for example bgz; default: all
    #[arg(long, value_name = "N,..", value_delimiter = ',')]
    pub zorgtoepassing: Vec<String>,
    /// Plateaus of the groeimodel, as 4 or 1..4 or 2,3; default: all
    #[arg(long, value_name = "1..4,..")]
    pub plateau: Option<String>,
    /// Role of the candidate; default: every role it has
    #[arg(long, value_parser = ["sending", "receiving", "requesting", "responding"])]
    pub role: Option<String>,
    /// Release of the Twiin Afsprakenstelsel; default: that of the candidate file, else that of the profile
    #[arg(long, value_parser = ["1.3.1", "1.4", "1.5"])]
    pub release: Option<String>,
    /// Only scenarios whose id or case matches this glob, or that show this requirement
    #[arg(long, value_name = "GLOB-OR-REQUIREMENT-ID")]
    pub only: Option<String>,
    /// Folder of FHIR STU3 resources (JSON or XML, one a file or a Bundle) as the records of our GtK
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Day that dates in that folder are counted from, such as `${DATE, T, d, -30}`; today when absent
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = files::day)]
    pub test_day: Option<Day>,
    #[command(flatten)]
    lang: Lang,
}

impl Select {
    /// The language.
    pub fn language(&self) -> Language {
        self.lang.language
    }

    /// The candidate: the named file, or the reference candidate of the suite.
    pub fn candidate(&self, suite: &Suite) -> Result<Candidate, Problem> {
        match &self.candidate {
            Some(path) => files::candidate(path),
            None => files::reference(suite, self.data.is_some()),
        }
    }

    /// The selection.
    pub fn selection(&self, suite: &Suite, candidate: &Candidate) -> Result<Selection, Problem> {
        let mut selection = Selection::everything(suite);
        if !self.zorgtoepassing.is_empty() {
            selection.zorgtoepassingen.clone_from(&self.zorgtoepassing);
        }
        if let Some(text) = &self.plateau {
            selection.plateaus = plateaus(text)?;
        }
        if let Some(role) = &self.role {
            selection.roles = role.parse().into_iter().collect();
        } else {
            selection.roles = roles(suite, selection.zorgtoepassingen.iter());
            selection.roles.retain(|r| candidate.file.plays(*r));
        }
        if self.zorgtoepassing.is_empty() && !selection.roles.is_empty() {
            // What has none of these roles is not asked for.
            let has = |name: &String| roles(suite, std::iter::once(name)).iter().any(|r| selection.roles.contains(r));
            selection.zorgtoepassingen.retain(has);
        }
        if let Some(release) = self.release.clone().or_else(|| candidate.file.release.clone()) {
            selection.release = release;
        }
        selection.only.clone_from(&self.only);
        Ok(selection)
    }
}

/// Reads `4`, `1..4` and `2,3`.
pub fn plateaus(text: &str) -> Result<Vec<u8>, Problem> {
    let wrong = || Problem::usage(format!("read --plateau {text}: write plateaus as 4, 1..4 or 2,3"));
    let mut all = Vec::new();
    for part in text.split(',') {
        let (from, to) = part.split_once("..").unwrap_or((part, part));
        let (from, to): (u8, u8) = (from.trim().parse().map_err(|_| wrong())?, to.trim().parse().map_err(|_| wrong())?);
        if from < 1 || to > 4 || from > to {
            return Err(wrong());
        }
        all.extend(from..=to);
    }
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plateaus_are_read_in_every_way_and_nonsense_is_refused() {
        let read = |text: &str| plateaus(text).ok();
        assert_eq!(read("4"), Some(vec![4]));
        assert_eq!(read("1..4"), Some(vec![1, 2, 3, 4]));
        assert_eq!(read("3,1..2,3"), Some(vec![1, 2, 3]));
        for wrong in ["0", "5", "4..1", "x", ""] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
