//! One document of evidence with everything in it, for the tests of reports. Names, numbers and hosts are made up.

mod papers;
mod rest;

use serde::de::DeserializeOwned;
use serde_json::json;

use crate::base::text::Text;
use crate::evidence::Evidence;
use crate::evidence::model::*;
use rest::{excerpts, exclusions, observations};

const DIGEST: &str = "5f1d3a6c0e9b4d72a8c5e3f7b6019d24c7e8a5b3f0126d94e7c8a1b5d3f60927";

/// A self-test with every verdict, an observation, exclusions and excerpts.
pub(crate) fn evidence() -> Evidence {
    Evidence {
        schema: SCHEMA.into(),
        kind: Kind::SelfTest,
        run: "2026-11-21-7d0c5a1e".into(),
        started: "2026-11-21T10:15:00.000001Z".into(),
        ended: "2026-11-21T10:16:23.400000Z".into(),
        complete: true,
        candidate: candidate(),
        scope: Scope {
            zorgtoepassingen: vec!["bgz".into()],
            roles: vec!["sending".into(), "receiving".into()],
            plateaus: vec![1, 3, 4],
            release: "1.4".into(),
            release_note: text(
                "Van release 1.4 waren alleen de eisen voor netwerkbeveiliging te lezen; de rest is geërfd van 1.3.1.",
                "Of release 1.4 only the network security requirements could be read; the rest is inherited from 1.3.1.",
            ),
            standing: Some(papers::standing()),
            zorgtoepassing_standing: Vec::new(),
            zorgtoepassing_preview: Vec::new(),
            only: None,
        },
        harness: Harness {
            version: "0.1.0".into(),
            binary_sha256: DIGEST.into(),
            kill_matrix_sha256: DIGEST.into(),
            suite: Some("vendor/twiin/".into()),
        },
        decision_rule: DecisionRule {
            id: "strongest-wins/1".into(),
            text: text(
                "Het sterkste oordeel telt: niet voldaan, fout van de test, onbeslist, waarschuwing, voldaan, niet getest.",
                "The strongest verdict counts: fail, error, inconclusive, warn, pass, not tested.",
            ),
        },
        conclusion: Conclusion::NotConformant,
        counts: Counts { pass: 3, warn: 1, flaky: 1, fail: 2, inconclusive: 2, error: 1, not_tested: 1 },
        attested: Some(Counts { pass: 1, inconclusive: 1, not_tested: 1, ..Counts::default() }),
        papers: Some(papers::papers()),
        grid: Some(papers::grid()),
        requirements: in_order(requirements()),
        cases: cases(),
        exclusions: exclusions(),
        observations: observations(),
        excerpts: excerpts(),
        inputs: [
            ("transcript.ndjson", "transcript"),
            ("run.json", "configuration"),
            ("inputs/candidate.yaml", "candidate"),
        ]
        .map(|(path, kind)| InputDigest { path: path.into(), kind: kind.into(), size: 48_213, sha256: DIGEST.into() })
        .to_vec(),
    }
}

/// The sample with `text` in every place that a stranger can write to.
pub(crate) fn hostile(text: &str) -> Evidence {
    let mut evidence = evidence();
    let candidate = &mut evidence.candidate;
    add(text, [&mut candidate.product, &mut candidate.version, &mut candidate.supplier, &mut candidate.ura]);
    add(text, candidate.endpoints.iter_mut().flat_map(|e| [&mut e.url, &mut e.kind]));
    add(text, candidate.capabilities.iter_mut().map(|(name, _)| name));
    add(text, [&mut evidence.run, &mut evidence.scope.release]);
    for requirement in &mut evidence.requirements {
        add(text, [&mut requirement.title.nl, &mut requirement.title.en, &mut requirement.source.path]);
        add(text, &mut requirement.not_tested);
        for finding in &mut requirement.findings {
            add(text, [&mut finding.actual, &mut finding.expected.nl, &mut finding.expected.en, &mut finding.check]);
        }
    }
    for attestation in evidence.requirements.iter_mut().filter_map(|r| r.attestation.as_mut()) {
        add(text, [&mut attestation.by, &mut attestation.role]);
        add(text, attestation.remark.iter_mut().chain(&mut attestation.other_version));
        add(text, attestation.documents.iter_mut().map(|d| &mut d.path));
        add(text, attestation.problems.iter_mut().flat_map(|p| [&mut p.nl, &mut p.en]));
    }
    for waived in evidence.requirements.iter_mut().filter_map(|r| r.waived.as_mut()) {
        add(text, [&mut waived.reason.nl, &mut waived.reason.en, &mut waived.decider]);
    }
    for waiver in evidence.papers.iter_mut().flat_map(|p| &mut p.waivers) {
        add(text, [&mut waiver.reason.nl, &mut waiver.reason.en, &mut waiver.decider, &mut waiver.requirement]);
    }
    add(text, evidence.cases.iter_mut().flat_map(|c| [&mut c.title.nl, &mut c.title.en]));
    add(text, evidence.cases.iter_mut().filter_map(|c| c.stopped.as_mut()));
    add(text, evidence.cases.iter_mut().flat_map(|c| &mut c.attempts).filter_map(|a| a.stopped.as_mut()));
    add(text, evidence.requirements.iter_mut().filter_map(|r| Some(&mut r.place.as_mut()?.path)));
    add(text, evidence.observations.iter_mut().map(|o| &mut o.actual));
    add(text, evidence.exclusions.iter_mut().flat_map(|e| &mut e.missing));
    add(text, evidence.excerpts.iter_mut().flat_map(|e| [&mut e.request, &mut e.response, &mut e.tls]));
    evidence
}

