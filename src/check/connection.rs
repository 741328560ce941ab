//! Facts of the connection: refusal, versions, offers, certificates (NET-5.010 to 5.050, TW-LA-TA-001).

use serde::Deserialize;

use super::subject::describe;
use super::{Answer, Context, Judged, each};
use crate::base::text::Text;
use crate::transcript::{Direction, Exchange};
use crate::wire::x509::ChainVerdict;

/// The connection was refused in one of the legal forms (20-technical-core section 5, last table): a TLS alert in the
/// handshake, an alert or a closed connection at the first read, or a refusal of a proxy in front.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TlsRefusal {
    /// Statuses by which a proxy refuses; a FHIR or OAuth answer with such a status is none.
    #[serde(default)]
    pub proxy: Vec<u16>,
}

impl TlsRefusal {
    pub(super) fn expected(&self) -> Text {
        if self.proxy.is_empty() {
            return Text::new("weigering door TLS", "refusal by TLS");
        }
        let list = self.proxy.iter().map(u16::to_string).collect::<Vec<_>>().join("/");
        Text::new(
            format!("weigering door TLS of door een proxy ({list})"),
            format!("refusal by TLS or by a proxy ({list})"),
        )
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each(context, |e| {
            if let Some(fault) = &e.fault {
                let seen = describe(fault);
                // A TLS alert in answer to plain HTTP reads as something that is no HTTP.
                let alert_to_plain = e.tls.is_none() && matches!(fault, crate::transcript::Fault::NotHttp { .. });
                return if fault.is_tls_refusal() || alert_to_plain {
                    Judged::Met(seen)
                } else {
                    Judged::Undecided(seen)
                };
            }
            match &e.response {
                Some(r) if self.proxy.contains(&r.status) && !answers_in_protocol(e) => {
                    Judged::Met(format!("status {} before the application", r.status))
                }
                Some(r) => Judged::NotMet(format!("status {}", r.status)),
                None => match e.tls.as_ref().and_then(|t| t.version.as_deref()) {
                    Some(version) => Judged::NotMet(format!("the server agreed to {version}")),
                    None => Judged::Undecided("no answer".into()),
                },
            }
        })
    }
}

/// Whether the application itself answered: then the connection was not refused.
fn answers_in_protocol(exchange: &Exchange) -> bool {
    exchange
        .response
        .as_ref()
        .and_then(|r| r.body.json())
        .is_some_and(|b| b.get("resourceType").is_some() || b.get("error").is_some())
}

/// The negotiated version is one of a list.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TlsVersion {
    /// Allowed versions, for example `TLSv1.3`.
    pub one_of: Vec<crate::wire::tls::TlsVersion>,
}

impl TlsVersion {
    pub(super) fn expected(&self) -> Text {
        let list = self.one_of.iter().map(ToString::to_string).collect::<Vec<_>>();
        Text::new(list.join(" of "), list.join(" or "))
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each(context, |e| match e.tls.as_ref().and_then(|t| t.version.as_deref()) {
            Some(version) if self.one_of.iter().any(|v| v.to_string() == version) => Judged::Met(version.to_owned()),
            Some(version) => Judged::NotMet(version.to_owned()),
            None if e.tls.is_none() && e.request.is_some() && e.fault.is_none() => Judged::NotMet("no TLS".into()),
            None => Judged::Undecided(e.fault.as_ref().map_or_else(|| "no handshake".into(), describe)),
        })
    }
}

/// What a candidate offers: as a client in its ClientHello, as a server in a survey of all that it accepts.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TlsOffer {
    /// Versions, of which no other may be offered.
    #[serde(default)]
    pub only_versions: Vec<crate::wire::tls::TlsVersion>,
    /// Suites that must all be offered.
    #[serde(default)]
    pub all_suites: Vec<String>,
    /// Groups of which none may be offered.
    #[serde(default)]
    pub no_groups: Vec<String>,
    /// Signature schemes of which none may be offered.
    #[serde(default)]
    pub no_schemes: Vec<String>,
}

impl TlsOffer {
    pub(super) fn expected(&self) -> Text {
        let versions = self.only_versions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let none: Vec<&str> = self.no_groups.iter().chain(&self.no_schemes).map(String::as_str).collect();
        let lists = [versions, self.all_suites.join(", "), none.join(", ")];
        let with = |words: [&str; 3]| {
            let told = words.iter().zip(&lists).filter(|(_, list)| !list.is_empty());
            told.map(|(word, list)| format!("{word} {list}")).collect::<Vec<_>>().join("; ")
        };
        Text::new(
            with(["biedt alleen", "biedt alle van", "biedt niets van"]),
            with(["offers only", "offers all of", "offers none of"]),
        )
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each(context, |e| {
            let tls = e.tls.as_ref();
            let survey = tls.and_then(|t| t.survey.as_deref());
            let offer = survey.map(offer_of).or_else(|| tls.and_then(|t| t.offered.clone()));
            let Some(offer) = offer else {
                let why = e.fault.as_ref().map_or_else(|| "no ClientHello was seen".into(), describe);
                return Judged::Undecided(why);
            };
            let wrong = self.wrong(&offer);
            match survey.and_then(|s| s.cut_short.as_ref()) {
                _ if !wrong.is_empty() => Judged::NotMet(wrong.join("; ")),
                Some(why) => Judged::Undecided(format!("the survey was cut short: {why}")),
                None => {
                    Judged::Met(format!("offers {}; {}", offer.versions.join(", "), offer.cipher_suites.join(", ")))
                }
            }
        })
    }

