//! From evidence to statement: everything that a statement says and that follows from the run. Issuing makes it by this
//! function and verifying makes it again, so that nothing in a statement has to be believed.

use std::collections::BTreeMap;

use super::issue::within_bundle;
use super::statement::{
    Afwijking, Beslisregel, Besluit, Capability, Configuration, Digest, Endpoint, Harness, Kandidaat, Member,
    Predicate, Redactie, Requirement, STATEMENT_TYPE, Scope, Soort, Statement, Subject, TestResult, Uitvoering,
};
use crate::base::digest::sha256;
use crate::base::text::Text;
use crate::check::Verdict;
use crate::evidence::folder::{self, Files};
use crate::evidence::model::{Conclusion, Evidence, RequirementResult};
use crate::evidence::papers;

/// What a statement says and that does not follow from the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Issued {
    pub soort: Soort,
    pub vervangt: Vec<String>,
    pub geldig_tot: String,
    pub locatie: Option<String>,
    pub uitvoerder: Option<String>,
    pub toezichthouder: Option<String>,
    pub besluit: Option<Besluit>,
}

impl Issued {
    /// What a statement says of it.
    pub(super) fn of(statement: &Statement) -> Self {
        let predicate = &statement.predicate;
        let uitvoering = &predicate.uitvoering;
        Self {
            soort: predicate.soort,
            vervangt: predicate.vervangt.clone(),
            geldig_tot: predicate.geldig_tot.clone(),
            locatie: uitvoering.locatie.clone(),
            uitvoerder: uitvoering.uitvoerder.clone(),
            toezichthouder: uitvoering.toezichthouder.clone(),
            besluit: predicate.besluit.clone(),
        }
    }
}

/// The statement that follows from evidence, the list of members and what was issued.
pub(super) fn statement(
    evidence: &Evidence,
    inventaris: Vec<Member>,
    issued: &Issued,
    redactie: Redactie,
) -> Statement {
    let file = inventaris.iter().find(|m| m.path == folder::CANDIDATE);
    let file = file.map_or_else(|| sha256(b"").0, |member| member.digest.sha256.clone());
    let named = |verdict: Verdict| -> Vec<String> {
        let all = evidence.requirements.iter().filter(|r| r.verdict == verdict && !r.is_waived());
        all.map(|r| r.id.clone()).collect()
    };
    let pack = pack_digest(&inventaris);
    let candidate = &evidence.candidate;
    let predicate = Predicate {
        soort: issued.soort,
        id: id(evidence, &inventaris, issued),
        vervangt: issued.vervangt.clone(),
        geldig_tot: issued.geldig_tot.clone(),
        result: result(evidence),
        conclusie: evidence.conclusion.to_string(),
        configuration: vec![Configuration {
            name: "pack".into(),
            uri: format!(
                "urn:twiin-harness:pack:{}:{}",
                evidence.scope.zorgtoepassingen.join("+"),
                evidence.scope.release
            ),
            digest: Digest { sha256: pack },
        }],
        passed_tests: named(Verdict::Pass),
        warned_tests: named(Verdict::Warn),
        failed_tests: named(Verdict::Fail),
        inconclusive_tests: named(Verdict::Inconclusive),
        not_applicable_tests: Vec::new(),
        untested_tests: named(Verdict::NotTested),
        errored_tests: named(Verdict::Error),
        flaky_tests: named(Verdict::Flaky),
        waived_tests: evidence.requirements.iter().filter(|r| r.is_waived()).map(|r| r.id.clone()).collect(),
        scope: scope(evidence),
        beslisregel: rule(evidence),
        requirements: evidence.requirements.iter().map(requirement).collect(),
        kandidaat: kandidaat(evidence),
        uitvoering: Uitvoering {
            run: evidence.run.clone(),
            start: evidence.started.clone(),
            einde: evidence.ended.clone(),
            volledig: evidence.complete,
            locatie: issued.locatie.clone(),
            uitvoerder: issued.uitvoerder.clone(),
            toezichthouder: issued.toezichthouder.clone(),
        },
        besluit: issued.besluit.clone(),
        harness: Harness {
            versie: evidence.harness.version.clone(),
            binary_sha256: evidence.harness.binary_sha256.clone(),
            kill_matrix_sha256: evidence.harness.kill_matrix_sha256.clone(),
        },
        redactie,
        inventaris,
        afwijkingen: afwijkingen(evidence),
        opmerkingen: remarks(issued.soort, evidence),
    };
    Statement {
        type_: STATEMENT_TYPE.into(),
        subject: vec![Subject {
            name: format!("kandidaat:{}@{}", candidate.product, candidate.version),
            digest: Digest { sha256: file },
        }],
        predicate_type: issued.soort.predicate_type(),
        predicate,
    }
}

