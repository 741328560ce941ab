//! The SAML assertion in the security header of a request (IHE ITI-40, 30-beeldbeschikbaarheid section 5): signed, alone,
//! valid, meant for somebody, and with the attributes that it should have.
//!
//! It is judged by the facts that the transcript keeps of it (`wire::saml::Facts`), so a signature counts only for what was
//! read from the very element that was signed.

use serde::Deserialize;
use serde_json::Value as Json;

use super::subject::short;
use super::value::Pattern;
use super::{Answer, Context, Judged, each};
use crate::base::clock;
use crate::base::placeholder;
use crate::base::text::Text;
use crate::transcript::{Direction, Exchange, JwtFacts};
use crate::wire::saml::{level, names};

/// The assertion in the security header of a request.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SamlAssertion {
    /// Which of several in the header, counted from 1: the first one when left out.
    #[serde(default)]
    pub number: Option<usize>,
    /// It is the only one in the header.
    #[serde(default)]
    pub alone: bool,
    /// It is signed, the signature covers all of it, and nothing in the message looks like signature wrapping.
    #[serde(default)]
    pub signed: bool,
    /// The signature algorithm is one of these, by what stands behind the `#` of its URI.
    #[serde(default)]
    pub methods: Vec<String>,
    /// The digest is one of these, likewise.
    #[serde(default)]
    pub digests: Vec<String>,
    /// It names a subject.
    #[serde(default)]
    pub subject: bool,
    /// One of the methods of confirmation is this URI.
    #[serde(default)]
    pub confirmation: Option<String>,
    /// It holds for no longer than so many seconds, counted from its issue and from `NotBefore`.
    #[serde(default)]
    pub longest_s: Option<u32>,
    /// It held when it was shown, by clocks that are so many seconds apart at most.
    #[serde(default)]
    pub valid_within_s: Option<u32>,
    /// `NotBefore` is the moment of issue.
    #[serde(default)]
    pub not_before_is_issue: bool,
    /// It names an audience.
    #[serde(default)]
    pub for_somebody: bool,
    /// One of its audiences is one of these.
    #[serde(default)]
    pub audience: Vec<String>,
    /// Its issuer is one of these.
    #[serde(default)]
    pub issuer: Vec<String>,
    /// It says how the user was authenticated, by a class or a declaration.
    #[serde(default)]
    pub authenticated: bool,
    /// That class or declaration is one of these.
    #[serde(default)]
    pub context: Vec<String>,
    /// The URA of the organisation in it is the one of the certificate that signed it.
    #[serde(default)]
    pub certificate_ura: bool,
    /// It names the same subject as the one of this number in the same header.
    #[serde(default)]
    pub subject_of: Option<usize>,
    /// What one of its attributes is.
    #[serde(default)]
    pub attribute: Option<AttributeRule>,
}

/// What an attribute of an assertion must be. Without more: it is there.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AttributeRule {
    /// Its name.
    pub name: String,
    /// It is not there.
    #[serde(default)]
    pub absent: bool,
    /// It may be absent; what follows is asked where it is there.
    #[serde(default)]
    pub optional: bool,
    /// How far every value is encoded as the sources have it.
    #[serde(default)]
    pub encoded: Option<Encoded>,
    /// The system of every value, an OID, is one of these.
    #[serde(default)]
    pub system: Vec<String>,
    /// Every value is one of these.
    #[serde(default)]
    pub one_of: Vec<String>,
    /// Every value matches.
    #[serde(default)]
    pub matches: Option<Pattern>,
}

/// How far a value is encoded as the sources have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Encoded {
    /// It can be read: namespace and needed parts are there.
    Readable,
    /// It is also called and typed as the sources have it.
    Exactly,
}

