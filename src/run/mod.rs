//! Running: it drives or serves the candidate and writes a transcript. It judges nothing.

mod bench;
mod case;
mod inbox;
mod messages;
mod stand;
mod steps;
mod variables;

pub use bench::{Bench, BenchError, Embedded, Kit, kit, self_test_kit};
pub use stand::stand_alone;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;

use crate::base::text::Text;
use crate::plan::{Case, Plan};
use crate::suite::Suite;
use crate::transcript::EventKind;
use crate::transcript::store::Writer;

/// What a run tells while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// A case begins.
    Began {
        /// Its id.
        case: String,
    },
    /// A case ended.
    Ended {
        /// Its id.
        case: String,
        /// Why early, if so.
        stopped: Option<String>,
    },
}

/// Somebody who answers questions during a run.
pub trait Operator: Send + Sync {
    /// Asks, and says whether it was done. Blocks until there is an answer or the time is up.
    fn ask(&self, question: &Text, limit: std::time::Duration) -> bool;
}

/// Nobody is there: every question is declined.
#[derive(Debug)]
pub struct Nobody;

impl Operator for Nobody {
    fn ask(&self, _question: &Text, _limit: std::time::Duration) -> bool {
        false
    }
}

/// How to run.
pub struct Options {
    /// Cases at the same time, at least 1.
    pub jobs: usize,
    /// Told of progress.
    pub progress: Box<dyn Fn(Progress) + Send + Sync>,
    /// Answers questions.
    pub operator: Box<dyn Operator>,
    /// Set to end the run cleanly after the exchanges at hand.
    pub cancel: Arc<AtomicBool>,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Options {{ jobs: {} }}", self.jobs)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self { jobs: 4, progress: Box::new(|_| {}), operator: Box::new(Nobody), cancel: Arc::default() }
    }
}

/// What the cases of a run share.
struct Shared {
    suite: Arc<Suite>,
    bench: Arc<Bench>,
    writer: Writer,
    options: Options,
    /// Held by a case that needs an address or a state of which there is one: an outside candidate that calls us.
    one_at_a_time: Mutex<()>,
    given: Mutex<case::GivenCache>,
}

/// Runs all cases of a plan; the transcript is in the writer afterwards.
pub async fn run(suite: Arc<Suite>, plan: &Plan, bench: Arc<Bench>, writer: Writer, options: Options) {
    writer.append(None, EventKind::RunStarted { harness: env!("CARGO_PKG_VERSION").to_owned() });
    let jobs = options.jobs.max(1);
    let shared = Arc::new(Shared {
        suite,
        bench,
        writer: writer.clone(),
        options,
        one_at_a_time: Mutex::default(),
        given: Mutex::default(),
    });
    let places = Arc::new(Semaphore::new(jobs));
    let mut running = JoinSet::new();
    for case in plan.cases.clone() {
        let Ok(place) = places.clone().acquire_owned().await else { break };
        if stopped(&shared) {
            break;
        }
        let shared = shared.clone();
        running.spawn(async move {
            run_case(&shared, &case).await;
            drop(place);
        });
    }
    while running.join_next().await.is_some() {}
    let complete = !stopped(&shared);
    writer.append(None, EventKind::RunEnded { complete });
}

fn stopped(shared: &Shared) -> bool {
    shared.options.cancel.load(Ordering::Relaxed) || shared.writer.has_failed()
}

async fn run_case(shared: &Arc<Shared>, case: &Case) {
    (shared.options.progress)(Progress::Began { case: case.id.clone() });
    let stopped = case::run(shared, case).await;
    (shared.options.progress)(Progress::Ended { case: case.id.clone(), stopped });
}