fn add<'a>(text: &str, places: impl IntoIterator<Item = &'a mut String>) {
    places.into_iter().for_each(|place| place.push_str(text));
}

fn text(nl: &str, en: &str) -> Text {
    Text::new(nl, en)
}

/// A verdict by its word.
fn verdict<T: DeserializeOwned>(word: &str) -> T {
    serde_json::from_value(json!(word)).expect("a verdict of the model")
}

fn candidate() -> Candidate {
    let endpoint = |role: &str, kind: &str, url: &str| EndpointResult {
        role: role.into(),
        kind: kind.into(),
        url: url.into(),
        certificates: vec![DIGEST.into()],
    };
    Candidate {
        subject: Some("gtk".into()),
        product: "Voorbeeld-GtK".into(),
        version: "2.4.0".into(),
        supplier: "Voorbeeld Zorg-ICT B.V.".into(),
        ura: "90000001".into(),
        environment: "test".into(),
        endpoints: vec![
            endpoint("sending", "fhir", "https://gtk.example.nl/fhir"),
            endpoint("receiving", "token", "https://gtk.example.nl/oauth/token"),
        ],
        capabilities: vec![("retract".into(), "yes".into()), ("xml".into(), "undeclared".into())],
        embedded: false,
        deviation: None,
    }
}

/// Id, titles, level, authority, function, plateaus, verdict.
type Row = (&'static str, [&'static str; 2], &'static str, &'static str, &'static str, &'static [u8], &'static str);

fn requirement((id, [nl, en], level, authority, function, plateaus, word): Row) -> RequirementResult {
    RequirementResult {
        id: id.into(),
        official_id: None,
        title: text(nl, en),
        statement: text(&format!("{nl}, zoals de bron het vraagt."), &format!("{en}, as the source demands.")),
        level: level.into(),
        authority: authority.into(),
        maturity: "normative".into(),
        function: function.into(),
        zorgtoepassing: "generic".into(),
        source: SourceResult {
            title: "10.3.7 Twiin-07 Token Request".into(),
            path: "https://afspraken.example.nl/ta131/twiin-07".into(),
            version: "1.3.1".into(),
        },
        place: Some(Place { path: "profiles/requirements/20-technical-core.yaml".into(), line: 120 }),
        inherited: false,
        erratum: None,
        enforcement: None,
        mode: "automated".into(),
        verdict: verdict(word),
        plateaus: plateaus.iter().map(|p| PlateauVerdict { plateau: *p, verdict: verdict(word) }).collect(),
        not_tested: None,
        attestation: None,
        waived: None,
        findings: Vec::new(),
    }
}

fn finding(case: &str, step: &str, check: &str, result: &str, expected: [&str; 2], actual: &str) -> FindingResult {
    FindingResult {
        case: case.into(),
        attempt: None,
        step: step.into(),
        check: check.into(),
        result: result.into(),
        expected: text(expected[0], expected[1]),
        actual: actual.into(),
        note: None,
        basis: None,
        advice: None,
        exchanges: Vec::new(),
        place: (result != "met").then(|| Place {
            path: format!("scenarios/{}.yaml", case.split('@').next().unwrap_or_default()),
            line: 14,
        }),
    }
}

const TOKEN: &str = "bgz/notified-pull/expired-client-assertion-is-refused@sending";
const TLS: &str = "generic/network-security/tls-12-is-refused@sending";
const PULL: &str = "bgz/notified-pull/bgz-is-returned@sending";
const READ: &str = "bgz/notified-pull/resource-is-read@sending";
const NOTIFY: &str = "bgz/notified-pull/notification-is-accepted@receiving";

