//! What the doctor says of one chain, whosever it is: dates, use, UZI name, key, and status.

use rustls::pki_types::CertificateDer;
use time::{Duration, OffsetDateTime};

use super::{Remark, words};
use crate::base::clock;
use crate::base::text::Text;
use crate::net::status::{StatusRules, issuer_of, learn};
use crate::net::{Limits, Trust};
use crate::wire::status::{StatusPoints, crl};
use crate::wire::x509::{self, CertificateFacts, ChainVerdict, Usage};

/// A certificate that ends within this time is worth a remark.
const SOON: Duration = Duration::days(30);

/// Whether the chain leads to an anchor for a usage, in words.
pub(super) fn chain(der: &[CertificateDer<'static>], anchors: &Trust, usage: Usage, whose: &Text) -> Vec<Remark> {
    let plain = |list: &[CertificateDer<'_>]| list.iter().map(|c| c.to_vec()).collect::<Vec<_>>();
    match x509::explain_chain_for(&plain(der), &plain(anchors.anchors()), clock::now(), &[usage]) {
        ChainVerdict::Trusted => vec![Remark::good(
            "chain",
            Text::new(
                format!("{}: de keten leidt naar een vertrouwensanker", whose.nl),
                format!("{}: the chain leads to a trust anchor", whose.en),
            ),
        )],
        ChainVerdict::Untrusted { reason, certificate } => {
            vec![words::untrusted(reason, &certificate, der.len(), whose)]
        }
    }
}

/// Dates of a leaf that is still good, and its key.
pub(super) fn leaf(facts: &CertificateFacts, whose: &Text) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let ends = clock::parse_rfc3339(&facts.not_after);
    if let Some(ends) = ends.filter(|e| *e > clock::now() && *e < clock::now() + SOON) {
        let day = ends.date();
        remarks.push(Remark::notice(
            "certificate-ends-soon",
            Text::new(
                format!("{}: het certificaat loopt af op {day}", whose.nl),
                format!("{}: the certificate ends on {day}", whose.en),
            ),
            Text::new("Vraag op tijd een nieuw certificaat aan.", "Get a new certificate in time."),
        ));
    }
    let bits = facts.public_key.strip_prefix("RSA ").and_then(|b| b.parse::<u32>().ok());
    if bits.is_some_and(|b| b < 2048) {
        remarks.push(Remark::wrong(
            "key-weak",
            Text::new(
                format!("{}: de sleutel ({}) is te zwak", whose.nl, facts.public_key),
                format!("{}: the key ({}) is too weak", whose.en, facts.public_key),
            ),
            Text::new(
                "Gebruik RSA met minstens 2048 bits of een elliptische kromme.",
                "Use RSA of at least 2048 bits or an elliptic curve.",
            ),
        ));
    }
    if let Some(fault) = &facts.uzi_fault {
        remarks.push(Remark::wrong(
            "uzi-name-malformed",
            Text::new(
                format!("{}: de otherName van het UZI-register is niet in orde: {fault}", whose.nl),
                format!("{}: the otherName of the UZI-register is not in order: {fault}", whose.en),
            ),
            Text::new("Laat het certificaat opnieuw uitgeven.", "Have the certificate issued anew."),
        ));
    }
    remarks
}

/// Whether the certificate names the URA that is expected; `strict` for our own, which must speak for one organisation.
pub(super) fn ura(facts: &CertificateFacts, expected: &str, strict: bool, whose: &Text) -> Option<Remark> {
    let found = &facts.uzi.as_ref()?.ura;
    if found == expected {
        return Some(Remark::good(
            "ura",
            Text::new(format!("{}: URA {found}", whose.nl), format!("{}: URA {found}", whose.en)),
        ));
    }
    let what = Text::new(
        format!("{}: het certificaat noemt URA {found}, het kandidaatbestand {expected}", whose.nl),
        format!("{}: the certificate names URA {found}, the candidate file {expected}", whose.en),
    );
    Some(if strict {
        let advice = Text::new(
            "Zet in `ura` wat het certificaat noemt, of gebruik het juiste certificaat.",
            "Put in `ura` what the certificate names, or use the right certificate.",
        );
        Remark::wrong("ura-differs", what, advice)
    } else {
        let advice = Text::new(
            "Dat mag als een leverancier met één certificaat voor meer organisaties spreekt; controleer anders `organisation.ura`.",
            "That is allowed where a supplier speaks for more organisations with one certificate; else check `organisation.ura`.",
        );
        Remark::notice("ura-differs", what, advice)
    })
}

/// The status of every certificate of a chain, by the lists at hand and by what the certificates name.
pub(super) async fn status(
    der: &[CertificateDer<'static>],
    trust: &Trust,
    lists: &[Vec<u8>],
    limits: &Limits,
    whose: &Text,
) -> Vec<Remark> {
    let at = clock::now();
    let mut remarks = Vec::new();
    for certificate in der {
        let Some(issuer) = issuer_of(certificate, der, trust.anchors()) else { continue };
        let name = x509::facts(certificate).map(|f| f.subject).unwrap_or_default();
        let listed = lists.iter().any(|l| crl::look_up(l, certificate, issuer, at).is_ok_and(|e| e.revoked));
        let points = StatusPoints::of(certificate);
        let learned = learn(certificate, issuer, StatusRules::default(), limits, at).await;
        if listed || learned.revoked.is_some_and(|(revoked, _)| revoked) {
            remarks.push(revoked(&name, whose));
            continue;
        }
        for asked in &learned.asked {
            if let Some(fault) = &asked.fault {
                remarks.push(Remark::notice(
                    "status-unavailable",
                    Text::new(
                        format!("{}: {} geeft geen status van {name}: {fault}", whose.nl, asked.url),
                        format!("{}: {} tells no status of {name}: {fault}", whose.en, asked.url),
                    ),
                    Text::new(
                        "Wie deze status nodig heeft, weigert de verbinding: maak het adres bereikbaar.",
                        "Who needs this status refuses the connection: make the address reachable.",
                    ),
                ));
            }
        }
        if !points.is_empty() && learned.revoked.is_some() {
            remarks.push(Remark::good(
                "status",
                Text::new(
                    format!("{}: {name} is niet ingetrokken", whose.nl),
                    format!("{}: {name} is not revoked", whose.en),
                ),
            ));
        }
    }
    remarks
}

fn revoked(name: &str, whose: &Text) -> Remark {
    Remark::wrong(
        "certificate-revoked",
        Text::new(
            format!("{}: het certificaat van {name} is ingetrokken", whose.nl),
            format!("{}: the certificate of {name} was revoked", whose.en),
        ),
        Text::new("Vraag een nieuw certificaat aan en installeer het.", "Get a new certificate and install it."),
    )
}

/// Whether a moment has passed.
pub(super) fn passed(at: OffsetDateTime) -> bool {
    at < clock::now()
}
