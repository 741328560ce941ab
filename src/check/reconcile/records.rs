//! The records of a case: from the feed to the harness's audit repository, or from a log that was handed in.

use std::borrow::Cow;
use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

use super::From;
use super::exchanges::{Expected, taken};
use crate::base::clock;
use crate::check::{Context, Judged};
use crate::transcript::select::Index;
use crate::transcript::{Body, Endpoint};
use crate::wire::audit::log::Log;
use crate::wire::audit::{Record, dicom, fhir};
use crate::wire::xml::Element;

/// A record that was logged.
#[derive(Debug, Clone)]
pub(super) struct Logged<'a> {
    /// The exchange that brought it; none for a log that was handed in.
    pub seq: Option<u64>,
    pub record: Cow<'a, Record>,
    /// What the marks of fictitious patients stand for.
    patients: Option<&'a BTreeMap<String, String>>,
    pub time: Option<OffsetDateTime>,
}

impl<'a> Logged<'a> {
    pub(super) fn new(
        seq: Option<u64>,
        record: Cow<'a, Record>,
        patients: Option<&'a BTreeMap<String, String>>,
    ) -> Self {
        let time = record.time.as_deref().and_then(clock::parse_rfc3339);
        Self { seq, record, patients, time }
    }

    /// The patient, by what the candidate file calls it or by mark.
    pub(super) fn patient(&self) -> Option<&str> {
        let mark = self.record.patient.as_ref()?;
        Some(self.patients.and_then(|p| p.get(mark)).unwrap_or(mark))
    }

    /// How far its time is from the time in which the exchange took place.
    pub(super) fn off_by(&self, expected: &Expected<'_>) -> Option<Duration> {
        let at = self.time?;
        Some(if at < expected.began {
            expected.began - at
        } else if at > expected.ended {
            at - expected.ended
        } else {
            Duration::ZERO
        })
    }
}

/// The records of a log that was handed in, by case and attempt.
#[derive(Debug, Clone, Default)]
pub struct AssignedLog {
    patients: BTreeMap<String, String>,
    by_case: BTreeMap<(String, u32), Vec<Record>>,
}

/// Assigns each record of a log to the case whose exchange its correlation id names, or else to the one nearest in time.
/// Records of other partners are none of ours: what names an organisation, and none of `own`, and cannot be tied by an
/// id, is left out.
pub fn assign(log: &Log, index: &Index<'_>, own: &[&str]) -> AssignedLog {
    let mut marks = Vec::new();
    for (id, attempt, case) in index.cases() {
        for exchange in case.exchanges.iter().map(|(_, e)| e).filter(|e| e.is_between_gtks()) {
            let ids = exchange.request.iter().flat_map(|r| &r.headers);
            let ids: Vec<&str> =
                ids.filter(|(n, _)| n == "x-request-id" || n == "traceparent").map(|(_, v)| v.as_str()).collect();
            if let Some(began) = clock::parse_rfc3339(&exchange.began) {
                marks.push((began, ids, (id.to_owned(), attempt)));
            }
        }
    }
    let mut assigned = AssignedLog { patients: log.patients.clone(), ..AssignedLog::default() };
    let Some((first, last)) = marks.iter().map(|m| m.0).min().zip(marks.iter().map(|m| m.0).max()) else {
        return assigned;
    };
    let margin = Duration::minutes(5);
    for record in &log.records {
        let by_id = marks.iter().find(|(_, ids, _)| ids.iter().any(|id| record.mentions(id)));
        let time = record.time.as_deref().and_then(clock::parse_rfc3339);
        let foreign =
            !record.organisations.is_empty() && !record.organisations.iter().any(|o| own.contains(&o.as_str()));
        let nearest = || {
            let at = time.filter(|t| *t >= first - margin && *t <= last + margin && !foreign)?;
            marks.iter().min_by_key(|(began, ..)| (*began - at).abs())
        };
        if let Some((_, _, case)) = by_id.or_else(nearest) {
            assigned.by_case.entry(case.clone()).or_default().push(record.clone());
        }
    }
    assigned
}

/// The records of a case.
pub(super) fn of_case<'a>(context: Context<'a>, from: From) -> Result<Vec<Logged<'a>>, Judged> {
    let case = context.case;
    let handed_in = context.data.audit.assigned.as_ref().filter(|_| from == From::Any);
    if let Some(log) = handed_in {
        let own = log.by_case.get(&(case.id.to_owned(), case.attempt));
        let records = own.into_iter().flatten();
        return Ok(records.map(|r| Logged::new(None, Cow::Borrowed(r), Some(&log.patients))).collect());
    }
    let feed = case.exchanges.iter().filter(|(_, e)| e.endpoint == Endpoint::Audit);
    let mut all = Vec::new();
    for (seq, exchange) in feed {
        let records = taken(exchange).map(in_body).unwrap_or_default();
        all.extend(records.into_iter().map(|r| Logged::new(Some(*seq), Cow::Owned(r), case.patients)));
    }
    if all.is_empty() && !context.data.audit.expects_feed {
        return Err(Judged::Undecided("no log was handed in, and no feed was declared".into()));
    }
    Ok(all)
}

/// The records in a body.
pub(super) fn in_body(body: &Body) -> Vec<Record> {
    let Some(value) = body.json() else { return Vec::new() };
    let events = fhir::events(value);
    if !events.is_empty() {
        return events.into_iter().map(fhir::read).collect();
    }
    let root = Element::from_json(value);
    root.iter().flat_map(dicom::messages).map(dicom::read).collect()
}