fn requirements() -> Vec<RequirementResult> {
    vec![
        papers::attested(),
        papers::expired(),
        RequirementResult {
            findings: vec![finding(PULL, "search", "one-patient", "met", ["één patiënt", "one patient"], "1 patient")],
            mode: "observed".into(),
            ..requirement((
                "GM-P1-ID-1",
                ["Geverifieerd BSN", "Verified BSN"],
                "must",
                "groeimodel",
                "identificatie-burger",
                &[1],
                "pass",
            ))
        },
        RequirementResult {
            not_tested: Some("attested: the dossier holds no document for it".into()),
            mode: "attested".into(),
            ..requirement((
                "GM-P1-AUTHN-1",
                ["Gebruikersbeheer op orde", "User management in order"],
                "must",
                "groeimodel",
                "authenticatie",
                &[1],
                "not-tested",
            ))
        },
        RequirementResult {
            not_tested: Some("bgz/notified-pull/task-is-cancelled@receiving: `cancel` is undeclared".into()),
            ..requirement((
                "TK-02-04",
                ["Geannuleerde Task blijft leesbaar", "Cancelled Task stays readable"],
                "must",
                "afsprakenstelsel",
                "uitwisseling",
                &[4],
                "inconclusive",
            ))
        },
        requirement(("TK-SOAP-01", ["SOAP", "SOAP"], "must", "afsprakenstelsel", "uitwisseling", &[4], "not-tested")),
        RequirementResult {
            findings: vec![finding(TOKEN, "mutual-tls", "tls-version", "met", ["TLS 1.3", "TLS 1.3"], "TLSv1.3")],
            ..requirement((
                "NET-5.020",
                ["Wederzijds TLS", "Mutual TLS"],
                "must",
                "afsprakenstelsel",
                "netwerk",
                &[3, 4],
                "pass",
            ))
        },
        tls(),
        expired_assertion(),
        flaky(),
        RequirementResult {
            enforcement: Some(EnforcementResult {
                cap: "information".into(),
                reason: text(
                    "RFC 7523 laat detectie van hergebruik vrij.",
                    "RFC 7523 leaves replay detection optional.",
                ),
            }),
            findings: vec![FindingResult {
                exchanges: vec![12],
                ..finding(TOKEN, "replay", "http-status", "not-met", ["status 400 of 401", "status 400 or 401"], "200")
            }],
            ..requirement((
                "TK-07-10",
                ["Hergebruik van assertions", "Replay of assertions"],
                "should",
                "base-standard",
                "authenticatie",
                &[3, 4],
                "pass",
            ))
        },
        RequirementResult {
            findings: ["Observation", "Condition", "MedicationUse", "Procedure"]
                .map(|name| FindingResult {
                    advice: Some(text(
                        "Geef elke bron in de Bundle een id.",
                        "Give every resource in the Bundle an id.",
                    )),
                    exchanges: vec![14],
                    ..finding(
                        PULL,
                        "search",
                        "entry-ids",
                        "not-met",
                        ["elke entry heeft een id", "every entry has an id"],
                        &format!("entry 3 ({name}) has no id"),
                    )
                })
                .to_vec(),
            ..requirement((
                "BGZ-SRCH-05",
                ["Entries hebben een id", "Entries have an id"],
                "should",
                "nictiz",
                "inhoud",
                &[1, 3, 4],
                "warn",
            ))
        },
        RequirementResult {
            findings: vec![FindingResult {
                exchanges: vec![21],
                ..finding(
                    NOTIFY,
                    "notify",
                    "seen",
                    "undecided",
                    ["de kandidaat haalt de Workflow Task op", "the candidate reads the Workflow Task"],
                    "nothing was seen within 30 s",
                )
            }],
            ..requirement((
                "TK-03-01",
                ["Lezen op id", "Read by id"],
                "must",
                "afsprakenstelsel",
                "uitwisseling",
                &[1, 3, 4],
                "inconclusive",
            ))
        },
        RequirementResult {
            findings: vec![finding(
                NOTIFY,
                "cancel",
                "http-status",
                "error",
                ["status 200", "status 200"],
                "the step was not carried out: no free port",
            )],
            ..requirement((
                "TK-02-01",
                ["Annuleren", "Cancel"],
                "must",
                "afsprakenstelsel-partial",
                "uitwisseling",
                &[1, 3, 4],
                "error",
            ))
        },
    ]
}

fn in_order(mut requirements: Vec<RequirementResult>) -> Vec<RequirementResult> {
    requirements.sort_by(|a, b| a.id.cmp(&b.id));
    requirements
}

