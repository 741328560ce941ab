//! Values in bodies, forms, queries and tokens, looked up by JSONPath (RFC 9535).

use regex::Regex;
use serde::Deserialize;
use serde_json::Value as Json;
use serde_json_path::JsonPath;

use super::subject::{self, Document, document, short};
use super::{Answer, Context, Judged, each};
use crate::base::clock;
use crate::base::id::StepId;
use crate::base::placeholder;
use crate::base::text::Text;
use crate::transcript::{Direction, Exchange};

/// A JSONPath, parsed when the scenario is loaded.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("format" = "json-path"))]
pub struct Path(#[schemars(with = "String")] JsonPath);

impl TryFrom<String> for Path {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        JsonPath::parse(&text).map(Self).map_err(|e| format!("`{text}` is no JSONPath: {e}"))
    }
}

impl Path {
    /// Everything that the path finds.
    pub fn find<'a>(&self, value: &'a Json) -> Vec<&'a Json> {
        self.0.query(value).all()
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A regular expression, parsed when the scenario is loaded.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("format" = "regex"))]
pub struct Pattern(#[schemars(with = "String")] Regex);

impl TryFrom<String> for Pattern {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Regex::new(&text).map(Self).map_err(|e| format!("`{text}` is no regular expression: {e}"))
    }
}

impl Pattern {
    /// Whether a text matches.
    pub(super) fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A value somewhere in what the candidate wrote.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Value {
    /// Where to look.
    #[serde(default, rename = "in")]
    pub within: Document,
    /// Path to the value.
    pub path: Path,
    /// Everything found equals this, and something is found.
    #[serde(default)]
    pub equals: Option<Json>,
    /// Everything found is one of these, and something is found.
    #[serde(default)]
    pub one_of: Vec<Json>,
    /// Everything found is text that matches, and something is found.
    #[serde(default)]
    pub matches: Option<Pattern>,
    /// At least this many are found. Without any condition: 1.
    #[serde(default)]
    pub at_least: Option<usize>,
    /// At most this many are found.
    #[serde(default)]
    pub at_most: Option<usize>,
    /// One exchange of the step with it is enough: more may have come by the time that a wait ends.
    #[serde(default)]
    pub somewhere: bool,
}

impl Value {
    pub(super) fn expected(&self) -> Text {
        let place = if self.within == Document::Body { String::new() } else { format!("{}: ", self.within) };
        let path = format!("{place}{}", self.path);
        let mut nl = Vec::new();
        if let Some(value) = &self.equals {
            nl.push((format!("= {}", short(value)), format!("= {}", short(value))));
        }
        if !self.one_of.is_empty() {
            let list = self.one_of.iter().map(short).collect::<Vec<_>>().join(", ");
            nl.push((format!("een van {list}"), format!("one of {list}")));
        }
        if let Some(pattern) = &self.matches {
            nl.push((format!("volgens {}", pattern.0), format!("matching {}", pattern.0)));
        }
        match (self.at_least, self.at_most) {
            (None, None) if nl.is_empty() => nl.push(("aanwezig".into(), "present".into())),
            (_, Some(0)) => nl.push(("afwezig".into(), "absent".into())),
            (Some(a), Some(b)) if a == b => nl.push((format!("precies {a} keer"), format!("exactly {a}"))),
            (least, most) => {
                if let Some(least) = least {
                    nl.push((format!("minstens {least} keer"), format!("at least {least}")));
                }
                if let Some(most) = most {
                    nl.push((format!("hooguit {most} keer"), format!("at most {most}")));
                }
            }
        }
        if self.somewhere {
            nl.push(("in een van de uitwisselingen".into(), "in one of the exchanges".into()));
        }
        let (nl, en): (Vec<_>, Vec<_>) = nl.into_iter().unzip();
        Text::new(format!("{path} {}", nl.join(", ")), format!("{path} {}", en.join(", ")))
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let wanted = match self.filled(context) {
            Ok(wanted) => wanted,
            Err(name) => return Answer::new(Judged::Undecided(format!("no value for `{name}`")), Vec::new()),
        };
        let one = |e: &Exchange| match document(e, self.within) {
            Ok(value) => wanted.judge_found(&wanted.path.find(&value)),
            Err(judged) => judged,
        };
        let is_met = |(seq, e): &(u64, &Exchange)| {
            let judged = one(e);
            matches!(judged, Judged::Met(_)).then(|| Answer::new(judged, vec![*seq]))
        };
        let met = self.somewhere.then(|| context.step.exchanges.iter().find_map(is_met)).flatten();
        met.unwrap_or_else(|| each(context, one))
    }

