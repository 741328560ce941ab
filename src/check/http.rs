//! HTTP facts: status, header fields, request line, clock (RFC 9110; TK-LOG-03 for the clock).

use serde::Deserialize;

use super::subject::{self, describe, fault_judged};
use super::{Answer, Context, Judged, each};
use crate::base::clock;
use crate::base::text::Text;
use crate::transcript::{Direction, Exchange};
use crate::wire::http::{header, media_type, parse_pairs};

/// The status is one of a list.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HttpStatus {
    /// Allowed statuses.
    pub one_of: Vec<u16>,
}

impl HttpStatus {
    pub(super) fn expected(&self) -> Text {
        let list = self.one_of.iter().map(u16::to_string).collect::<Vec<_>>();
        Text::new(format!("status {}", list.join(" of ")), format!("status {}", list.join(" or ")))
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each(context, |e| match (e.status(), &e.fault) {
            (Some(status), _) if self.one_of.contains(&status) => Judged::Met(format!("status {status}")),
            (Some(status), _) => Judged::NotMet(format!("status {status}")),
            (None, Some(fault)) => fault_judged(fault),
            (None, None) => Judged::Undecided("no answer".into()),
        })
    }
}

/// A header field of the candidate's half.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HttpHeader {
    /// Name, lower case.
    pub name: String,
    /// A part that the value must contain, whatever its case.
    #[serde(default)]
    pub contains: Option<String>,
    /// Media types of which the value must be one.
    #[serde(default)]
    pub media_type: Vec<String>,
    /// Whether the field must be absent.
    #[serde(default)]
    pub absent: bool,
}

impl HttpHeader {
    pub(super) fn expected(&self) -> Text {
        let name = &self.name;
        match (&self.contains, self.media_type.as_slice(), self.absent) {
            (_, _, true) => Text::new(format!("geen header `{name}`"), format!("no header `{name}`")),
            (Some(part), _, _) => {
                Text::new(format!("header `{name}` met `{part}`"), format!("header `{name}` with `{part}`"))
            }
            (None, [], _) => Text::new(format!("header `{name}` aanwezig"), format!("header `{name}` present")),
            (None, types, _) => {
                let types = types.join(", ");
                Text::new(format!("header `{name}`: een van {types}"), format!("header `{name}`: one of {types}"))
            }
        }
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each(context, |e| {
            let Some(headers) = subject::headers(e) else { return missing(e) };
            let value = header(headers, &self.name);
            let seen = value.map_or_else(|| format!("no header `{}`", self.name), |v| format!("{}: {v}", self.name));
            let good = match value {
                None => self.absent,
                Some(_) if self.absent => false,
                Some(v) => {
                    let contains = |part: &String| v.to_ascii_lowercase().contains(&part.to_ascii_lowercase());
                    self.contains.as_ref().is_none_or(contains)
                        && (self.media_type.is_empty() || self.media_type.contains(&media_type(v)))
                }
            };
            if good { Judged::Met(seen) } else { Judged::NotMet(seen) }
        })
    }
}

fn missing(exchange: &Exchange) -> Judged {
    match &exchange.fault {
        Some(fault) => Judged::Undecided(describe(fault)),
        None => Judged::Undecided("no message of the candidate".into()),
    }
}

/// The request line of a candidate that is the client.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RequestLine {
    /// Method.
    #[serde(default)]
    pub method: Option<String>,
    /// How the path ends, for example `/Task`.
    #[serde(default)]
    pub path_ends: Option<String>,
    /// Query parameters that must be there.
    #[serde(default)]
    pub query_has: Vec<String>,
    /// Query parameters that must not be there.
    #[serde(default)]
    pub query_lacks: Vec<String>,
}

