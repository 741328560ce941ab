//! Exit codes and the telling of problems.

use std::process::ExitCode;

use twiin_harness::base::diagnostic::{Diagnostic, Drawn};
use twiin_harness::evidence::bewijs::Outcome;
use twiin_harness::evidence::verify::Status;
use twiin_harness::judge::Decision;

/// Exit codes, as `--help` and the README document them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All is well; `run`: conformant.
    Good,
    /// `run`: not conformant; `prove`: the matrix does not hold.
    NotConformant,
    /// Wrong arguments or files.
    Usage,
    /// `run`: undetermined; `verify`: signer not trusted.
    Undetermined,
    /// `run`: evidence could not be written; `verify`: invalid or tampered.
    Evidence,
    /// `verify`: authentic self-test only.
    SelfTest,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Good => 0,
            Exit::NotConformant => 1,
            Exit::Usage => 2,
            Exit::Undetermined => 3,
            Exit::Evidence => 4,
            Exit::SelfTest => 5,
        })
    }
}

impl From<Decision> for Exit {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Conformant | Decision::ConformantWithWaivers => Self::Good,
            Decision::NotConformant => Self::NotConformant,
            Decision::Undetermined => Self::Undetermined,
        }
    }
}

impl From<Status> for Exit {
    fn from(status: Status) -> Self {
        match status {
            Status::Conformant | Status::ConformantWithWaivers => Self::Good,
            Status::NotConformant => Self::NotConformant,
            Status::NotTrusted => Self::Undetermined,
            Status::Invalid => Self::Evidence,
            Status::SelfTest => Self::SelfTest,
        }
    }
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Conformant | Outcome::ConformantWithWaivers => Self::Good,
            Outcome::NotConformant => Self::NotConformant,
            Outcome::NotTrusted => Self::Undetermined,
            Outcome::Invalid => Self::Evidence,
            Outcome::Test => Self::SelfTest,
        }
    }
}

/// Why a command could not do its work.
#[derive(Debug)]
pub struct Problem {
    exit: Exit,
    faults: Vec<Diagnostic>,
    text: String,
}

impl Problem {
    /// Wrong arguments or files.
    pub fn usage(text: impl std::fmt::Display) -> Self {
        Self { exit: Exit::Usage, faults: Vec::new(), text: text.to_string() }
    }
    /// Evidence that could not be written.
    pub fn evidence(text: impl std::fmt::Display) -> Self {
        Self { exit: Exit::Evidence, faults: Vec::new(), text: text.to_string() }
    }
    /// Faults in files.
    pub fn faults(faults: Vec<Diagnostic>) -> Self {
        Self { exit: Exit::Usage, faults, text: String::new() }
    }

    /// Tells the problem on standard error and gives the exit code.
    pub fn tell(self) -> ExitCode {
        show_faults(&self.faults);
        if !self.text.is_empty() {
            eprintln!("twiin-harness: failed to {}", self.text);
        }
        self.exit.into()
    }
}

/// Shows faults with their place in the file, and how many there are.
pub fn show_faults(faults: &[Diagnostic]) {
    for fault in faults {
        eprintln!("{:?}", miette::Report::new(Drawn(fault.clone())));
    }
    if !faults.is_empty() {
        eprintln!("{} fault(s)", faults.len());
    }
}
