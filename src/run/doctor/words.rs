//! What the doctor says of certificates that are not trusted and of connections that do not come about.

use super::Remark;
use crate::base::text::Text;
use crate::transcript::{Fault, FaultPhase};
use crate::wire::x509::UntrustedReason;

/// A chain that is not trusted: why, and what to do. `whose` says whose chain it is.
pub(super) fn untrusted(reason: UntrustedReason, certificate: &str, shown: usize, whose: &Text) -> Remark {
    use UntrustedReason as R;
    let say = |code, nl: &str, en: &str, do_nl: &str, do_en: &str| {
        let what = Text::new(
            format!("{}: het certificaat van {certificate} {nl}", whose.nl),
            format!("{}: the certificate of {certificate} {en}", whose.en),
        );
        Remark::wrong(code, what, Text::new(do_nl, do_en))
    };
    match reason {
        R::Expired => say(
            "certificate-expired",
            "is verlopen",
            "has expired",
            "Vraag een nieuw certificaat aan en installeer het.",
            "Get a new certificate and install it.",
        ),
        R::NotYetValid => say(
            "certificate-not-yet-valid",
            "is nog niet geldig",
            "is not valid yet",
            "Kijk naar de klok aan beide kanten en naar de begindatum van het certificaat.",
            "Look at the clocks on both sides and at the start date of the certificate.",
        ),
        R::SelfSigned => say(
            "certificate-self-signed",
            "is door zichzelf ondertekend",
            "is signed by itself",
            "Gebruik een certificaat van een CA, of zet dit certificaat bewust in `trust-anchors`.",
            "Use a certificate of a CA, or put this one in `trust-anchors` on purpose.",
        ),
        R::UnknownIssuer | R::BadSignature if shown == 1 => say(
            "intermediate-missing",
            "wordt alleen getoond: de CA die het uitgaf staat niet in de keten en niet in `trust-anchors`",
            "is shown alone: the CA that issued it is neither in the chain nor in `trust-anchors`",
            "Zet de tussenliggende certificaten achter het eigen certificaat in het ketenbestand van de server.",
            "Put the intermediate certificates behind the server's own one in its chain file.",
        ),
        R::UnknownIssuer | R::BadSignature => say(
            "issuer-unknown",
            "is uitgegeven door een CA die niet naar `trust-anchors` leidt",
            "was issued by a CA that does not lead to `trust-anchors`",
            "Gebruik een certificaat onder een van die ankers, of voeg het juiste rootcertificaat toe aan `trust-anchors`.",
            "Use a certificate below one of those anchors, or add the right root certificate to `trust-anchors`.",
        ),
        R::WrongUsage => say(
            "usage-wrong",
            "mag hier niet voor worden gebruikt (extendedKeyUsage)",
            "may not be used for this (extendedKeyUsage)",
            "Gebruik een certificaat met serverAuth voor servers en clientAuth voor clients.",
            "Use a certificate with serverAuth for servers and clientAuth for clients.",
        ),
        other => say(
            "chain-untrusted",
            &format!("wordt niet vertrouwd ({other:?})"),
            &format!("is not trusted ({other:?})"),
            "Laat de keten opnieuw uitgeven.",
            "Have the chain issued anew.",
        ),
    }
}