/// Every member but the seal with size and digest, in order of path. This is where members are digested.
pub(super) fn inventory(members: &BTreeMap<String, Vec<u8>>) -> Vec<Member> {
    let all = members.iter().filter(|(path, _)| *path != super::SEAL);
    all.map(|(path, bytes)| Member {
        path: path.clone(),
        size: bytes.len() as u64,
        digest: Digest { sha256: sha256(bytes).0 },
    })
    .collect()
}

/// The files of a run by the names that they have in its folder; `inventory` lists the members.
pub(super) fn as_run_folder<'a>(members: &'a BTreeMap<String, Vec<u8>>, inventory: &'a [Member]) -> Files<'a> {
    let fixed = [folder::TRANSCRIPT, folder::RUN, papers::DOSSIER, papers::DOCUMENTS, papers::WAIVERS];
    let others = [folder::CANDIDATE, folder::LOG, folder::MATRIX];
    let mut files = Files::default();
    for member in inventory {
        let path = member.path.as_str();
        let Some(bytes) = members.get(path) else { continue };
        let renamed = fixed.into_iter().find(|name| within_bundle(name) == path);
        let same = (path.starts_with("pack/") || others.contains(&path)).then_some(path);
        if let Some(name) = renamed.or(same) {
            files.insert(name, bytes, member.size, &member.digest.sha256);
        }
    }
    files
}

/// The digest of the pack: of the sorted lines `<sha256>  <path>` of its files, paths within the pack.
pub(super) fn pack_digest(inventory: &[Member]) -> String {
    let prefix = format!("{}/", folder::PACK);
    let lines: String = inventory
        .iter()
        .filter_map(|m| Some(format!("{}  {}\n", m.digest.sha256, m.path.strip_prefix(&prefix)?)))
        .collect();
    sha256(lines.as_bytes()).0
}

