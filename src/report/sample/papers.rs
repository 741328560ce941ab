//! Documents, declared deviations and the grid of the sample.

use super::{DIGEST, Row, requirement, text, verdict};
use crate::evidence::model::*;

/// A document that is in order.
pub(super) fn attested() -> RequirementResult {
    let row: Row = (
        "VW-GTK-1.4",
        ["Beheersmaatregelen netwerk", "Network controls"],
        "must",
        "afsprakenstelsel",
        "netwerk",
        &[4],
        "pass",
    );
    RequirementResult {
        mode: "attested".into(),
        attestation: Some(AttestationResult {
            remark: Some("Verklaring van toepasselijkheid, versie 3".into()),
            other_version: Some("2.3.0".into()),
            ..attestation("valid", "documents/vvt.pdf", "2027-11-20")
        }),
        ..requirement(row)
    }
}

/// A document whose last day has passed.
pub(super) fn expired() -> RequirementResult {
    let row: Row = (
        "Auth-01",
        ["Authenticatie van gebruikers", "Authentication of users"],
        "must",
        "afsprakenstelsel",
        "authenticatie",
        &[4],
        "inconclusive",
    );
    let problem = text(
        "verlopen: gold tot en met 2026-10-31, en de run was op 2026-11-21",
        "expired: it held until 2026-10-31, and the run was on 2026-11-21",
    );
    RequirementResult {
        mode: "attested".into(),
        attestation: Some(AttestationResult {
            problems: vec![problem],
            ..attestation("expired", "documents/inlogmiddel.pdf", "2026-10-31")
        }),
        ..requirement(row)
    }
}

fn attestation(standing: &str, path: &str, until: &str) -> AttestationResult {
    AttestationResult {
        says: "pass".into(),
        standing: standing.into(),
        problems: Vec::new(),
        by: "SIM Auditor".into(),
        role: "auditor".into(),
        attested: "2026-10-01".into(),
        valid_until: until.into(),
        other_version: None,
        remark: None,
        documents: vec![DocumentResult { path: path.into(), sha256: DIGEST.into(), size: 12_345 }],
    }
}

/// A declared deviation that covers a failure.
pub(super) fn waived() -> WaivedResult {
    WaivedResult {
        plateaus: vec![4],
        reason: text("De loadbalancer wordt vervangen.", "The load balancer is being replaced."),
        decider: "Stuurgroep SIM-samenwerkingsverband".into(),
        expires: "2027-03-31".into(),
    }
}

/// Declared deviations, one of them in use, and a dossier.
pub(super) fn papers() -> Papers {
    let waiver = |requirement: &str, state: &str, expires: &str| {
        let WaivedResult { reason, decider, .. } = waived();
        WaiverResult {
            requirement: requirement.into(),
            plateaus: vec![4],
            reason,
            decider,
            expires: expires.into(),
            state: state.into(),
        }
    };
    Papers {
        dossier: Some(DossierResult {
            subject: "gtk".into(),
            attestations: 3,
            other_versions: vec!["2.3.0".into()],
            out_of_scope: vec!["VW-GTK-9.9".into()],
        }),
        awaited: Vec::new(),
        waivers: vec![
            waiver("TK-07-05", "applied", "2027-03-31"),
            waiver("TK-07-09", "expired", "2026-06-30"),
            waiver("NET-5.020", "superfluous", "2027-03-31"),
        ],
    }
}

/// A release that is not the newest.
pub(super) fn standing() -> ReleaseStanding {
    ReleaseStanding {
        standing: "previous".into(),
        current: "1.5".into(),
        implement_by: Some("2027-04-09".into()),
        late: false,
        text: text(
            "Release 1.4 is de vorige (n-1) en nog geldig; 1.5 is de nieuwste die de suite kent.",
            "Release 1.4 is the previous one (n-1) and still in force; 1.5 is the newest that the suite knows.",
        ),
    }
}

/// Nine functions: a cell with everything, cells that were not asked for, and cells without requirements.
pub(super) fn grid() -> Grid {
    let functions = [
        "identificatie-burger",
        "authenticatie",
        "autorisatie",
        "toestemming",
        "lokalisatie",
        "adressering",
        "logging",
        "netwerk",
        "behandelrelatie",
    ];
    let row = |(at, function): (usize, &&str)| GridRow {
        function: (*function).into(),
        in_groeimodel: at < 8,
        cells: (1..=4).map(|plateau| cell(function, plateau)).collect(),
    };
    Grid {
        note: text(
            "Het groeimodel is een hulpmiddel en geen deel van het Afsprakenstelsel; plateau 4 is volledige naleving.",
            "The groeimodel is a tool and no part of the Afsprakenstelsel; plateau 4 is full compliance.",
        ),
        rows: functions.iter().enumerate().map(row).collect(),
    }
}

fn cell(function: &str, plateau: u8) -> GridCell {
    let ids: &[&str] = match (function, plateau) {
        ("netwerk", 4) => &["NET-5.020", "NET-5.030-v14", "VW-GTK-1.4"],
        ("authenticatie", 4) => &["TK-07-05"],
        ("netwerk", 2 | 3) => &["NET-5.020"],
        ("authenticatie", 1) => &["GM-P1-AUTHN-1"],
        _ => &[],
    };
    let whole = (function, plateau) == ("netwerk", 4);
    let declared = (function, plateau) == ("authenticatie", 4);
    let all = ids.len() as u64;
    let shown = match (function, plateau) {
        ("netwerk", 3 | 4) | ("authenticatie", 4) => all,
        _ => 0,
    };
    let mode = |mode: &str, shown: u64, all: u64| ModeCount { mode: mode.into(), shown, all };
    GridCell {
        plateau,
        asked: plateau != 2,
        verdict: verdict(if whole || declared {
            "fail"
        } else if shown > 0 {
            "pass"
        } else {
            "not-tested"
        }),
        shown,
        all,
        modes: vec![
            mode("attested", u64::from(whole), u64::from(whole)),
            mode("automated", shown - u64::from(whole), all - u64::from(whole)),
            mode("observed", 0, 0),
        ],
        waived: u64::from(declared),
        errata: if whole { vec!["E-12".into()] } else { Vec::new() },
        requirements: ids.iter().map(|id| (*id).to_owned()).collect(),
        reason: (shown == 0).then(|| text("Niets getest, met de reden.", "Nothing tested, with the reason.")),
    }
}