/// A connection that did not come about, or ended too early.
pub(super) fn fault(fault: &Fault, ours: &str) -> Remark {
    let wrong = |code, nl: String, en: String, do_nl: &str, do_en: &str| {
        Remark::wrong(code, Text::new(nl, en), Text::new(do_nl, do_en))
    };
    match fault {
        Fault::NameNotFound { host } => wrong(
            "name-not-found",
            format!("de naam {host} heeft geen adres in DNS"),
            format!("the name {host} has no address in DNS"),
            "Controleer de spelling, de DNS-server en of een VPN nodig is.",
            "Check the spelling, the DNS server and whether a VPN is needed.",
        ),
        Fault::ConnectionRefused => wrong(
            "nothing-listens",
            "er luistert niets op dit adres en deze poort".to_owned(),
            "nothing listens on this address and port".to_owned(),
            "Start de kandidaat, en controleer poort en firewall.",
            "Start the candidate, and check port and firewall.",
        ),
        Fault::Timeout { phase: FaultPhase::Connect, limit_ms } => wrong(
            "no-connection",
            format!("er komt binnen {limit_ms} ms geen verbinding"),
            format!("no connection within {limit_ms} ms"),
            "Controleer firewall, allowlist en route; een firewall die pakketten weggooit ziet er zo uit.",
            "Check firewall, allow list and route; a firewall that drops packets looks like this.",
        ),
        Fault::TlsAlert { alert, .. } => wrong(
            "our-certificate-refused",
            format!("de server weigert ons clientcertificaat {ours} met TLS-alert `{alert}`"),
            format!("the server refuses our client certificate {ours} with TLS alert `{alert}`"),
            alert_advice_nl(alert),
            alert_advice_en(alert),
        ),
        Fault::Closed { phase: FaultPhase::Handshake | FaultPhase::FirstByte } => wrong(
            "closed-without-reason",
            format!("de server verbreekt de verbinding zonder uitleg, wellicht vanwege ons clientcertificaat {ours}"),
            format!(
                "the server closes the connection without saying why, maybe because of our client certificate {ours}"
            ),
            "Kijk in het log van de server; laat hem onze root vertrouwen.",
            "Look in the log of the server; let it trust our root.",
        ),
        Fault::TlsFailed { reason, .. } => wrong(
            "no-tls",
            format!("er komt geen TLS-verbinding tot stand: {reason}"),
            format!("TLS does not come about: {reason}"),
            "Controleer of op deze poort TLS 1.3 (of 1.2) wordt gesproken.",
            "Check that TLS 1.3 (or 1.2) is spoken on this port.",
        ),
        other => {
            let seen = fault_words(other);
            wrong(
                "no-answer",
                format!("er komt geen bruikbaar antwoord: {seen}"),
                format!("there is no answer of use: {seen}"),
                "Kijk in het log van de server.",
                "Look in the log of the server.",
            )
        }
    }
}

/// A fault as the transcript writes it.
pub(super) fn fault_words(fault: &Fault) -> String {
    serde_json::to_string(fault).unwrap_or_default()
}

fn alert_advice_nl(alert: &str) -> &'static str {
    match alert {
        "unknown_ca" | "bad_certificate" | "decrypt_error" => {
            "Laat de kandidaat de root van ons certificaat vertrouwen (van `init`: pki/root.pem)."
        }
        "certificate_expired" => "Ons certificaat is voor hem verlopen: vernieuw het, en kijk naar zijn klok.",
        "certificate_revoked" | "certificate_unknown" | "bad_certificate_status_response" => {
            "De kandidaat houdt ons certificaat voor ingetrokken of onbekend: kijk naar zijn CRL en OCSP."
        }
        "certificate_required" => "De server kreeg geen certificaat van ons: geef `certificates.none` op.",
        "protocol_version" | "handshake_failure" => "De TLS-versies of algoritmen passen niet bij elkaar.",
        _ => "Kijk in het log van de server bij deze alert.",
    }
}

fn alert_advice_en(alert: &str) -> &'static str {
    match alert {
        "unknown_ca" | "bad_certificate" | "decrypt_error" => {
            "Let the candidate trust the root of our certificate (from `init`: pki/root.pem)."
        }
        "certificate_expired" => "To it our certificate has expired: renew it, and look at its clock.",
        "certificate_revoked" | "certificate_unknown" | "bad_certificate_status_response" => {
            "The candidate takes our certificate for revoked or unknown: look at its CRL and OCSP."
        }
        "certificate_required" => "The server got no certificate of ours: give `certificates.none`.",
        "protocol_version" | "handshake_failure" => "The TLS versions or algorithms do not fit together.",
        _ => "Look in the log of the server at this alert.",
    }
}
