//! Who is named in a grant: the organisation by URA, the professional by UZI number or local id with URA, the role by a code
//! of the UZI-register (Id-01, GF-ID-006 to -008).
//!
//! No source says what the claims are called. A claim that is absent is a fault only where the candidate file gives its name;
//! elsewhere it may stand under another one, and nothing can be told.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;

use super::subject::{Document, document, short};
use super::{Answer, Context, Judged, each};
use crate::base::id::StepId;
use crate::base::text::Text;
use crate::transcript::Exchange;
use crate::wire::oauth::{Claim, ClaimNames};
use crate::wire::roles::{RoleCodes, Standing};

/// How organisations and professionals are identified.
#[derive(Debug, Clone)]
pub struct Identification {
    /// Role codes.
    pub role_codes: Arc<RoleCodes>,
    /// Names of claims.
    pub claims: ClaimNames,
    /// Claims whose name the candidate file gives.
    pub declared: BTreeSet<Claim>,
}

/// Ways of writing the code system of UZI numbers of persons.
const UZI: [&str; 4] = [
    "http://fhir.nl/fhir/NamingSystem/uzi-nr-pers",
    "http://fhir.nl/fhir/NamingSystem/uzi",
    "urn:oid:2.16.528.1.1007.3.1",
    "2.16.528.1.1007.3.1",
];
const UZI_NUMBER: &str = "a UZI number";
/// Ways of writing the code system of URAs.
const URA: [&str; 3] = ["http://fhir.nl/fhir/NamingSystem/ura", "urn:oid:2.16.528.1.1007.3.3", "2.16.528.1.1007.3.3"];

/// The text of a claim in the grant of a request.
fn claim(context: Context<'_>, exchange: &Exchange, which: Claim) -> Result<String, Judged> {
    let Some(names) = &context.data.identification else {
        return Err(Judged::Undecided("the profile says nothing of claims".into()));
    };
    // Whether there is a grant at all is for others to judge.
    let grant =
        document(exchange, Document::Grant).map_err(|_| Judged::Undecided("there is no grant to look into".into()))?;
    let name = names.claims.of(which);
    match &grant["claims"][name] {
        serde_json::Value::String(text) => Ok(text.clone()),
        serde_json::Value::Null if names.declared.contains(&which) => {
            Err(Judged::NotMet(format!("no claim `{name}`, where the candidate file says that it is")))
        }
        serde_json::Value::Null => {
            Err(Judged::Undecided(format!("no claim `{name}`; give its name in the candidate file (`claims`)")))
        }
        other => Err(Judged::NotMet(format!("claim `{name}` is no text: {}", short(other)))),
    }
}

fn digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|b| b.is_ascii_digit())
}

/// System and value of `system|value`; no system where none stands.
fn parts(text: &str) -> (Option<&str>, &str) {
    text.rsplit_once('|').map_or((None, text), |(system, value)| (Some(system), value))
}

/// A role code of the list of the UZI-register.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RoleCode {
    /// Whether a specialism that is no longer given out is wrong too.
    #[serde(default)]
    pub given_out: bool,
}

impl RoleCode {
    pub(super) fn expected(&self) -> Text {
        if self.given_out {
            return Text::new("rolcode die nog wordt uitgegeven", "role code that is still given out");
        }
        Text::new("rolcode tt.sss uit de lijst van het UZI-register", "role code tt.sss of the UZI-register's list")
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each(context, |e| {
            let code = match claim(context, e, Claim::Role) {
                Ok(code) => code,
                Err(judged) => return judged,
            };
            let Some(names) = &context.data.identification else { return Judged::Undecided("no list".into()) };
            match names.role_codes.standing(&code) {
                Standing::Known | Standing::Employee => Judged::Met(code),
                Standing::Closed if !self.given_out => Judged::Met(code),
                Standing::Closed => Judged::NotMet(format!("{code} is no longer given out")),
                Standing::Unknown => Judged::NotMet(format!("{code} is not in the list")),
                Standing::Malformed => Judged::NotMet(format!("`{code}` is no role code")),
            }
        })
    }
}

/// The identifier of one professional: a UZI number, or a local id with the URA of the organisation; or, against another
/// step, that of the same one or of another one.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Professional {
    /// A step of the same professional: the identifier is the same.
    #[serde(default)]
    pub same_as: Option<StepId>,
    /// A step of another professional: the identifier differs.
    #[serde(default)]
    pub other_than: Option<StepId>,
    /// Whether only a UZI number will do. Id-01 allows a local id too, so with one nothing is said.
    #[serde(default)]
    pub uzi: bool,
}