impl SamlAssertion {
    /// Why the check says nothing, if it does not.
    pub(super) fn cannot_fail(&self) -> Option<&'static str> {
        if self.facets().is_empty() {
            return Some("no condition is given");
        }
        let rule = self.attribute.as_ref()?;
        let about_values = rule.encoded.is_some() || rule.about_content();
        if rule.absent && (rule.optional || about_values) {
            return Some("what must be absent has no values");
        }
        (rule.optional && !about_values).then_some("it may be there or not, whatever it is")
    }

    /// Texts that may be `${…}`.
    pub(super) fn texts(&self) -> Vec<&str> {
        let of_attribute = self.attribute.iter().flat_map(|rule| rule.one_of.iter().chain(&rule.system));
        let all = self.audience.iter().chain(&self.issuer).chain(&self.context).chain(of_attribute);
        all.map(String::as_str).collect()
    }

    /// What is asked, one after the other.
    fn facets(&self) -> Vec<Facet<'_>> {
        let flags = [
            (self.alone, Facet::Alone),
            (self.signed, Facet::Signed),
            (self.subject, Facet::Subject),
            (self.not_before_is_issue, Facet::NotBeforeIsIssue),
            (self.for_somebody, Facet::ForSomebody),
            (self.authenticated, Facet::Authenticated),
            (self.certificate_ura, Facet::CertificateUra),
        ];
        let lists = [
            (&self.methods, Facet::Methods(&self.methods)),
            (&self.digests, Facet::Digests(&self.digests)),
            (&self.audience, Facet::Audience(&self.audience)),
            (&self.issuer, Facet::Issuer(&self.issuer)),
            (&self.context, Facet::Context(&self.context)),
        ];
        let flags = flags.into_iter().filter(|(asked, _)| *asked).map(|(_, facet)| facet);
        let lists = lists.into_iter().filter(|(list, _)| !list.is_empty()).map(|(_, facet)| facet);
        let others = [
            self.confirmation.as_deref().map(Facet::Confirmation),
            self.longest_s.map(Facet::Longest),
            self.valid_within_s.map(Facet::ValidWithin),
            self.subject_of.map(Facet::SubjectOf),
            self.attribute.as_ref().map(Facet::Attribute),
        ];
        flags.chain(lists).chain(others.into_iter().flatten()).collect()
    }

    pub(super) fn expected(&self) -> Text {
        let (nl, en): (Vec<_>, Vec<_>) = self.facets().iter().map(Facet::expected).map(|t| (t.nl, t.en)).unzip();
        let number = self.number.map(|n| format!(" {n}")).unwrap_or_default();
        let (nl, en) = (nl.join(", "), en.join(", "));
        Text::new(format!("SAML-assertion{number}: {nl}"), format!("SAML assertion{number}: {en}"))
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let fill = |text: &str| {
            let known = |name: &str| {
                let captured = || context.case.captured(name).and_then(Json::as_str).map(str::to_owned);
                context.data.values.get(name).cloned().or_else(captured)
            };
            placeholder::fill(text, known)
        };
        each(context, |exchange| match self.facts(exchange) {
            Err(judged) => judged,
            Ok(facts) => {
                let mut seen = Vec::new();
                for facet in self.facets() {
                    match facet.judge(facts, exchange, &fill) {
                        Judged::Met(text) => seen.push(text),
                        other => return other,
                    }
                }
                Judged::Met(seen.join("; "))
            }
        })
    }

    fn facts<'a>(&self, exchange: &'a Exchange) -> Result<&'a JwtFacts, Judged> {
        let name = name_of(self.number.unwrap_or(1));
        let (Direction::FromCandidate, Some(request)) = (exchange.direction, &exchange.request) else {
            return Err(Judged::Undecided("no request of the candidate".into()));
        };
        request.jwt.get(&name).ok_or_else(|| Judged::NotMet("no SAML assertion in a security header".into()))
    }
}

/// What the transcript calls the assertion of this number.
fn name_of(number: usize) -> String {
    if number < 2 { "saml".to_owned() } else { format!("saml-{number}") }
}

