//! Reconciliation: what the candidate logged is held against what happened between the GtKs (Log-01, TWIIN-LOG-10, the
//! auditor's questions in 50-generic-facilities section 5.5).
//!
//! Records come from the feed to the harness's audit repository, or from a log that was handed in. Each is paired with
//! the exchange that it fits best; what is left over on either side is missing, double or invented. Aspects are asked one
//! by one, so that different requirements look at different facts.

mod exchanges;
mod matching;
mod record;
mod records;

use serde::{Deserialize, Serialize};

pub use record::{AuditRecord, FieldGroup, FieldGroups};
pub use records::{AssignedLog, assign};

use super::{Answer, Context, Judged};
use crate::base::text::Text;
use crate::wire::audit::Outcome;
use crate::wire::audit::identifier;
use exchanges::{Expected, Way};
use matching::{Pairing, pair};
use records::Logged;

/// What records are held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, schemars::JsonSchema, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Aspect {
    /// Every exchange has a record.
    Logged,
    /// No exchange has two.
    Once,
    /// Nothing is recorded that did not happen.
    NothingElse,
    /// The patient, by a number that says that it is a citizen service number.
    Patient,
    /// The organisation at the other side, by its URA.
    Counterpart,
    /// The professional who was named in the token request.
    User,
    /// The role code that was named there.
    Role,
    /// Both who acted under mandate and who is responsible.
    Mandate,
    /// Whether it succeeded.
    Outcome,
    /// The time.
    Time,
    /// An id of the request (`X-Request-Id`, `traceparent`).
    Correlation,
    /// The consent or the protocol that was applied.
    Policy,
}

/// Which exchanges are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, schemars::JsonSchema, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Among {
    /// All messages.
    #[default]
    All,
    /// Those that were refused or went wrong, connections refused by the candidate included.
    Refused,
    /// Those that the candidate answered.
    Incoming,
    /// Those that the candidate began.
    Outgoing,
}

/// Where records are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, schemars::JsonSchema, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum From {
    /// The log that was handed in; without one the feed.
    #[default]
    Any,
    /// The feed alone (ITI-20).
    Feed,
}

/// What the candidate logged agrees with what happened in the whole case.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Reconciled {
    /// What is compared.
    pub aspects: Vec<Aspect>,
    /// Which exchanges.
    #[serde(default)]
    pub among: Among,
    /// Which records.
    #[serde(default)]
    pub from: From,
}

impl Reconciled {
    pub(super) fn expected(&self) -> Text {
        let aspects: Vec<String> = self.aspects.iter().map(ToString::to_string).collect();
        let aspects = aspects.join(", ");
        let (nl, en) = match self.among {
            Among::All => ("alle berichten", "all messages"),
            Among::Refused => ("geweigerde en mislukte berichten", "refused and failed messages"),
            Among::Incoming => ("beantwoorde berichten", "messages that were answered"),
            Among::Outgoing => ("verstuurde verzoeken", "requests that were sent"),
        };
        Text::new(format!("de log klopt met {nl}: {aspects}"), format!("the log agrees with {en}: {aspects}"))
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let happened = exchanges::of_case(context.case, context.data);
        let logged = match records::of_case(context, self.from) {
            Ok(logged) => logged,
            Err(judged) => return Answer::new(judged, Vec::new()),
        };
        let pairing = pair(&happened, &logged);
        let view = View { happened: &happened, logged: &logged, pairing: &pairing, among: self.among };
        let mut found = Found::default();
        for aspect in &self.aspects {
            view.compare(*aspect, context.data.audit.tolerance_s, &mut found);
        }
        found.answer(happened.len(), logged.len())
    }

    /// Why it can never fail or never be met.
    pub(super) fn cannot_fail(&self) -> Option<&'static str> {
        self.aspects.is_empty().then_some("no aspect is compared")
    }
}

/// What was found.
#[derive(Debug, Default)]
struct Found {
    compared: usize,
    faults: Vec<String>,
    at: Vec<u64>,
}

impl Found {
    fn fault(&mut self, text: String, at: impl IntoIterator<Item = u64>) {
        self.faults.push(text);
        self.at.extend(at);
    }

    fn answer(mut self, happened: usize, logged: usize) -> Answer {
        const SHOWN: usize = 3;
        self.at.sort_unstable();
        self.at.dedup();
        let judged = if !self.faults.is_empty() {
            let more = self.faults.len().saturating_sub(SHOWN);
            let mut text = self.faults.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("; ");
            if more > 0 {
                text += &format!("; and {more} more");
            }
            Judged::NotMet(text)
        } else if self.compared == 0 {
            Judged::Undecided("there was nothing to compare".into())
        } else {
            Judged::Met(format!("{happened} exchanges, {logged} records"))
        };
        Answer::new(judged, self.at)
    }
}

struct View<'a> {
    happened: &'a [Expected<'a>],
    logged: &'a [Logged<'a>],
    pairing: &'a Pairing,
    among: Among,
}

