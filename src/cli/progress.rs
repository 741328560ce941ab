//! Progress on standard error: a bar on a terminal, plain lines elsewhere, nothing with `--quiet`.

use std::io::IsTerminal as _;
use std::sync::Mutex;
use std::sync::PoisonError;

use indicatif::{ProgressBar, ProgressStyle};
use twiin_harness::check::Verdict;

/// Shows how far a run is.
pub struct Shown {
    bar: Option<ProgressBar>,
    plain: bool,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    total: usize,
    ended: usize,
    pass: usize,
    warn: usize,
    fail: usize,
    open: usize,
}

impl Shown {
    /// For a number of cases.
    pub fn new(total: usize, quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = (terminal && !quiet).then(|| {
            let style = ProgressStyle::with_template("{spinner} {bar:30} {pos}/{len} {eta:>4}  {msg}");
            let bar = ProgressBar::new(total as u64);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        Self { bar, plain: !terminal && !quiet, counts: Mutex::new(Counts { total, ..Counts::default() }) }
    }

    /// A case begins.
    pub fn began(&self, case: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{}  {case}", self.tally()));
        }
    }

    /// Cases are done again.
    pub fn again(&self, attempt: u32, cases: usize) {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).total += cases;
        if let Some(bar) = &self.bar {
            bar.inc_length(cases as u64);
        } else if self.plain {
            eprintln!("attempt {attempt}: {cases} case(s) again");
        }
    }

    /// A case ended.
    pub fn ended(&self, case: &str, verdict: Verdict) {
        {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            counts.ended += 1;
            match verdict {
                Verdict::Pass => counts.pass += 1,
                Verdict::Warn => counts.warn += 1,
                Verdict::Fail => counts.fail += 1,
                _ => counts.open += 1,
            }
            if self.plain {
                eprintln!("[{}/{}] {:<12} {case}", counts.ended, counts.total, verdict.to_string());
            }
        }
        if let Some(bar) = &self.bar {
            bar.inc(1);
            bar.set_message(self.tally());
        }
    }

    /// Makes room for what is printed next.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn tally(&self) -> String {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        format!("✓ {}  ! {}  ✗ {}  ? {}", counts.pass, counts.warn, counts.fail, counts.open)
    }
}