    /// The same check with the values of the run filled in; else the name of the one that is missing.
    fn filled(&self, context: Context<'_>) -> Result<std::borrow::Cow<'_, Self>, String> {
        use std::borrow::Cow;
        if self.texts().iter().all(|t| !t.contains("${")) {
            return Ok(Cow::Borrowed(self));
        }
        let mut filled = self.clone();
        for value in filled.equals.iter_mut().chain(&mut filled.one_of) {
            let Some(text) = value.as_str() else { continue };
            let known = |name: &str| {
                let given = context.data.values.get(name).map(|v| Json::String(v.clone()));
                given.or_else(|| context.case.captured(name).cloned())
            };
            let as_text = |value: Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            *value = match text.strip_prefix("${").and_then(|t| t.strip_suffix('}')) {
                Some(name) if !name.contains('}') => known(name).ok_or(name)?,
                _ => Json::String(placeholder::fill(text, |name| known(name).map(as_text))?),
            };
        }
        Ok(Cow::Owned(filled))
    }

    /// Texts that may be `${…}`: a value of the candidate file or one that a step kept.
    pub(super) fn texts(&self) -> Vec<&str> {
        self.equals.iter().chain(&self.one_of).filter_map(Json::as_str).collect()
    }

    fn judge_found(&self, found: &[&Json]) -> Judged {
        let about_values = self.equals.is_some() || !self.one_of.is_empty() || self.matches.is_some();
        let least = self.at_least.unwrap_or(usize::from(self.at_most.is_none() || about_values));
        let enough = found.len() >= least && self.at_most.is_none_or(|most| found.len() <= most);
        let good = |value: &&&Json| {
            self.equals.as_ref().is_none_or(|wanted| wanted == **value)
                && (self.one_of.is_empty() || self.one_of.contains(value))
                && self.matches.as_ref().is_none_or(|p| value.as_str().is_some_and(|text| p.0.is_match(text)))
        };
        let bad = found.iter().find(|v| !good(v));
        let seen = match (found, bad) {
            ([], _) => format!("{} finds nothing", self.path),
            (_, Some(bad)) => format!("{} is {}", self.path, short(bad)),
            ([one], None) => format!("{} is {}", self.path, short(one)),
            (many, None) => format!("{} finds {}", self.path, many.len()),
        };
        // Without the candidate's public keys nobody can tell whether its signature holds.
        if bad.is_some_and(|v| self.within.is_token() && **v == "not-checked") {
            return Judged::Undecided("organisation.jwks is not given: signatures cannot be checked".into());
        }
        if enough && bad.is_none() { Judged::Met(seen) } else { Judged::NotMet(seen) }
    }
}

/// Where another value stands.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Other {
    /// The step.
    pub of: StepId,
    /// Where to look.
    #[serde(default, rename = "in")]
    pub within: Document,
    /// Path to the value.
    pub path: Path,
}

/// A value that equals one of another step, or differs from it. Marks of redacted values compare as the values did.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SameValue {
    /// Where to look.
    #[serde(default, rename = "in")]
    pub within: Document,
    /// Path to the value.
    pub path: Path,
    /// The other value.
    #[serde(rename = "as")]
    pub as_in: Other,
    /// Whether they must differ instead.
    #[serde(default)]
    pub differs: bool,
}

