//! Our side: every file and address that the candidate file names for the harness.

use std::path::Path;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};

use super::{Diagnosis, Remark, Side, certificates};
use crate::base::clock;
use crate::base::text::Text;
use crate::net::Trust;
use crate::net::listen::bind;
use crate::net::pki::{Credential, LeafFlaw, TestPki};
use crate::suite::CandidateFile;
use crate::suite::candidate::IdentityFile;
use crate::wire::jose::{Jwks, SigningKey};
use crate::wire::status::crl;
use crate::wire::x509::{self, Usage};

/// What was found to work with.
pub(super) struct Own {
    /// Anchors and nothing else.
    pub trust: Trust,
    /// Revocation lists, DER.
    pub lists: Vec<Vec<u8>>,
    /// The good certificate of our main identity.
    pub credential: Option<Credential>,
}

/// Where a remark belongs.
struct About<'a> {
    diagnosis: &'a mut Diagnosis,
    setting: String,
}

impl About<'_> {
    fn say(&mut self, remark: Remark) {
        self.diagnosis.add(Side::SetUp, &self.setting, remark);
    }
    fn file(&mut self, error: &dyn std::fmt::Display, advice: Text) {
        let what =
            Text::new(format!("het bestand is niet bruikbaar: {error}"), format!("the file is of no use: {error}"));
        self.say(Remark::wrong("file", what, advice));
    }
}

pub(super) async fn examine(diagnosis: &mut Diagnosis, file: &CandidateFile, dir: &Path) -> Own {
    let anchors = anchors(diagnosis, file, dir);
    let lists = lists(diagnosis, file, dir);
    let trust = Trust::new(anchors, Vec::new());
    let mut credential = None;
    for (name, declared) in &file.harness.identities {
        let own = identity(diagnosis, name, declared, dir, &file.harness.base_url);
        if name == "partner" {
            credential = own;
        }
    }
    keys(diagnosis, file, dir);
    addresses(diagnosis, file, dir).await;
    Own { trust, lists, credential }
}

fn anchors(diagnosis: &mut Diagnosis, file: &CandidateFile, dir: &Path) -> Vec<CertificateDer<'static>> {
    let mut all = Vec::new();
    for path in &file.trust_anchors {
        let mut about = About { diagnosis: &mut *diagnosis, setting: format!("trust-anchors: {path}") };
        let text = match std::fs::read(dir.join(path)) {
            Ok(text) => text,
            Err(error) => {
                about.file(&error, Text::new("Verbeter het pad.", "Correct the path."));
                continue;
            }
        };
        let found: Vec<_> = CertificateDer::pem_slice_iter(&text).filter_map(Result::ok).collect();
        if found.is_empty() {
            about.say(Remark::wrong(
                "anchors-empty",
                Text::new("er staat geen certificaat in", "there is no certificate in it"),
                Text::new(
                    "Zet er het rootcertificaat van de kandidaat in, als PEM met BEGIN CERTIFICATE.",
                    "Put the root certificate of the candidate in it, as PEM with BEGIN CERTIFICATE.",
                ),
            ));
        }
        for anchor in &found {
            about.say(anchor_remark(anchor));
        }
        all.extend(found);
    }
    all
}

fn anchor_remark(anchor: &[u8]) -> Remark {
    let facts = match x509::facts(anchor) {
        Ok(facts) => facts,
        Err(error) => {
            let what = Text::new(
                format!("een certificaat is onleesbaar: {error}"),
                format!("a certificate is unreadable: {error}"),
            );
            return Remark::wrong("anchor-unreadable", what, Text::new("Vervang het.", "Replace it."));
        }
    };
    let name = &facts.subject;
    if clock::parse_rfc3339(&facts.not_after).is_some_and(certificates::passed) {
        return Remark::wrong(
            "anchor-expired",
            Text::new(format!("het anker {name} is verlopen"), format!("the anchor {name} has expired")),
            Text::new("Gebruik de opvolger ervan.", "Use its successor."),
        );
    }
    if !facts.is_ca {
        return Remark::notice(
            "anchor-no-ca",
            Text::new(
                format!("het anker {name} is geen CA-certificaat"),
                format!("the anchor {name} is no CA certificate"),
            ),
            Text::new(
                "Zet er de root in, en niet het certificaat van de server.",
                "Put the root in, and not the certificate of the server.",
            ),
        );
    }
    Remark::good("anchor", Text::new(format!("anker {name}"), format!("anchor {name}")))
}