    fn wrong(&self, offer: &crate::wire::tls::Offer) -> Vec<String> {
        let foreign =
            |v: &&String| !self.only_versions.is_empty() && !self.only_versions.iter().any(|o| o.to_string() == **v);
        let extra: Vec<_> = offer.versions.iter().filter(foreign).collect();
        let lacking: Vec<_> = self.all_suites.iter().filter(|s| !offer.cipher_suites.contains(s)).collect();
        let mut wrong = Vec::new();
        if !extra.is_empty() || !lacking.is_empty() {
            wrong.push(format!("offers {}; {}", offer.versions.join(", "), offer.cipher_suites.join(", ")));
        }
        let there = |ours: &[String], theirs: &[String]| ours.iter().filter(|o| theirs.contains(o)).cloned().collect();
        let unwanted: [Vec<String>; 2] =
            [there(&self.no_groups, &offer.groups), there(&self.no_schemes, &offer.signature_schemes)];
        wrong.extend(unwanted.into_iter().flatten().map(|name| format!("offers {name}")));
        wrong
    }
}

/// What a server accepts in all its versions together, as an offer.
fn offer_of(survey: &crate::wire::tls::Survey) -> crate::wire::tls::Offer {
    let all = |lists: &std::collections::BTreeMap<crate::wire::tls::TlsVersion, Vec<String>>| {
        lists.values().rev().flatten().cloned().collect()
    };
    crate::wire::tls::Offer {
        versions: survey.accepted().map(|v| v.to_string()).collect(),
        cipher_suites: all(&survey.suites),
        groups: all(&survey.groups),
        signature_schemes: all(&survey.signature_schemes),
        ..crate::wire::tls::Offer::default()
    }
}

/// The certificate that the candidate shows.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PeerCertificate {
    /// A certificate is shown.
    #[serde(default)]
    pub present: bool,
    /// Its chain leads to a trust anchor of the candidate file and is valid now.
    #[serde(default)]
    pub trusted: bool,
    /// It names the host that was asked for (candidate as server).
    #[serde(default)]
    pub names_host: bool,
    /// Extended key usages that it must have.
    #[serde(default)]
    pub usage: Vec<String>,
    /// The server asks the client for a certificate (candidate as server).
    #[serde(default)]
    pub asks_for_ours: bool,
}

impl PeerCertificate {
    pub(super) fn expected(&self) -> Text {
        let mut nl = Vec::new();
        let mut en = Vec::new();
        let mut add = |on: bool, dutch: &str, english: &str| {
            if on {
                nl.push(dutch.to_owned());
                en.push(english.to_owned());
            }
        };
        add(self.present, "toont een certificaat", "shows a certificate");
        add(self.trusted, "geldige keten naar een vertrouwensanker", "valid chain to a trust anchor");
        add(self.names_host, "certificaat noemt de host", "certificate names the host");
        add(self.asks_for_ours, "vraagt om een clientcertificaat", "asks for a client certificate");
        let usage = self.usage.join(", ");
        add(!usage.is_empty(), &format!("extendedKeyUsage {usage}"), &format!("extendedKeyUsage {usage}"));
        Text::new(nl.join("; "), en.join("; "))
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each(context, |e| {
            let Some(tls) = &e.tls else {
                let unreachable = e.fault.as_ref().is_some_and(crate::transcript::Fault::is_unreachable);
                return if unreachable || e.request.is_none() {
                    Judged::Undecided("no handshake".into())
                } else {
                    Judged::NotMet("no TLS".into())
                };
            };
            if self.asks_for_ours
                && e.direction == Direction::ToCandidate
                && tls.client_certificate_requested != Some(true)
            {
                return Judged::NotMet("the server asked for no client certificate".into());
            }
            let Some(leaf) = tls.peer.first() else {
                let judged =
                    if self.asks_for_ours && !self.present && !self.trusted { Judged::Met } else { Judged::NotMet };
                return judged("no certificate was shown".into());
            };
            if self.trusted {
                match &tls.peer_verdict {
                    Some(ChainVerdict::Trusted) => {}
                    Some(ChainVerdict::Untrusted { reason, certificate }) => {
                        return Judged::NotMet(format!("{reason:?} ({certificate})"));
                    }
                    None => return Judged::Undecided("the chain was not looked at".into()),
                }
            }
            if self.names_host && tls.name_matches == Some(false) {
                return Judged::NotMet(format!("the certificate names {}", leaf.dns_names.join(", ")));
            }
            let lacking: Vec<_> = self.usage.iter().filter(|u| !leaf.extended_key_usage.contains(u)).cloned().collect();
            if !lacking.is_empty() {
                return Judged::NotMet(format!("{} without {}", leaf.subject, lacking.join(", ")));
            }
            Judged::Met(leaf.subject.clone())
        })
    }
}

/// The key that signs the tokens of a request is another one than that of the TLS certificate.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct KeysDiffer {}

impl KeysDiffer {
    pub(super) fn expected(&self) -> Text {
        Text::new("ondertekensleutel is een andere dan de TLS-sleutel", "the signing key is not the TLS key")
    }
    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each(context, |e| {
            let tls_key = e.tls.as_ref().and_then(|t| t.peer.first()).map(|c| &c.spki_sha256);
            let jwt: Vec<_> =
                e.request.iter().flat_map(|r| r.jwt.values()).filter_map(|j| j.key_sha256.as_ref()).collect();
            match (tls_key, jwt.is_empty()) {
                (Some(key), false) if jwt.contains(&key) => Judged::NotMet("the same key".into()),
                (Some(_), false) => Judged::Met("different keys".into()),
                _ => Judged::Undecided("one of the keys is not known".into()),
            }
        })
    }
}