impl SameValue {
    pub(super) fn expected(&self) -> Text {
        let (path, of, other) = (&self.path, &self.as_in.of, &self.as_in.path);
        if self.differs {
            Text::new(
                format!("{path} is anders dan {other} in `{of}`"),
                format!("{path} differs from {other} in `{of}`"),
            )
        } else {
            Text::new(format!("{path} is gelijk aan {other} in `{of}`"), format!("{path} equals {other} in `{of}`"))
        }
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let first = |exchange: &Exchange, within, path: &Path| -> Result<Json, Judged> {
            let value = document(exchange, within)?;
            let found = path.find(&value).first().map(|v| (*v).clone());
            found.ok_or_else(|| Judged::NotMet(format!("{path} finds nothing")))
        };
        let Some((_, reference)) = context.other(&self.as_in.of).and_then(|s| s.exchanges.last()) else {
            return Answer::new(Judged::Undecided(format!("step `{}` saw nothing", self.as_in.of)), Vec::new());
        };
        let wanted = match first(reference, self.as_in.within, &self.as_in.path) {
            Ok(value) => value,
            // The other message lacks it: then this one cannot be equal to it, and the lack is somebody's fault.
            Err(Judged::NotMet(why)) => {
                return Answer::new(Judged::NotMet(format!("in `{}`: {why}", self.as_in.of)), Vec::new());
            }
            Err(judged) => return Answer::new(judged, Vec::new()),
        };
        each(context, |e| match first(e, self.within, &self.path) {
            Ok(value) if (value == wanted) != self.differs => Judged::Met(short(&value)),
            Ok(value) => Judged::NotMet(format!("{} against {}", short(&value), short(&wanted))),
            Err(judged) => judged,
        })
    }
}

/// A citizen service number that passes the eleven test. The number itself is hidden; its mark says whether it passed.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Bsn {
    /// Where to look.
    #[serde(default, rename = "in")]
    pub within: Document,
    /// Path to the number.
    pub path: Path,
}

impl Bsn {
    pub(super) fn expected(&self) -> Text {
        Text::new(
            format!("{}: BSN dat aan de elfproef voldoet", self.path),
            format!("{}: BSN that passes the eleven test", self.path),
        )
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each(context, |e| match document(e, self.within) {
            Ok(value) => match self.path.find(&value).as_slice() {
                [] => Judged::NotMet(format!("{} finds nothing", self.path)),
                found => match found.iter().find(|v| !v.as_str().is_some_and(|t| t.starts_with("[redacted:bsn:"))) {
                    None => Judged::Met("passes the eleven test".into()),
                    Some(_) => Judged::NotMet("no BSN that passes the eleven test".into()),
                },
            },
            Err(judged) => judged,
        })
    }
}

/// Lifetime of a token at the moment it was shown.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct JwtTimes {
    /// Which token.
    #[serde(rename = "in")]
    pub within: Document,
    /// Clock difference that is allowed, in seconds.
    pub leeway_s: i64,
    /// Longest time between its beginning and `exp`, in seconds.
    #[serde(default)]
    pub longest_s: Option<i64>,
    /// Claim that says when it begins.
    #[serde(default)]
    pub from: Begins,
}

/// The claim that says when a token begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Begins {
    /// `iat`: when it was issued.
    #[default]
    Iat,
    /// `nbf`: from when it is valid; without one, `iat`.
    Nbf,
}

impl JwtTimes {
    pub(super) fn expected(&self) -> Text {
        match self.longest_s {
            None => Text::new(format!("{}: niet verlopen", self.within), format!("{}: not expired", self.within)),
            Some(s) => Text::new(
                format!("{}: niet verlopen, hooguit {s} s geldig", self.within),
                format!("{}: not expired, valid for at most {s} s", self.within),
            ),
        }
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each(context, |e| {
            let token = match document(e, self.within) {
                Ok(token) => token,
                Err(judged) => return judged,
            };
            let claim = |name: &str| token["claims"][name].as_f64();
            let Some(shown) = clock::parse_rfc3339(&e.began) else {
                return Judged::Undecided("no time of the exchange".into());
            };
            let Some(expires) = claim("exp") else { return Judged::NotMet("no `exp`".into()) };
            let begins = match self.from {
                Begins::Iat => claim("iat"),
                Begins::Nbf => claim("nbf").or(claim("iat")),
            };
            #[allow(clippy::cast_precision_loss, reason = "seconds since 1970 fit exactly into a double")]
            let left = expires - shown.unix_timestamp() as f64;
            #[allow(clippy::cast_precision_loss, reason = "small numbers of seconds")]
            if left < -(self.leeway_s as f64) {
                return Judged::NotMet(format!("expired {} s before it was shown", -left));
            }
            #[allow(clippy::cast_precision_loss, reason = "small numbers of seconds")]
            match (self.longest_s, begins) {
                (Some(longest), Some(issued)) if expires - issued > longest as f64 => {
                    Judged::NotMet(format!("valid for {} s", expires - issued))
                }
                (Some(_), None) if self.from == Begins::Nbf => Judged::NotMet("no `nbf` and no `iat`".into()),
                (Some(_), None) => Judged::NotMet("no `iat`".into()),
                _ => Judged::Met(format!("expires {left} s after it was shown")),
            }
        })
    }
}