fn lists(diagnosis: &mut Diagnosis, file: &CandidateFile, dir: &Path) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for path in &file.revocation_lists {
        let mut about = About { diagnosis: &mut *diagnosis, setting: format!("revocation-lists: {path}") };
        let text = match std::fs::read(dir.join(path)) {
            Ok(text) => text,
            Err(error) => {
                about.file(&error, Text::new("Verbeter het pad.", "Correct the path."));
                continue;
            }
        };
        let found: Vec<Vec<u8>> = CertificateRevocationListDer::pem_slice_iter(&text)
            .filter_map(Result::ok)
            .map(|list| list.to_vec())
            .collect();
        if found.is_empty() {
            about.say(Remark::wrong(
                "lists-empty",
                Text::new("er staat geen intrekkingslijst in", "there is no revocation list in it"),
                Text::new("Geef PEM met BEGIN X509 CRL.", "Give PEM with BEGIN X509 CRL."),
            ));
        }
        for list in &found {
            about.say(list_remark(list));
        }
        all.extend(found);
    }
    all
}

fn list_remark(list: &[u8]) -> Remark {
    let renew = || Text::new("Haal de nieuwste lijst op.", "Fetch the latest list.");
    match crl::facts(list) {
        Err(error) => {
            let what = Text::new("een lijst is onleesbaar", error.to_string());
            Remark::wrong("list-unreadable", what, renew())
        }
        Ok(facts) if facts.next_update.is_none_or(certificates::passed) => Remark::notice(
            "list-stale",
            Text::new(
                format!("de lijst van {} is verouderd", facts.issuer),
                format!("the list of {} is out of date", facts.issuer),
            ),
            renew(),
        ),
        Ok(facts) => Remark::good(
            "list",
            Text::new(
                format!("lijst van {} met {} certificaten", facts.issuer, facts.entries),
                format!("list of {} with {} certificates", facts.issuer, facts.entries),
            ),
        ),
    }
}

fn identity(
    diagnosis: &mut Diagnosis,
    name: &str,
    declared: &IdentityFile,
    dir: &Path,
    base_url: &str,
) -> Option<Credential> {
    let setting = format!("harness.identities.{name}");
    let mut good = None;
    for (kind, files) in &declared.certificates {
        let mut about = About { diagnosis: &mut *diagnosis, setting: format!("{setting}.certificates.{kind}") };
        match Credential::from_pem_files(&dir.join(&files.certificate), &dir.join(&files.key)) {
            Ok(credential) if *kind == LeafFlaw::None.to_string() => good = Some(credential),
            Ok(_) => {}
            Err(error) => about.file(
                &error,
                Text::new(
                    "Geef certificaat en sleutel die bij elkaar horen, als PEM zonder wachtwoord.",
                    "Give a certificate and a key that belong together, as PEM without pass phrase.",
                ),
            ),
        }
    }
    let mut about = About { diagnosis: &mut *diagnosis, setting };
    match std::fs::read_to_string(dir.join(&declared.signing_key)).map(|text| SigningKey::from_pem(&text)) {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => about.file(&error, signing_advice()),
        Err(error) => about.file(&error, signing_advice()),
    }
    let credential = good?;
    our_certificate(&mut about, &credential, &declared.ura, base_url);
    Some(credential)
}

fn signing_advice() -> Text {
    Text::new("Geef in `signing-key` een privésleutel als PEM.", "Give a private key as PEM in `signing-key`.")
}