impl Professional {
    pub(super) fn other_step(&self) -> Option<&StepId> {
        self.same_as.as_ref().or(self.other_than.as_ref())
    }
    pub(super) fn expected(&self) -> Text {
        match (&self.same_as, &self.other_than) {
            (Some(step), _) => Text::new(
                format!("dezelfde zorgverlener als in `{step}`"),
                format!("the same professional as in `{step}`"),
            ),
            (_, Some(step)) => Text::new(
                format!("een andere zorgverlener dan in `{step}`"),
                format!("another professional than in `{step}`"),
            ),
            _ if self.uzi => Text::new("zorgverlener met UZI-nummer", "professional by UZI number"),
            _ => Text::new(
                "zorgverlener met UZI-nummer, of lokaal nummer met URA",
                "professional by UZI number, or by local id with URA",
            ),
        }
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let ura = context.data.values.get("candidate.ura").map(String::as_str).unwrap_or_default();
        let other = match self.other_step().map(|step| of_step(context, step)).transpose() {
            Ok(other) => other,
            Err(judged) => return Answer::new(judged, Vec::new()),
        };
        each(context, |e| match (claim(context, e, Claim::User), &other) {
            (Err(judged), _) => judged,
            (Ok(user), None) => match form_of(&user, ura) {
                Judged::Met(text) if self.uzi && text != UZI_NUMBER => {
                    Judged::Undecided(format!("{text}: plateau 4 asks for a UZI number, and Id-01 allows this too"))
                }
                judged => judged,
            },
            (Ok(user), Some(other)) => {
                let text = format!("`{user}` against `{other}`");
                if (user == *other) == self.same_as.is_some() { Judged::Met(text) } else { Judged::NotMet(text) }
            }
        })
    }
}

/// The professional that another step names.
fn of_step(context: Context<'_>, step: &StepId) -> Result<String, Judged> {
    let exchange = context.other(step).and_then(|s| s.exchanges.last());
    let (_, exchange) = exchange.ok_or_else(|| Judged::Undecided(format!("step `{step}` saw nothing")))?;
    claim(context, exchange, Claim::User)
}

/// What can be told of an identifier by its form.
fn form_of(user: &str, ura: &str) -> Judged {
    let (system, value) = parts(user.trim());
    let value = value.trim();
    if value.is_empty() || value.bytes().all(|b| b == b'0') {
        return Judged::NotMet(format!("`{user}` identifies nobody"));
    }
    if system.is_some_and(|s| UZI.contains(&s)) {
        return if digits(value, 9) {
            Judged::Met(UZI_NUMBER.into())
        } else {
            Judged::NotMet(format!("`{value}` is no UZI number of nine digits"))
        };
    }
    if value == ura || system.is_some_and(|s| URA.contains(&s)) {
        return Judged::NotMet(format!("`{user}` is an organisation, not a professional"));
    }
    let names_organisation = !ura.is_empty() && user.split(|c: char| !c.is_ascii_digit()).any(|part| part == ura);
    if names_organisation {
        return Judged::Met("a local id with the URA".into());
    }
    Judged::Undecided(format!("`{user}` names no code system of UZI numbers and no URA: it may be unique or not"))
}

/// The URA of the organisation in a grant: eight digits, leading zeros included. Other numbers may stand beside it.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Organisation {}

impl Organisation {
    pub(super) fn expected(&self) -> Text {
        Text::new("organisatie met een URA van acht cijfers", "organisation by a URA of eight digits")
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each(context, |e| match claim(context, e, Claim::Organisation) {
            Err(judged) => judged,
            Ok(text) => {
                let (system, value) = parts(&text);
                let good = digits(value, 8) && system.is_none_or(|s| URA.contains(&s));
                if good { Judged::Met(text) } else { Judged::NotMet(format!("`{text}` is no URA")) }
            }
        })
    }
}

/// The URA in the client certificate is that of the organisation in the grant. A certificate of PKIoverheid that is no
/// UZI certificate holds none, and then there is nothing to compare (TM-5.2-1).
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CertificateUra {}

impl CertificateUra {
    pub(super) fn expected(&self) -> Text {
        Text::new(
            "de URA in het certificaat, als die er is, is die van de autorisatie-assertie",
            "the URA in the certificate, if there is one, is that of the grant",
        )
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each(context, |e| {
            let Some(leaf) = e.tls.as_ref().and_then(|tls| tls.peer.first()) else {
                return Judged::Undecided("no certificate was shown".into());
            };
            let Some(certified) = leaf.uzi.as_ref().map(|name| name.ura.as_str()) else {
                return Judged::Met("the certificate holds no URA: there is nothing to compare".into());
            };
            match claim(context, e, Claim::Organisation) {
                Ok(text) if parts(&text).1 == certified => Judged::Met(certified.to_owned()),
                Ok(text) => Judged::NotMet(format!("`{text}` in the grant, {certified} in the certificate")),
                Err(judged) => judged,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_professional_is_told_from_an_organisation_and_from_nobody() {
        let uzi = UZI[0];
        for (user, good) in [
            (format!("{uzi}|900012345"), Some(true)),
            ("urn:oid:2.16.528.1.1007.3.1|000012345".to_owned(), Some(true)),
            ("https://sim.example/staff/90000001|E-17".to_owned(), Some(true)),
            ("90000001-E17".to_owned(), Some(true)),
            (format!("{uzi}|90001234"), Some(false)),
            (format!("{uzi}|"), Some(false)),
            (format!("{uzi}|000000000"), Some(false)),
            ("90000001".to_owned(), Some(false)),
            ("http://fhir.nl/fhir/NamingSystem/ura|90000002".to_owned(), Some(false)),
            ("  ".to_owned(), Some(false)),
            ("administrator".to_owned(), None),
            ("900012345".to_owned(), None),
        ] {
            let told = match form_of(&user, "90000001") {
                Judged::Met(_) => Some(true),
                Judged::NotMet(_) => Some(false),
                Judged::Undecided(_) => None,
            };
            assert_eq!(told, good, "{user}");
        }
    }
}