impl View<'_> {
    fn looks_at(&self, expected: &Expected<'_>) -> bool {
        match self.among {
            Among::All => expected.way != Way::Handshake,
            Among::Refused => expected.outcome == Outcome::Failure && !expected.optional,
            Among::Incoming => expected.way == Way::Incoming,
            Among::Outgoing => expected.way == Way::Outgoing,
        }
    }

    fn compare(&self, aspect: Aspect, tolerance_s: i64, found: &mut Found) {
        match aspect {
            Aspect::Logged => self.logged(found),
            Aspect::Once => self.once(found),
            Aspect::NothingElse => self.nothing_else(found),
            _ => self.pairs(aspect, tolerance_s, found),
        }
    }

    fn logged(&self, found: &mut Found) {
        for (at, expected) in self.happened.iter().enumerate().filter(|(_, e)| self.looks_at(e) && !e.optional) {
            found.compared += 1;
            if !self.pairing.pairs.iter().any(|(exchange, _)| *exchange == at) {
                found.fault(format!("no record of {}", expected.name()), [expected.seq]);
            }
        }
    }

    fn once(&self, found: &mut Found) {
        found.compared += self.pairing.pairs.len();
        for (exchange, record) in &self.pairing.doubles {
            let expected = &self.happened[*exchange];
            if self.looks_at(expected) {
                found.fault(
                    format!("two records of {}", expected.name()),
                    [expected.seq].into_iter().chain(self.logged[*record].seq),
                );
            }
        }
    }

    fn nothing_else(&self, found: &mut Found) {
        found.compared += self.logged.len();
        for record in self.pairing.invented.iter().map(|at| &self.logged[*at]) {
            let time = record.record.time.as_deref().unwrap_or("no time");
            found.fault(
                format!("a record of something that did not happen ({}, {time})", record.record.event.join(" ")),
                record.seq,
            );
        }
    }

    fn pairs(&self, aspect: Aspect, tolerance_s: i64, found: &mut Found) {
        for (exchange, record) in &self.pairing.pairs {
            let (expected, logged) = (&self.happened[*exchange], &self.logged[*record]);
            if !self.looks_at(expected) {
                continue;
            }
            let Some(good) = agrees(aspect, expected, logged, tolerance_s) else { continue };
            found.compared += 1;
            if let Err(seen) = good {
                let at = [expected.seq].into_iter().chain(logged.seq);
                found.fault(format!("{aspect} of {}: {seen}", expected.name()), at);
            }
        }
    }
}

/// Whether a record agrees with its exchange; `None` when the exchange does not tell.
fn agrees(
    aspect: Aspect,
    expected: &Expected<'_>,
    logged: &Logged<'_>,
    tolerance_s: i64,
) -> Option<Result<(), String>> {
    let record = logged.record.as_ref();
    let must = |good: bool, seen: String| Some(if good { Ok(()) } else { Err(seen) });
    let value = |id: &str| identifier(id).1.to_owned();
    let has_person = |id: &str| record.persons.iter().any(|p| value(&p.id) == value(id));
    match aspect {
        Aspect::Patient => {
            let wanted = expected.patient.as_deref()?;
            match logged.patient() {
                None => must(false, "no patient in the record".into()),
                Some(other) if other != wanted => must(false, "another patient in the record".into()),
                Some(_) => must(record.patient_typed, "the number is not said to be a BSN".into()),
            }
        }
        Aspect::Counterpart => {
            let wanted = expected.counterpart?;
            let named = record.organisations.join(", ");
            must(record.organisations.iter().any(|o| o == wanted), format!("URA {wanted} is not there, but {named}"))
        }
        Aspect::User => {
            let wanted = expected.user.as_deref()?;
            must(has_person(wanted), format!("{wanted} is not there"))
        }
        Aspect::Role => {
            let wanted = expected.role.as_deref()?;
            let roles: Vec<&str> = record.persons.iter().filter_map(|p| p.role.as_deref()).collect();
            must(roles.contains(&wanted), format!("role {wanted} is not there, but [{}]", roles.join(", ")))
        }
        Aspect::Mandate => {
            let (user, mandated) = (expected.user.as_deref()?, expected.mandated.as_deref()?);
            must(has_person(user) && has_person(mandated), "not both persons are there".into())
        }
        Aspect::Outcome => {
            let wanted = expected.outcome;
            let seen = record.outcome.map_or("none".to_owned(), |o| o.to_string());
            must(record.outcome == Some(wanted), format!("{wanted} expected, {seen} recorded"))
        }
        Aspect::Time => match logged.off_by(expected) {
            None => must(false, "no time that can be read".into()),
            Some(off) => must(
                off.whole_milliseconds() <= i128::from(tolerance_s) * 1_000,
                format!("off by {} s", off.whole_seconds()),
            ),
        },
        Aspect::Correlation => {
            let sent = &expected.correlation;
            (!sent.is_empty()).then_some(())?;
            must(sent.iter().any(|id| record.mentions(id)), "none of the ids that were sent".into())
        }
        Aspect::Policy => {
            (expected.patient.is_some() && expected.outcome == Outcome::Success && expected.gives_data())
                .then_some(())?;
            must(!record.policies.is_empty(), "no consent or protocol".into())
        }
        Aspect::Logged | Aspect::Once | Aspect::NothingElse => None,
    }
}

#[cfg(test)]
mod tests;