/// The audience of a token that the candidate sent us is our authorization server: its token endpoint or its origin
/// (RFC 7523 section 3; Twiin names neither, so both count).
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct JwtAudience {
    /// Which token.
    #[serde(rename = "in")]
    pub within: Document,
}

impl JwtAudience {
    pub(super) fn expected(&self) -> Text {
        let which = self.within;
        Text::new(
            format!("{which}: aud is onze autorisatieserver"),
            format!("{which}: aud is our authorization server"),
        )
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each(context, |e| {
            let (Direction::FromCandidate, Some(request)) = (e.direction, &e.request) else {
                return Judged::Undecided("the token was not sent to us".into());
            };
            let token = match document(e, self.within) {
                Ok(token) => token,
                Err(judged) => return judged,
            };
            let path = request.target.split('?').next().unwrap_or_default();
            let ours = [format!("{}{path}", request.base), request.base.clone(), format!("{}/", request.base)];
            let audience = &token["claims"]["aud"];
            let named = |a: &Json| a.as_str().is_some_and(|a| ours.iter().any(|o| o == a));
            let good = named(audience) || audience.as_array().is_some_and(|list| list.iter().any(named));
            let seen = format!("aud {}", short(audience));
            if good { Judged::Met(seen) } else { Judged::NotMet(seen) }
        })
    }
}

/// The error object of a token endpoint (RFC 6749 section 5.2).
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OauthError {
    /// Allowed statuses.
    pub status: Vec<u16>,
    /// Allowed error codes.
    pub one_of: Vec<String>,
}

impl OauthError {
    pub(super) fn expected(&self) -> Text {
        let status = self.status.iter().map(u16::to_string).collect::<Vec<_>>().join("/");
        let codes = self.one_of.join(", ");
        Text::new(format!("status {status} met `error`: {codes}"), format!("status {status} with `error`: {codes}"))
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each(context, |e| {
            let Some(status) = e.status() else {
                return e.fault.as_ref().map_or(Judged::Undecided("no answer".into()), subject::fault_judged);
            };
            let code = subject::json_body(e).ok().and_then(|b| b["error"].as_str());
            let seen = format!("status {status}, error {}", code.unwrap_or("none"));
            let good = self.status.contains(&status) && code.is_some_and(|c| self.one_of.iter().any(|o| o == c));
            if good { Judged::Met(seen) } else { Judged::NotMet(seen) }
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::super::{Check, CheckData};
    use super::*;
    use crate::transcript::StepOutcome;
    use crate::transcript::select::{CaseView, StepView};

    #[test]
    fn one_exchange_is_enough_where_that_is_asked_and_all_are_looked_at_else() {
        let read = |kind: &str| -> Exchange {
            let body = json!({"json": {"format": "json", "value": {"resourceType": kind}, "bytes": 1}});
            serde_json::from_value(json!({
                "direction": "from-candidate", "endpoint": "read", "identity": "partner", "began": "2026-11-21T10:00:00Z",
                "micros": 0, "response": {"status": 200, "headers": [], "body": body},
            }))
            .unwrap()
        };
        let judge = |somewhere: bool, kinds: &[&str]| {
            let word =
                json!({"in": "our-body", "path": "$.resourceType", "equals": "Composition", "somewhere": somewhere});
            let check: Check = serde_json::from_value(json!({ "value": word })).unwrap();
            let all: Vec<Exchange> = kinds.iter().map(|kind| read(kind)).collect();
            let (exchanges, captured) = ((0..).zip(&all).collect(), BTreeMap::new());
            let step = StepView { outcome: &StepOutcome::Done, exchanges, captured: &captured };
            check.judge(Context { step: &step, case: &CaseView::default(), data: &CheckData::default() })
        };
        let both = ["Flag", "Composition"];
        assert_eq!(judge(true, &both).at, [1]);
        assert!(matches!(judge(true, &both).judged, Judged::Met(_)));
        assert!(matches!(judge(false, &both).judged, Judged::NotMet(_)));
        assert!(matches!(judge(true, &["Flag"]).judged, Judged::NotMet(_)));
        assert!(matches!(judge(true, &[]).judged, Judged::Undecided(_)));
    }
}