/// One thing that is asked.
#[derive(Clone, Copy)]
enum Facet<'a> {
    Alone,
    Signed,
    Methods(&'a [String]),
    Digests(&'a [String]),
    Subject,
    Confirmation(&'a str),
    Longest(u32),
    ValidWithin(u32),
    NotBeforeIsIssue,
    ForSomebody,
    Audience(&'a [String]),
    Issuer(&'a [String]),
    Authenticated,
    Context(&'a [String]),
    CertificateUra,
    SubjectOf(usize),
    Attribute(&'a AttributeRule),
}

impl Facet<'_> {
    fn expected(&self) -> Text {
        let list = |all: &[String]| all.join(", ");
        match self {
            Self::Alone => Text::new("de enige in de header", "the only one in the header"),
            Self::Signed => Text::new("geheel ondertekend", "signed as a whole"),
            Self::Methods(all) => {
                Text::new(format!("ondertekend met {}", list(all)), format!("signed by {}", list(all)))
            }
            Self::Digests(all) => Text::new(format!("hash {}", list(all)), format!("digest {}", list(all))),
            Self::Subject => Text::new("noemt een subject", "names a subject"),
            Self::Confirmation(uri) => Text::new(format!("bevestiging {uri}"), format!("confirmation {uri}")),
            Self::Longest(s) => Text::new(format!("hooguit {s} s geldig"), format!("valid for at most {s} s")),
            Self::ValidWithin(s) => {
                Text::new(format!("geldig bij ontvangst (± {s} s)"), format!("valid on receipt (± {s} s)"))
            }
            Self::NotBeforeIsIssue => Text::new("NotBefore = IssueInstant", "NotBefore = IssueInstant"),
            Self::ForSomebody => Text::new("noemt een audience", "names an audience"),
            Self::Audience(all) => Text::new(format!("audience {}", list(all)), format!("audience {}", list(all))),
            Self::Issuer(all) => Text::new(format!("uitgever {}", list(all)), format!("issuer {}", list(all))),
            Self::Authenticated => {
                Text::new("AuthnStatement met klasse of verklaring", "AuthnStatement with a class or declaration")
            }
            Self::Context(all) => Text::new(format!("klasse {}", list(all)), format!("class {}", list(all))),
            Self::CertificateUra => {
                Text::new("URA gelijk aan die van het certificaat", "URA equal to that of the certificate")
            }
            Self::SubjectOf(number) => Text::new(
                format!("zelfde subject als assertion {number}"),
                format!("same subject as assertion {number}"),
            ),
            Self::Attribute(rule) => rule.expected(),
        }
    }

    fn judge(&self, facts: &JwtFacts, exchange: &Exchange, fill: &Fill<'_>) -> Judged {
        let (header, claims) = (&facts.header, &facts.claims);
        match self {
            Self::Alone => told(header["assertions"] == 1, format!("{} assertions", header["assertions"])),
            Self::Signed => signed(facts),
            Self::Methods(all) => algorithm(&header["signature-method"], all),
            Self::Digests(all) => algorithm(&header["digest-method"], all),
            Self::Subject => {
                let name = &claims["subject"]["name-id"];
                told(name.as_str().is_some_and(|n| !n.is_empty()), format!("NameID {}", short(name)))
            }
            Self::Confirmation(uri) => any(&claims["confirmation"], &[(*uri).to_owned()], fill, "confirmation"),
            Self::Longest(s) => match claims["lifetime-ms"].as_i64() {
                Some(ms) => told(ms <= i64::from(*s) * 1000, format!("valid for {} s", ms / 1000)),
                None => Judged::NotMet("no end of validity".into()),
            },
            Self::ValidWithin(s) => valid(claims, exchange, i64::from(*s)),
            Self::NotBeforeIsIssue => {
                let (from, issued) = (&claims["not-before"], &claims["issued"]);
                told(from.is_i64() && from == issued, format!("NotBefore {from}, IssueInstant {issued}"))
            }
            Self::ForSomebody => {
                let named = list(&claims["aud"]).any(|a| a.as_str().is_some_and(|a| !a.is_empty()));
                told(named, format!("audience {}", short(&claims["aud"])))
            }
            Self::Audience(all) => any(&claims["aud"], all, fill, "audience"),
            Self::Issuer(all) => any(&claims["iss"], all, fill, "issuer"),
            Self::Authenticated => {
                let named = list(&claims["context"]).any(|c| c.as_str().is_some_and(|c| !c.is_empty()));
                told(named, format!("authentication {}", short(&claims["context"])))
            }
            Self::Context(all) => any(&claims["context"], all, fill, "authentication"),
            Self::CertificateUra => certificate_ura(facts),
            Self::SubjectOf(number) => same_subject(facts, exchange, *number),
            Self::Attribute(rule) => rule.judge(&claims["attributes"], fill),
        }
    }
}

type Fill<'a> = dyn Fn(&str) -> Result<String, String> + 'a;

fn told(good: bool, seen: String) -> Judged {
    if good { Judged::Met(seen) } else { Judged::NotMet(seen) }
}

/// One thing by itself or several in a list.
fn list(value: &Json) -> Box<dyn Iterator<Item = &Json> + '_> {
    match value {
        Json::Null => Box::new(std::iter::empty()),
        Json::Array(all) => Box::new(all.iter()),
        one => Box::new(std::iter::once(one)),
    }
}

fn signed(facts: &JwtFacts) -> Judged {
    let named = |member: &str| list(&facts.header[member]).filter_map(Json::as_str).collect::<Vec<_>>().join(", ");
    // A signature over the whole message may refer to the assertion; that alone is no wrapping.
    let wrapping = list(&facts.header["suspicions"]).any(|s| *s != "signature-elsewhere");
    let mut seen = format!("signature {}", facts.signature);
    for (what, why) in [("faults", named("signature-faults")), ("suspicions", named("suspicions"))] {
        if !why.is_empty() {
            seen.push_str(&format!(", {what}: {why}"));
        }
    }
    told(facts.signature == "verified" && !wrapping, seen)
}

fn algorithm(uri: &Json, allowed: &[String]) -> Judged {
    let Some(uri) = uri.as_str() else { return Judged::NotMet("no signature".into()) };
    let name = uri.rsplit('#').next().unwrap_or_default();
    told(allowed.iter().any(|a| a == name), name.to_owned())
}

fn any(found: &Json, allowed: &[String], fill: &Fill<'_>, what: &str) -> Judged {
    let mut wanted = Vec::new();
    for text in allowed {
        match fill(text) {
            Ok(text) => wanted.push(text),
            Err(name) => return Judged::Undecided(format!("no value for `{name}`")),
        }
    }
    let good = list(found).filter_map(Json::as_str).any(|text| wanted.iter().any(|w| w == text || same_level(w, text)));
    told(good, format!("{what} {}", short(found)))
}

/// Whether two URIs name one level of eIDAS: an odd spelling is in use, and means the same (50-generic-facilities 7.1).
fn same_level(one: &str, other: &str) -> bool {
    let level = |uri| level(uri).map(|(level, _)| level);
    level(one).is_some() && level(one) == level(other)
}

fn valid(claims: &Json, exchange: &Exchange, leeway: i64) -> Judged {
    let Some(shown) = clock::parse_rfc3339(&exchange.began).map(|at| at.unix_timestamp()) else {
        return Judged::Undecided("no time of the exchange".into());
    };
    let Some(end) = claims["exp"].as_i64() else { return Judged::NotMet("no end of validity".into()) };
    let Some(issued) = claims["issued"].as_i64() else { return Judged::NotMet("no moment of issue".into()) };
    let start = claims["not-before"].as_i64().unwrap_or(issued).max(issued);
    if shown >= end + leeway {
        return Judged::NotMet(format!("expired {} s before it was shown", shown - end));
    }
    told(
        shown >= start - leeway,
        format!("valid from {} s before it was shown, for {} s more", shown - start, end - shown),
    )
}

/// Whether another assertion of the header is about the same user.
fn same_subject(facts: &JwtFacts, exchange: &Exchange, number: usize) -> Judged {
    let other = exchange.request.as_ref().and_then(|r| r.jwt.get(&name_of(number)));
    let subject = |facts: &JwtFacts| facts.claims["subject"]["name-id"].as_str().map(str::to_owned);
    match (subject(facts), other.map(subject)) {
        (Some(own), Some(Some(other))) => told(own == other, format!("subject {own} beside {other}")),
        _ => Judged::NotMet("one of both names no subject".into()),
    }
}

fn certificate_ura(facts: &JwtFacts) -> Judged {
    if facts.signature != "verified" {
        return Judged::NotMet(format!("signature {}", facts.signature));
    }
    let said: Vec<&str> =
        list(&facts.claims["attributes"][names::PROVIDER_INSTITUTION]).filter_map(|v| v["value"].as_str()).collect();
    match (facts.header["certificate-ura"].as_str(), said.as_slice()) {
        (_, []) => Judged::NotMet("no URA in the assertion".into()),
        (None, _) => Judged::Undecided("the certificate carries no URA in a form that can be read".into()),
        (Some(own), said) => told(
            said.iter().all(|ura| *ura == own),
            format!("URA {} against {own} of the certificate", said.join(", ")),
        ),
    }
}

impl AttributeRule {
    fn about_content(&self) -> bool {
        !self.system.is_empty() || !self.one_of.is_empty() || self.matches.is_some()
    }

    fn expected(&self) -> Text {
        let name = self.name.rsplit(':').next().unwrap_or(&self.name);
        let mut text = match (self.absent, self.optional) {
            (true, _) => Text::new(format!("`{name}` afwezig"), format!("`{name}` absent")),
            (_, true) => Text::new(format!("`{name}`, indien aanwezig"), format!("`{name}`, where present")),
            _ => Text::new(format!("`{name}` aanwezig"), format!("`{name}` present")),
        };
        let mut add = |nl: &str, en: &str| {
            text.nl.push_str(nl);
            text.en.push_str(en);
        };
        match self.encoded {
            Some(Encoded::Readable) => add(" in leesbare codering", " in an encoding that can be read"),
            Some(Encoded::Exactly) => add(" in de beschreven codering", " in the encoding that is written down"),
            None => {}
        }
        if !self.system.is_empty() {
            let systems = self.system.join(", ");
            add(&format!(" uit {systems}"), &format!(" of {systems}"));
        }
        if !self.one_of.is_empty() {
            let all = self.one_of.join(", ");
            add(&format!(" = {all}"), &format!(" = {all}"));
        }
        if let Some(pattern) = &self.matches {
            add(&format!(" volgens {pattern}"), &format!(" matching {pattern}"));
        }
        text
    }

    fn judge(&self, attributes: &Json, fill: &Fill<'_>) -> Judged {
        let values: Vec<&Json> = list(&attributes[&self.name]).collect();
        match (values.is_empty(), self.absent) {
            (true, true) => return Judged::Met("absent".into()),
            (false, true) => return Judged::NotMet("it is there".into()),
            (true, false) if self.optional => return Judged::Met("absent".into()),
            (true, false) => return Judged::NotMet(format!("no attribute {}", self.name)),
            _ => {}
        }
        for value in &values {
            if let Some(remark) = self.remark(value) {
                return Judged::NotMet(format!("{remark} in {}", short(value)));
            }
            for (member, allowed) in [("system", &self.system), ("value", &self.one_of)] {
                if !allowed.is_empty() {
                    match any(&value[member], allowed, fill, member) {
                        Judged::Met(_) => {}
                        other => return other,
                    }
                }
            }
            let text = value["value"].as_str();
            if self.matches.as_ref().is_some_and(|pattern| !text.is_some_and(|t| pattern.is_match(t))) {
                return Judged::NotMet(format!("value {}", short(&value["value"])));
            }
        }
        Judged::Met(values.iter().map(|v| short(v)).collect::<Vec<_>>().join(", "))
    }

    fn remark<'a>(&self, value: &'a Json) -> Option<&'a str> {
        let asked = self.encoded?;
        let counts = |remark: &&Json| asked == Encoded::Exactly || remark["weight"] == "error";
        list(&value["remarks"]).find(counts).and_then(|remark| remark["what"].as_str())
    }
}

#[cfg(test)]
mod tests;
