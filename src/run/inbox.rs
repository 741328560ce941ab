//! What came in at the harness's own endpoints, and waiting for it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::transcript::Endpoint;
use crate::wire::http::{HttpRequest, HttpResponse};

/// A wait ends after so many times its limit, however much comes in.
const PATIENCE: u32 = 20;

/// One exchange that the candidate began.
#[derive(Debug, Clone)]
pub(super) struct Received {
    /// Sequence number in the transcript.
    pub seq: u64,
    /// What it was about.
    pub endpoint: Endpoint,
    /// The request.
    pub request: Option<HttpRequest>,
    /// Our answer.
    pub response: Option<HttpResponse>,
}

/// The inbox of one case.
#[derive(Debug, Clone, Default)]
pub(super) struct Inbox(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    waiting: Mutex<Vec<Received>>,
    arrived: Notify,
}

impl Inbox {
    pub(super) fn put(&self, received: Received) {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(received);
        self.0.arrived.notify_waiters();
    }

    /// Takes everything about these endpoints that has come in so far.
    pub(super) fn take(&self, endpoints: &[Endpoint]) -> Vec<Received> {
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let (taken, left) = waiting.drain(..).partition(|r| endpoints.contains(&r.endpoint));
        *waiting = left;
        taken
    }

    /// Waits until `count` about these endpoints have come in, or none has come for as long as the limit. Whoever is
    /// busy sending is not cut off; whoever drips is, in the end.
    pub(super) async fn wait(&self, endpoints: &[Endpoint], count: usize, limit: Duration) -> Vec<Received> {
        let last = Instant::now() + limit * PATIENCE;
        let mut deadline = Instant::now() + limit;
        let mut taken = Vec::new();
        loop {
            let arrived = self.0.arrived.notified();
            let new = self.take(endpoints);
            if !new.is_empty() {
                deadline = (Instant::now() + limit).min(last);
            }
            taken.extend(new);
            if taken.len() >= count || timeout_at(deadline, arrived).await.is_err() {
                taken.extend(self.take(endpoints));
                return taken;
            }
        }
    }
}