fn our_certificate(about: &mut About<'_>, credential: &Credential, ura: &str, base_url: &str) {
    let whose = Text::new("ons certificaat", "our certificate");
    let Some(facts) = credential.facts() else { return };
    for warning in credential.warnings(clock::now()) {
        let what = Text::new(format!("{}: {warning}", whose.nl), format!("{}: {warning}", whose.en));
        let advice = Text::new(
            "Geef in `certificates.none` een goed certificaat met zijn keten.",
            "Give a good certificate with its chain in `certificates.none`.",
        );
        about.say(Remark::wrong("own-certificate", what, advice));
    }
    certificates::leaf(&facts, &whose).into_iter().for_each(|r| about.say(r));
    certificates::ura(&facts, ura, true, &whose).into_iter().for_each(|r| about.say(r));
    for usage in [Usage::ServerAuth, Usage::ClientAuth] {
        let word = if usage == Usage::ServerAuth { "serverAuth" } else { "clientAuth" };
        if !facts.extended_key_usage.is_empty() && !facts.extended_key_usage.iter().any(|u| u == word) {
            let what = Text::new(format!("ons certificaat mist {word}"), format!("our certificate lacks {word}"));
            let advice = Text::new(
                "De harness is client en server: gebruik een certificaat voor beide.",
                "The harness is client and server: use a certificate for both.",
            );
            about.say(Remark::wrong("own-usage", what, advice));
        }
    }
    let host = crate::wire::http::Url::parse(base_url).map(|u| u.host).unwrap_or_default();
    let named = facts.dns_names.iter().any(|n| n.eq_ignore_ascii_case(&host) || n.starts_with("*."));
    if !named && host.parse::<std::net::IpAddr>().is_err() {
        let names = facts.dns_names.join(", ");
        let what = Text::new(
            format!("ons certificaat noemt {names}, en niet {host} uit `harness.base-url`"),
            format!("our certificate names {names}, and not {host} of `harness.base-url`"),
        );
        let advice = Text::new(
            "De kandidaat zal afbreken: gebruik een naam uit het certificaat.",
            "The candidate will break off: use a name of the certificate.",
        );
        about.say(Remark::wrong("own-name", what, advice));
    }
}

fn keys(diagnosis: &mut Diagnosis, file: &CandidateFile, dir: &Path) {
    let mut about = About { diagnosis, setting: "organisation.jwks".to_owned() };
    let Some(path) = &file.organisation.jwks else {
        about.say(Remark::notice(
            "no-jwks",
            Text::new("er is geen sleutelset van de kandidaat", "there is no key set of the candidate"),
            Text::new("Handtekeningen worden zonder niet gecontroleerd.", "Without it signatures are not checked."),
        ));
        return;
    };
    let read = std::fs::read_to_string(dir.join(path)).map_err(|e| e.to_string());
    match read.and_then(|text| Jwks::parse(&text).map_err(|e| e.to_string())) {
        Ok(set) if set.keys.is_empty() => about.file(
            &"the key set holds no key",
            Text::new(
                "Zet er de publieke sleutels van de kandidaat in.",
                "Put the public keys of the candidate in it.",
            ),
        ),
        Ok(set) => about.say(Remark::good(
            "jwks",
            Text::new(format!("{} publieke sleutels", set.keys.len()), format!("{} public keys", set.keys.len())),
        )),
        Err(error) => about.file(
            &error,
            Text::new("Geef een JWKS (RFC 7517) met publieke sleutels.", "Give a JWKS (RFC 7517) with public keys."),
        ),
    }
}

/// Addresses that we listen on, and the CA that the status services speak for.
async fn addresses(diagnosis: &mut Diagnosis, file: &CandidateFile, dir: &Path) {
    let mut listened = vec![("harness.listen", &file.harness.listen)];
    listened.extend(file.harness.foreign.iter().map(|f| ("harness.foreign.listen", &f.listen)));
    listened.extend(file.harness.status.iter().map(|s| ("harness.status.listen", &s.listen)));
    for (setting, address) in listened {
        let mut about = About { diagnosis: &mut *diagnosis, setting: setting.to_owned() };
        let advice = Text::new("Kies een vrij adres, als 127.0.0.1:8444.", "Choose a free address, as 127.0.0.1:8444.");
        match address.parse() {
            Err(_) => about.say(Remark::wrong(
                "listen-address",
                Text::new(
                    format!("`{address}` is geen adres met poort"),
                    format!("`{address}` is no address with port"),
                ),
                advice,
            )),
            Ok(address) => {
                if let Err(error) = bind(address).await {
                    let what = Text::new(
                        format!("hier kan niet worden geluisterd: {error}"),
                        format!("it is not possible to listen here: {error}"),
                    );
                    about.say(Remark::wrong("listen-address", what, advice));
                }
            }
        }
    }
    if let Some(status) = &file.harness.status
        && let Err(error) = TestPki::load_from(&dir.join(&status.ca), clock::now())
    {
        let mut about = About { diagnosis, setting: "harness.status.ca".to_owned() };
        about.file(
            &error,
            Text::new(
                "Wijs de map `pki/ca` aan die `init` schreef.",
                "Point at the folder `pki/ca` that `init` wrote.",
            ),
        );
    }
}
