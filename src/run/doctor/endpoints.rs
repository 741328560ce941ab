//! The candidate's side: one request to each server that it declares, with our good certificate, and all that it shows.

use std::collections::BTreeSet;

use super::set_up::Own;
use super::{Diagnosis, Remark, Side, State, certificates, words};
use crate::base::clock;
use crate::base::text::Text;
use crate::net::connect::{ClientTls, Outcome, Versions, exchange};
use crate::suite::CandidateFile;
use crate::suite::requirement::Role;
use crate::transcript::Fault;
use crate::wire::http::{HttpRequest, Url, header};
use crate::wire::x509::Usage;

/// Clocks that differ by more break tokens, whose lifetime is counted in minutes (seconds).
const CLOCK_WRONG_S: i64 = 300;
/// Clocks that differ by more are worth a remark (seconds).
const CLOCK_NOTICE_S: i64 = 30;
/// Statuses by which a proxy refuses a certificate.
const REFUSED_BY_PROXY: [u16; 4] = [400, 403, 495, 496];

pub(super) async fn examine(diagnosis: &mut Diagnosis, file: &CandidateFile, own: &Own) {
    let mut seen = BTreeSet::new();
    for &role in Role::ALL {
        for (name, text) in file.urls(role) {
            let about = format!("{role}.{name}: {text}");
            match Url::parse(text) {
                Some(url) if url.scheme == "https" => {
                    // One server, one look: endpoints of the same origin share everything that is looked at.
                    if seen.insert(url.origin()) {
                        endpoint(diagnosis, file, own, &about, &url).await;
                    }
                }
                _ => diagnosis.add(
                    Side::Candidate,
                    &about,
                    Remark::wrong(
                        "no-https",
                        Text::new("dit is geen https-URL", "this is no https URL"),
                        Text::new(
                            "Alle transacties gaan over mutual TLS (NET-5.020).",
                            "All transactions go over mutual TLS (NET-5.020).",
                        ),
                    ),
                ),
            }
        }
    }
}

async fn endpoint(diagnosis: &mut Diagnosis, file: &CandidateFile, own: &Own, about: &str, url: &Url) {
    let mut say = |remark: Remark| diagnosis.add(Side::Candidate, about, remark);
    let tls = ClientTls {
        credential: own.credential.clone(),
        trust: own.trust.clone(),
        versions: Versions::Both,
        ..ClientTls::default()
    };
    let mut request = HttpRequest::get(url.target.clone());
    if let Some(base) = Some(&url.target).filter(|t| !t.ends_with("token")) {
        request = HttpRequest::get(format!("{}/metadata", base.trim_end_matches('/')));
    }
    let outcome = match exchange(url, &request, &tls, &file.limits).await {
        Ok(outcome) => outcome,
        Err(error) => {
            let what =
                Text::new(format!("TLS is niet in te richten: {error}"), format!("TLS cannot be set up: {error}"));
            say(Remark::wrong(
                "tls-set-up",
                what,
                Text::new("Kijk naar ons eigen certificaat.", "Look at our own certificate."),
            ));
            return;
        }
    };
    if let Some(fault) = &outcome.fault {
        if matches!(fault, Fault::TlsFailed { .. } | Fault::Closed { .. }) && speaks_plain_http(url, file).await {
            say(Remark::wrong(
                "plain-http",
                Text::new("op deze poort wordt HTTP zonder TLS gesproken", "HTTP without TLS is spoken on this port"),
                Text::new(
                    "Zet TLS aan, of geef de poort waarop het aan staat.",
                    "Switch TLS on, or give the port where it is on.",
                ),
            ));
            return;
        }
        let ours = own.credential.as_ref().and_then(crate::net::pki::Credential::facts);
        let ours = ours.map_or_else(|| "(geen/none)".to_owned(), |f| f.subject);
        say(words::fault(fault, &ours));
    }
    if outcome.chain.is_empty() {
        return;
    }
    for remark in server(&outcome, file, own, url).await {
        say(remark);
    }
    for remark in answer(&outcome) {
        say(remark);
    }
}

async fn speaks_plain_http(url: &Url, file: &CandidateFile) -> bool {
    let plain = Url { scheme: "http".to_owned(), ..url.clone() };
    let asked = exchange(&plain, &HttpRequest::get("/"), &ClientTls::default(), &file.limits).await;
    asked.is_ok_and(|outcome| outcome.response.is_some())
}

