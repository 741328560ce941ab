//! Running: it drives or serves the candidate and writes a transcript. It judges nothing.

mod addressing;
mod audit;
mod bench;
mod case;
mod certificates;
mod consent;
mod consult;
pub mod doctor;
mod facilities;
mod follow;
mod gateway;
mod inbox;
mod keys;
mod material;
mod messages;
mod stand;
mod steps;
mod structure;
mod variables;

pub use bench::{Bench, BenchError, Embedded, GatewayKit, Kit, kit, leaf_spec, self_test_kit, self_test_kits};
pub use stand::stand_alone;
pub use structure::structure_check;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;

use crate::base::text::Text;
use crate::plan::{Case, Plan};
use crate::suite::Suite;
use crate::transcript::store::Writer;
use crate::transcript::{EventKind, StructureCheck};

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
    /// Cases are done again.
    Again {
        /// Which attempt this is, from 2.
        attempt: u32,
        /// How many cases.
        cases: usize,
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
    /// Asked after each attempt which cases are to be done again: a run does not judge, so it cannot know by itself.
    pub again: Box<dyn Fn(u32) -> Vec<String> + Send + Sync>,
    /// The attempt after which the embedded GtK leaves its deviation, so that it shows what a flaky candidate shows.
    pub heals_after: Option<u32>,
    /// Says of resources of the candidate how they relate to the FHIR packages that were given, if any were.
    pub structure: Option<StructureCheck>,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Options {{ jobs: {} }}", self.jobs)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            jobs: 4,
            progress: Box::new(|_| {}),
            operator: Box::new(Nobody),
            cancel: Arc::default(),
            again: Box::new(|_| Vec::new()),
            heals_after: None,
            structure: None,
        }
    }
}

/// What the cases of a run share.
struct Shared {
    suite: Arc<Suite>,
    bench: Arc<Bench>,
    writer: Writer,
    options: Arc<Options>,
    /// Held by a case that needs an address or a state of which there is one: an outside candidate that calls us.
    one_at_a_time: Mutex<()>,
    given: Mutex<case::GivenCache>,
}

/// Runs all cases of a plan; the transcript is in the writer afterwards.
pub async fn run(suite: Arc<Suite>, plan: &Plan, bench: Arc<Bench>, writer: Writer, options: Options) {
    writer.append(None, EventKind::RunStarted { harness: env!("CARGO_PKG_VERSION").to_owned() });
    let (options, healed) = (Arc::new(options), Arc::new(healed(&bench)));
    let mut cases = plan.cases.clone();
    for attempt in 1.. {
        let is_healed = options.heals_after.is_some_and(|last| attempt > last);
        let shared = Arc::new(Shared {
            suite: suite.clone(),
            bench: if is_healed { healed.clone() } else { bench.clone() },
            writer: writer.clone(),
            options: options.clone(),
            one_at_a_time: Mutex::default(),
            given: Mutex::default(),
        });
        run_all(&shared, &cases, attempt).await;
        if stopped(&shared) {
            break;
        }
        let again = (options.again)(attempt);
        cases.retain(|case| again.contains(&case.id));
        if cases.is_empty() {
            break;
        }
        (options.progress)(Progress::Again { attempt: attempt + 1, cases: cases.len() });
    }
    let complete = !(options.cancel.load(Ordering::Relaxed) || writer.has_failed());
    writer.append(None, EventKind::RunEnded { complete });
}

/// The bench with an embedded GtK that does nothing wrong.
fn healed(bench: &Bench) -> Bench {
    let mut bench = bench.clone();
    if let Some(embedded) = &mut bench.embedded {
        embedded.deviation = None;
    }
    bench
}

async fn run_all(shared: &Arc<Shared>, cases: &[Case], attempt: u32) {
    let places = Arc::new(Semaphore::new(shared.options.jobs.max(1)));
    let mut running = JoinSet::new();
    for case in cases {
        let Ok(place) = places.clone().acquire_owned().await else { break };
        if stopped(shared) {
            break;
        }
        let (shared, case) = (shared.clone(), case.clone());
        running.spawn(async move {
            run_case(&shared, &case, attempt).await;
            drop(place);
        });
    }
    while running.join_next().await.is_some() {}
}

fn stopped(shared: &Shared) -> bool {
    shared.options.cancel.load(Ordering::Relaxed) || shared.writer.has_failed()
}

async fn run_case(shared: &Arc<Shared>, case: &Case, attempt: u32) {
    (shared.options.progress)(Progress::Began { case: case.id.clone() });
    let stopped = case::run(shared, case, attempt).await;
    (shared.options.progress)(Progress::Ended { case: case.id.clone(), stopped });
}