/// An id that two makings of the same bewijs share, and no other bewijs has (RFC 9562 section 5.8).
fn id(evidence: &Evidence, inventory: &[Member], issued: &Issued) -> String {
    let members: String = inventory.iter().map(|m| format!("{}  {}\n", m.digest.sha256, m.path)).collect();
    let text = format!("{} {issued:?}\n{members}", evidence.run);
    let digest = sha256(text.as_bytes()).0;
    let mut bytes = [0; 16];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = digest.get(at * 2..at * 2 + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or_default();
    }
    format!("urn:uuid:{}", uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// The result in the words of `test-result`. It keeps a candidate that warned, is waived or leaves open what it can do
/// apart from one that passed, and calls everything failed that was not shown to be conformant.
fn result(evidence: &Evidence) -> TestResult {
    let warned = evidence.requirements.iter().any(|r| r.verdict == Verdict::Warn);
    let undeclared = evidence.candidate.capabilities.iter().any(|(_, declared)| declared == "undeclared");
    match evidence.conclusion {
        Conclusion::Conformant if !warned && !undeclared => TestResult::Passed,
        Conclusion::Conformant | Conclusion::ConformantWithWaivers => TestResult::Warned,
        Conclusion::NotConformant | Conclusion::Undetermined => TestResult::Failed,
    }
}

fn scope(evidence: &Evidence) -> Scope {
    let scope = &evidence.scope;
    Scope {
        zorgtoepassingen: scope.zorgtoepassingen.clone(),
        rollen: scope.roles.clone(),
        plateaus: scope.plateaus.clone(),
        afsprakenstelsel: scope.release.clone(),
        beperking: scope.only.clone(),
    }
}

fn rule(evidence: &Evidence) -> Beslisregel {
    let rule = &evidence.decision_rule;
    let text = format!("{}\n{}", rule.text.nl, rule.text.en);
    Beslisregel {
        id: rule.id.clone(),
        digest: Digest { sha256: sha256(text.as_bytes()).0 },
        omschrijving: rule.text.clone(),
    }
}

fn requirement(result: &RequirementResult) -> Requirement {
    let mut steps: Vec<String> = result.findings.iter().map(|f| format!("{}#{}", f.case, f.step)).collect();
    steps.sort_unstable();
    steps.dedup();
    let said = result.findings.iter().filter(|f| ["met", "not-met"].contains(&f.result.as_str()));
    Requirement {
        id: result.id.clone(),
        clause: format!("{} {} ({})", result.source.title, result.source.path, result.source.version),
        level: result.level.clone(),
        authority: result.authority.clone(),
        outcome: result.verdict,
        mode: result.mode.clone(),
        assertions: said.count() as u64,
        steps,
    }
}

fn kandidaat(evidence: &Evidence) -> Kandidaat {
    let candidate = &evidence.candidate;
    let endpoint = |e: &crate::evidence::model::EndpointResult| Endpoint {
        rol: e.role.clone(),
        soort: e.kind.clone(),
        url: e.url.clone(),
        certificaten: e.certificates.clone(),
    };
    Kandidaat {
        onderwerp: candidate.subject.clone().unwrap_or_else(|| "gtk".into()),
        product: candidate.product.clone(),
        versie: candidate.version.clone(),
        leverancier: candidate.supplier.clone(),
        ura: candidate.ura.clone(),
        omgeving: candidate.environment.clone(),
        ingebouwd: candidate.embedded,
        opzettelijke_fout: candidate.deviation.clone(),
        endpoints: candidate.endpoints.iter().map(endpoint).collect(),
        capabilities: candidate
            .capabilities
            .iter()
            .map(|(naam, verklaard)| Capability { naam: naam.clone(), verklaard: verklaard.clone() })
            .collect(),
    }
}

fn afwijkingen(evidence: &Evidence) -> Vec<Afwijking> {
    let waivers = evidence.papers.iter().flat_map(|p| &p.waivers);
    waivers
        .map(|w| Afwijking {
            requirement: w.requirement.clone(),
            plateaus: w.plateaus.clone(),
            reden: w.reason.clone(),
            besluit_van: w.decider.clone(),
            geldig_tot: w.expires.clone(),
            stand: w.state.clone(),
        })
        .collect()
}

fn remarks(soort: Soort, evidence: &Evidence) -> Vec<Text> {
    let mut remarks = vec![Text::new(
        "Dit is niet het Bewijs van Validatie, dat alleen Twiin afgeeft. De uitkomst geldt voor de genoemde kandidaat, versie en reikwijdte, en voor niets anders.",
        "This is not the Bewijs van Validatie, which only Twiin issues. The outcome holds for the candidate, version and scope named here, and for nothing else.",
    )];
    if soort == Soort::Zelftest {
        remarks.push(Text::new(
            "Een zelftest bewijst alleen iets aan wie hem deed.",
            "A self-test proves something only to whoever did it.",
        ));
    }
    remarks.extend(evidence.scope.zorgtoepassing_standing.clone());
    remarks
}