/// What the server's certificates say.
async fn server(outcome: &Outcome, file: &CandidateFile, own: &Own, url: &Url) -> Vec<Remark> {
    let whose = Text::new("de server", "the server");
    let mut remarks = certificates::chain(&outcome.chain, &own.trust, Usage::ServerAuth, &whose);
    let is_trusted = remarks.iter().all(|r| r.state == State::Good);
    let Some(tls) = &outcome.tls else { return remarks };
    let Some(leaf) = tls.peer.first() else { return remarks };
    if tls.name_matches == Some(false) {
        let names = leaf.dns_names.join(", ");
        remarks.push(Remark::wrong(
            "name-differs",
            Text::new(
                format!("het certificaat van de server noemt {names}, en niet {}", url.host),
                format!("the certificate of the server names {names}, and not {}", url.host),
            ),
            Text::new(
                "Gebruik in het kandidaatbestand een naam uit het certificaat.",
                "Use a name of the certificate in the candidate file.",
            ),
        ));
    }
    remarks.extend(certificates::leaf(leaf, &whose));
    remarks.extend(certificates::ura(leaf, &file.organisation.ura, false, &whose));
    // Addresses are taken from certificates of CAs that we trust, and from no others.
    if is_trusted {
        remarks.extend(certificates::status(&outcome.chain, &own.trust, &own.lists, &file.limits, &whose).await);
    }
    if tls.client_certificate_requested == Some(false) {
        remarks.push(Remark::wrong(
            "no-mutual-tls",
            Text::new("de server vraagt niet om een clientcertificaat", "the server asks for no client certificate"),
            Text::new("Zet mutual TLS aan (NET-5.020).", "Switch mutual TLS on (NET-5.020)."),
        ));
    }
    if let Some(version) = tls.version.as_deref() {
        let text = Text::new(format!("verbonden met {version}"), format!("connected with {version}"));
        remarks.push(match version {
            "TLSv1.3" => Remark::good("tls", text),
            _ => Remark::notice(
                "tls",
                text,
                Text::new("Vanaf release 1.5 geldt alleen TLS 1.3.", "From release 1.5 on TLS 1.3 alone counts."),
            ),
        });
    }
    remarks
}

/// What the answer says: a refusal by a proxy, and the time.
fn answer(outcome: &Outcome) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let Some(response) = &outcome.response else { return remarks };
    let kind = header(&response.headers, "content-type").unwrap_or_default();
    if REFUSED_BY_PROXY.contains(&response.status) && !kind.contains("json") && !kind.contains("fhir") {
        remarks.push(Remark::wrong(
            "refused-by-proxy",
            Text::new(
                format!(
                    "een proxy weigert met status {}, waarschijnlijk vanwege ons clientcertificaat",
                    response.status
                ),
                format!("a proxy refuses with status {}, probably because of our client certificate", response.status),
            ),
            Text::new(
                "Laat de proxy onze root vertrouwen en kijk in zijn log.",
                "Let the proxy trust our root and look in its log.",
            ),
        ));
    } else {
        let text = Text::new(
            format!("antwoord met status {}", response.status),
            format!("answer with status {}", response.status),
        );
        remarks.push(Remark::good("answer", text));
    }
    let date = header(&response.headers, "date").and_then(clock::parse_http_date);
    let Some(date) = date else { return remarks };
    let offset = (date - clock::now()).whole_seconds();
    let what = || {
        let (nl, en) = if offset > 0 { ("voor", "ahead of") } else { ("achter op", "behind") };
        let size = offset.abs();
        Text::new(
            format!("de klok van de server loopt {size} s {nl} de onze"),
            format!("the clock of the server is {size} s {en} ours"),
        )
    };
    let advice = || {
        Text::new(
            "Zet beide klokken gelijk met NTP; tokens gelden maar minuten.",
            "Set both clocks by NTP; tokens hold for minutes only.",
        )
    };
    remarks.push(match offset.abs() {
        s if s > CLOCK_WRONG_S => Remark::wrong("clock", what(), advice()),
        s if s > CLOCK_NOTICE_S => Remark::notice("clock", what(), advice()),
        _ => Remark::good("clock", Text::new("de klokken lopen gelijk", "the clocks agree")),
    });
    remarks
}