impl RequestLine {
    pub(super) fn expected(&self) -> Text {
        let mut parts = Vec::new();
        parts.extend(self.method.clone());
        parts.extend(self.path_ends.as_ref().map(|p| format!("…{p}")));
        let line = parts.join(" ");
        let has = self.query_has.join(", ");
        let lacks = self.query_lacks.join(", ");
        let join = |with: &str, without: &str| {
            let mut text = line.clone();
            if !has.is_empty() {
                text += &format!(" {with} {has}");
            }
            if !lacks.is_empty() {
                text += &format!(" {without} {lacks}");
            }
            text.trim().to_owned()
        };
        Text::new(join("met parameter", "zonder parameter"), join("with parameter", "without parameter"))
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each(context, |e| {
            let (Direction::FromCandidate, Some(request)) = (e.direction, &e.request) else { return missing(e) };
            let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
            let names: Vec<String> = parse_pairs(query, false).into_iter().map(|(n, _)| n).collect();
            let good = self.method.as_ref().is_none_or(|m| *m == request.method)
                && self.path_ends.as_ref().is_none_or(|end| path.ends_with(end.as_str()))
                && self.query_has.iter().all(|n| names.contains(n))
                && !self.query_lacks.iter().any(|n| names.contains(n));
            let seen = format!("{} {}", request.method, request.target);
            if good { Judged::Met(seen) } else { Judged::NotMet(seen) }
        })
    }
}

/// The candidate's clock agrees with ours, by the Date field of its answers.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Clock {
    /// Largest difference in seconds.
    pub within_s: i64,
}

impl Clock {
    pub(super) fn expected(&self) -> Text {
        let s = self.within_s;
        Text::new(format!("klok wijkt hooguit {s} s af"), format!("clock differs by at most {s} s"))
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each(context, |e| {
            let Some(date) = subject::headers(e).and_then(|h| header(h, "date")) else {
                return Judged::Undecided("no Date header".into());
            };
            let (Some(theirs), Some(ours)) = (clock::parse_http_date(date), clock::parse_rfc3339(&e.began)) else {
                return Judged::NotMet(format!("Date: {date} cannot be read"));
            };
            let difference = (theirs - ours).whole_seconds();
            let seen = format!("difference {difference} s");
            if difference.abs() <= self.within_s { Judged::Met(seen) } else { Judged::NotMet(seen) }
        })
    }
}

/// Who is told to wait waits: after an answer with `Retry-After` the next request for the same comes no sooner (RFC 9110
/// section 10.2.3). A date in the place of seconds is not looked at: our own answers give none.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RetryAfter {}

impl RetryAfter {
    pub(super) fn expected(&self) -> Text {
        Text::new(
            "het volgende verzoek komt niet binnen Retry-After",
            "the next request comes no sooner than Retry-After",
        )
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let exchanges = &context.step.exchanges;
        let mut judged = None;
        for (at, (seq, told)) in exchanges.iter().enumerate() {
            let Some((pause, given)) = told_to_wait(told) else { continue };
            let Some((next, again)) = exchanges[at + 1..].iter().find(|(_, e)| e.endpoint == told.endpoint) else {
                continue;
            };
            let Some(began) = clock::parse_rfc3339(&again.began) else { continue };
            let waited = began - given;
            let seen = format!("asked again after {} ms, told to wait {pause} s", waited.whole_milliseconds());
            let sooner = waited < time::Duration::seconds(pause);
            let judgement = if sooner { Judged::NotMet(seen) } else { Judged::Met(seen) };
            let stop = sooner;
            judged = Some(Answer::new(judgement, vec![*seq, *next]));
            if stop {
                break;
            }
        }
        judged.unwrap_or_else(|| {
            Answer::new(Judged::Undecided("nobody was told to wait and asked again".into()), Vec::new())
        })
    }
}

/// How many seconds, and from when.
fn told_to_wait(exchange: &Exchange) -> Option<(i64, time::OffsetDateTime)> {
    let response = exchange.response.as_ref().filter(|r| r.status == 429 || r.status == 503)?;
    let seconds = header(&response.headers, "retry-after")?.parse().ok()?;
    let began = clock::parse_rfc3339(&exchange.began)?;
    Some((seconds, began + time::Duration::microseconds(i64::try_from(exchange.micros).ok()?)))
}
