//! What differs in the files: those of the pack, the candidate file, and the matrix.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::reason::{Reason, Why};
use super::{Earlier, Now};
use crate::base::diagnostic::SourceFile;
use crate::evidence::bewijs::candidate::redacted;
use crate::evidence::folder;
use crate::packages::Named;
use crate::plan::Selection;
use crate::suite::{MATRIX_PATH, Suite, parse_yaml};

/// Members of a candidate file that are looked at elsewhere: the papers by what they say, the release by the plan.
const ELSEWHERE: [&str; 4] = ["dossier", "waivers", "release", "authorization-matrix"];

/// What differs.
#[derive(Debug, Default)]
pub struct Changes {
    /// What everything rests on.
    pub whole: Vec<Reason>,
    /// Scenarios and fragments, by path within the suite.
    pub files: BTreeSet<String>,
    /// Roles of the candidate whose endpoints differ.
    pub roles: BTreeSet<String>,
    /// Capabilities that are declared otherwise.
    pub capabilities: BTreeSet<String>,
    /// Triggers that work otherwise.
    pub triggers: BTreeSet<String>,
    /// That resources are held against other FHIR packages, in whatever order they are given.
    pub packages: Option<Reason>,
}

impl Changes {
    /// What differs between an earlier bewijs and now.
    pub fn between(earlier: &Earlier, now: &Now<'_>) -> Self {
        let mut changes = Self::default();
        changes.pack(earlier, now);
        changes.candidate(earlier.text(folder::CANDIDATE).unwrap_or_default(), &hidden(now.candidate_text));
        if earlier.text(folder::MATRIX) != now.matrix {
            changes.whole.push(Why::OtherMatrix.because(""));
        }
        changes.packages = earlier.judged.as_ref().and_then(|judged| {
            let then: BTreeSet<&Named> = judged.config.selection.fhir_packages.iter().collect();
            let now: BTreeSet<&Named> = now.plan.selection.fhir_packages.iter().collect();
            let names = now.iter().map(|package| package.name.as_str()).collect::<Vec<_>>();
            (then != now).then(|| Why::OtherPackages.because(&names.join(", ")))
        });
        changes
    }

    fn pack(&mut self, earlier: &Earlier, now: &Now<'_>) {
        let prefix = format!("{}/", folder::PACK);
        let then = earlier.members.keys().filter_map(|path| path.strip_prefix(&prefix));
        let all: BTreeSet<&str> = then.chain(now.suite.files.iter().map(|(path, _)| path)).collect();
        let differs = |path: &str| {
            earlier.members.get(&format!("{prefix}{path}")).map(Vec::as_slice) != now.suite.files.get(path)
        };
        for path in all.into_iter().filter(|path| differs(path)) {
            match Rests::on(path, &now.plan.selection, now.suite) {
                Rests::Everything => self.whole.push(Why::OtherProfile.because(path)),
                Rests::Cases => {
                    self.files.insert(path.to_owned());
                }
                Rests::Nothing => {}
            }
        }
    }

    fn candidate(&mut self, then: &str, now: &str) {
        if then == now {
            return;
        }
        let (then, now) = (members(then), members(now));
        let keys: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
        let mut others = Vec::new();
        for key in keys.into_iter().filter(|key| then.get(*key) != now.get(*key)) {
            let inner = || differing(then.get(key), now.get(key));
            match key.as_str() {
                "product" => self.whole.push(Why::OtherProduct.because(&told(&then, &now))),
                "sending" | "receiving" | "requesting" | "responding" => {
                    self.roles.insert(key.clone());
                }
                "capabilities" => self.capabilities.extend(inner()),
                "triggers" => self.triggers.extend(inner()),
                elsewhere if ELSEWHERE.contains(&elsewhere) => {}
                other => others.push(other.to_owned()),
            }
        }
        if !others.is_empty() {
            self.whole.push(Why::OtherCandidate.because(&others.join(", ")));
        }
    }
}

/// What rests on a file of the pack.
#[derive(Debug, PartialEq, Eq)]
enum Rests {
    Everything,
    Cases,
    Nothing,
}

impl Rests {
    fn on(path: &str, selection: &Selection, suite: &Suite) -> Self {
        let of_another_release = path
            .strip_prefix("profiles/releases/")
            .is_some_and(|name| name.strip_suffix(".yaml").is_some_and(|name| name != selection.release));
        let others = suite.profiles.keys().filter(|name| !selection.zorgtoepassingen.contains(name));
        let mut of_others = others.flat_map(|name| {
            [format!("profiles/{name}.yaml"), format!("profiles/{name}/"), format!("scenarios/{name}/_fixtures/")]
        });
        if of_others.any(|prefix| path.starts_with(&prefix)) {
            return Self::Nothing;
        }
        match path {
            // Data of the profile: notifications, records.
            p if p.starts_with("scenarios/") && p.contains("/_fixtures/") => Self::Everything,
            p if p.starts_with("scenarios/") && p.ends_with(".yaml") => Self::Cases,
            // Rows of requirements are held against each other one by one; the candidate is not the one of the suite; the
            // deviation matrix says what is known of the checks, and no check reads it.
            p if p.starts_with("profiles/requirements/") || p.starts_with("profiles/schema/") => Self::Nothing,
            "profiles/candidates/reference.yaml" | MATRIX_PATH => Self::Nothing,
            _ if of_another_release => Self::Nothing,
            p if [".yaml", ".csv", ".json", ".xml"].iter().any(|end| p.ends_with(end)) => Self::Everything,
            _ => Self::Nothing,
        }
    }
}

