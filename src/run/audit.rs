//! Waiting for the audit records of a case: one for each exchange with the candidate.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::case::{Context, Seen};
use super::inbox::Received;
use super::steps::{Done, Obstacle, deadline, done, millis, ours};
use crate::simulator::{Await, Facility};
use crate::transcript::StepOutcome;
use crate::wire::audit::fhir;

/// How long it must stay quiet once all records are there, so that a record too many is seen too.
const QUIET: Duration = Duration::from_millis(150);

/// Waits until there are as many records as exchanges, or none has come in for as long as the deadline.
pub(super) async fn await_records(context: &Context<'_>, wish: &Await) -> Result<Done, Obstacle> {
    let bench = context.bench;
    if bench.embedded.is_none() && !bench.kit.facilities.contains_key(&Facility::Audit) {
        return Ok(done(Vec::new()));
    }
    let limit = deadline(context, &wish.within)?;
    let mut received: Vec<Received> = Vec::new();
    let mut last = Instant::now();
    loop {
        let wanted = context.recorder().exchanges_so_far().map_err(|e| ours(&e))?;
        let count: usize = received.iter().map(records).sum();
        let wait = if count >= wanted { QUIET } else { limit.saturating_sub(last.elapsed()) };
        let new = context.stand.inbox.wait(&[wish.request], 1, wait).await;
        if new.is_empty() {
            let exchanges = received.into_iter().map(Seen::received).collect();
            let awaited = || format!("audit record number {} of {wanted}", count + 1);
            let outcome = if count >= wanted {
                StepOutcome::Done
            } else {
                StepOutcome::NotSeen { awaited: awaited(), waited_ms: millis(limit) }
            };
            return Ok(Done { outcome, exchanges });
        }
        last = Instant::now();
        received.extend(new);
    }
}

/// How many records came with a request.
fn records(received: &Received) -> usize {
    let Some(request) = &received.request else { return 0 };
    let bundle = serde_json::from_slice::<Value>(&request.body).ok();
    bundle.map_or(1, |body| fhir::events(&body).len().max(1))
}