fn tls() -> RequirementResult {
    RequirementResult {
        official_id: Some("5.030".into()),
        erratum: Some("E-12".into()),
        findings: vec![FindingResult {
            advice: Some(text(
                "De server biedt nog TLS 1.2 aan. Zet het uit op het endpoint voor uitwisseling.",
                "The server still offers TLS 1.2. Switch it off on the endpoint for exchange.",
            )),
            exchanges: vec![3, 98, 99],
            ..finding(
                TLS,
                "probe",
                "tls-refusal",
                "not-met",
                ["de verbinding wordt geweigerd", "the connection is refused"],
                "TLSv1.2 was agreed with TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            )
        }],
        ..requirement((
            "NET-5.030-v14",
            ["NCSC-TLS-richtlijnen volgen", "Follow NCSC TLS guidelines"],
            "must",
            "afsprakenstelsel",
            "netwerk",
            &[4],
            "fail",
        ))
    }
}

/// Went wrong in the first attempt at its case and held in the second.
fn flaky() -> RequirementResult {
    let search = |attempt: u32, result: &str, actual: &str| FindingResult {
        attempt: Some(attempt),
        exchanges: vec![40 + u64::from(attempt)],
        ..finding(READ, "read", "http-status", result, ["status 200", "status 200"], actual)
    };
    RequirementResult {
        findings: vec![search(1, "not-met", "503"), search(2, "met", "200")],
        ..requirement((
            "TK-05-01",
            ["Een bron is te lezen", "A resource can be read"],
            "must",
            "afsprakenstelsel",
            "uitwisseling",
            &[3, 4],
            "flaky",
        ))
    }
}

fn expired_assertion() -> RequirementResult {
    let met = finding(TOKEN, "refused", "oauth-error", "met", ["een foutcode", "an error code"], "invalid_client");
    let refused = |step: &str, seq: u64| FindingResult {
        advice: Some(text(
            "Controleer `exp` van de client assertion met een marge van hooguit enkele seconden.",
            "Check `exp` of the client assertion with a leeway of a few seconds at most.",
        )),
        exchanges: vec![seq],
        ..finding(TOKEN, step, "http-status", "not-met", ["status 400 of 401", "status 400 or 401"], "200")
    };
    let verdicts = [(3, "pass"), (4, "fail")].map(|(plateau, word)| PlateauVerdict { plateau, verdict: verdict(word) });
    RequirementResult {
        waived: Some(papers::waived()),
        inherited: true,
        plateaus: verdicts.to_vec(),
        findings: vec![met, refused("expired", 12), refused("long-expired", 13)],
        ..requirement((
            "TK-07-05",
            ["Verlopen client assertion wordt geweigerd", "Expired client assertion is refused"],
            "must",
            "base-standard",
            "authenticatie",
            &[3, 4],
            "fail",
        ))
    }
}

fn cases() -> Vec<CaseResult> {
    let case = |id: &str, [nl, en]: [&str; 2], word: &str, duration_ms: u64| CaseResult {
        id: id.into(),
        scenario: id.split('@').next().unwrap_or_default().into(),
        title: text(nl, en),
        role: id.rsplit('@').next().unwrap_or_default().into(),
        cases: vec!["BGZ-NEG-12".into()],
        plateaus: vec![3, 4],
        verdict: verdict(word),
        stopped: (word == "error").then(|| "no free port for the simulator".into()),
        duration_ms,
        exchanges: 4,
        attempts: Vec::new(),
    };
    let attempt = |attempt, word: &str| AttemptResult {
        attempt,
        verdict: verdict(word),
        started: Some("2026-11-21T10:15:04.000000Z".into()),
        stopped: (word == "fail").then(|| "no search within 60 ms".into()),
        duration_ms: 60,
        exchanges: 2,
    };
    vec![
        CaseResult {
            attempts: vec![attempt(1, "fail"), attempt(2, "pass")],
            ..case(READ, ["Een bron wordt gelezen", "A resource is read"], "flaky", 120)
        },
        case(PULL, ["De BgZ komt terug", "The BgZ is returned"], "warn", 2_310),
        case(
            TOKEN,
            ["Een verlopen client assertion wordt geweigerd", "An expired client assertion is refused"],
            "fail",
            640,
        ),
        case(NOTIFY, ["Een notificatie wordt aangenomen", "A notification is accepted"], "error", 61_200),
        case(TLS, ["TLS 1.2 wordt geweigerd", "TLS 1.2 is refused"], "fail", 85),
    ]
}