/// The candidate file as it would go along in a bewijs: numbers and secrets are marks there, so they are held against marks.
fn hidden(text: &str) -> String {
    let file = folder::candidate(folder::CANDIDATE, text, false);
    file.map_or_else(|_| text.to_owned(), |file| redacted(text, &file))
}

fn members(text: &str) -> Map<String, Value> {
    let source = Arc::new(SourceFile { path: folder::CANDIDATE.to_owned(), text: text.to_owned() });
    match parse_yaml(&source) {
        Ok(Value::Object(members)) => members,
        // What cannot be read was never a candidate file; then the whole text stands for its one member.
        _ => Map::from_iter([("file".to_owned(), Value::from(text))]),
    }
}

/// Names of members that differ within two objects.
fn differing(then: Option<&Value>, now: Option<&Value>) -> Vec<String> {
    let empty = Map::new();
    let object = |value: Option<&Value>| value.and_then(Value::as_object).cloned().unwrap_or_else(|| empty.clone());
    let (then, now) = (object(then), object(now));
    let keys: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
    keys.into_iter().filter(|key| then.get(*key) != now.get(*key)).cloned().collect()
}

/// Product, version and supplier, then and now.
fn told(then: &Map<String, Value>, now: &Map<String, Value>) -> String {
    let of = |members: &Map<String, Value>| {
        let product = members.get("product");
        let part = |name: &str| product.and_then(|p| p.get(name)?.as_str().map(str::to_owned));
        let parts: Vec<String> = ["name", "version", "supplier"].into_iter().filter_map(part).collect();
        parts.join(" ")
    };
    format!("{} → {}", of(then), of(now))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_rests_on_a_file_is_told_by_its_place() {
        let suite = Suite::load(crate::suite::embedded_files()).unwrap();
        let all = Selection { release: "1.5".into(), ..Selection::everything(&suite) };
        let none = Selection { zorgtoepassingen: Vec::new(), ..all.clone() };
        for (path, rests) in [
            ("scenarios/bgz/notified-pull/x.yaml", Rests::Cases),
            ("scenarios/_given/x.yaml", Rests::Cases),
            ("scenarios/bgz/_fixtures/records/patient.json", Rests::Everything),
            ("scenarios/README.md", Rests::Nothing),
            ("profiles/bgz.yaml", Rests::Everything),
            ("profiles/tls/groups.csv", Rests::Everything),
            ("profiles/releases/1.5.yaml", Rests::Everything),
            ("profiles/releases/1.4.yaml", Rests::Nothing),
            ("profiles/requirements/10-generic.yaml", Rests::Nothing),
            ("profiles/deviations.yaml", Rests::Nothing),
            ("profiles/NOTICE", Rests::Nothing),
        ] {
            assert_eq!(Rests::on(path, &all, &suite), rests, "{path}");
        }
        for path in ["profiles/bgz.yaml", "profiles/bgz/queries.yaml", "scenarios/bgz/_fixtures/records/patient.json"] {
            assert_eq!(
                Rests::on(path, &none, &suite),
                Rests::Nothing,
                "{path} is of a zorgtoepassing that nobody asked for"
            );
        }
    }

    #[test]
    fn each_member_of_a_candidate_file_concerns_what_rests_on_it() {
        let then = "product: { name: SIM, version: '1', supplier: S }\nsending: { fhir-base: https://a.test/ }\n\
                    capabilities: { xds: yes, r4: no }\ntriggers: { start: { prompt: x } }\nlimits: { a: 1 }\nrelease: '1.4'\n";
        let changed = |from: &str, to: &str| {
            let mut changes = Changes::default();
            changes.candidate(then, &then.replace(from, to));
            changes
        };
        assert!(changed("#", "#").whole.is_empty());
        let version = changed("version: '1'", "version: '2'");
        assert_eq!(version.whole, [Why::OtherProduct.because("SIM 1 S → SIM 2 S")]);
        assert_eq!(changed("a.test", "b.test").roles, BTreeSet::from(["sending".to_owned()]));
        assert_eq!(changed("r4: no", "r4: yes").capabilities, BTreeSet::from(["r4".to_owned()]));
        assert_eq!(changed("prompt: x", "prompt: y").triggers, BTreeSet::from(["start".to_owned()]));
        assert_eq!(changed("a: 1", "a: 2").whole, [Why::OtherCandidate.because("limits")]);
        let release = changed("release: '1.4'", "release: '1.5'");
        assert!(release.whole.is_empty() && release.roles.is_empty(), "the plan tells the release");
        assert!(!changed("product", "{").whole.is_empty(), "what cannot be read differs as a whole");
    }
}
