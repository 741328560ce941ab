//! Reading a file of expected failures: every fault at once, each with its place and what would have been right.

use std::sync::Arc;

use strum::VariantNames as _;
use time::Date;
use time::macros::format_description;

use super::{Entry, Expectations, Target};
use crate::base::diagnostic::{Diagnostic, SourceFile};
use crate::base::id::{RequirementId, ScenarioId};
use crate::base::text::Text;
use crate::check::Verdict;
use crate::suite::Suite;
use crate::suite::requirement::Role;
use crate::suite::tree::{self, Node, Value};

const KEYS: [&str; 8] = ["requirement", "case", "role", "plateau", "verdict", "reason", "owner", "expires"];
/// What can be expected to go wrong; a pass needs no entry.
const VERDICTS: [Verdict; 5] = [Verdict::Fail, Verdict::Error, Verdict::Inconclusive, Verdict::Flaky, Verdict::Warn];

/// Reads a file of expected failures for a suite.
///
/// # Errors
/// All faults at once, in the order of the file.
pub fn read(source: &Arc<SourceFile>, suite: &Suite) -> Result<Expectations, Vec<Diagnostic>> {
    let tree = tree::parse(source).map_err(|fault| vec![*fault])?;
    let mut reader = Reader { source, suite, faults: Vec::new() };
    let entries = reader.file(&tree);
    let mut faults = reader.faults;
    if faults.is_empty() {
        return Ok(Expectations { source: source.clone(), entries });
    }
    faults.sort_by_key(|f| f.offset);
    Err(faults)
}

struct Reader<'a> {
    source: &'a Arc<SourceFile>,
    suite: &'a Suite,
    faults: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn fault(&mut self, at: &Node, message: impl Into<String>) -> &mut Diagnostic {
        let fault = at.fault(self.source, message);
        self.faults.push(fault);
        self.faults.last_mut().expect("a fault was just added")
    }

    fn nearest<'n>(&mut self, at: &Node, message: String, word: &str, valid: impl IntoIterator<Item = &'n str>) {
        let fault = at.fault(self.source, message).with_nearest(word, valid);
        self.faults.push(fault);
    }

    fn file(&mut self, tree: &Node) -> Vec<Entry> {
        self.known_keys(tree, &["expected"]);
        let Some(list) = tree.get("expected") else {
            self.fault(tree, "there is no `expected`").help = Some("write a list of entries below `expected:`".into());
            return Vec::new();
        };
        let Some(items) = list.items() else {
            self.fault(list, "`expected` is no list");
            return Vec::new();
        };
        let mut entries: Vec<Entry> = Vec::new();
        for item in items {
            let Some(entry) = self.entry(item) else { continue };
            let same = |e: &&Entry| (&e.target, e.role, e.plateau) == (&entry.target, entry.role, entry.plateau);
            match entries.iter().find(same) {
                Some(earlier) => {
                    let message = format!("{} stands twice; it also stands in line {}", entry.name(), earlier.line);
                    self.fault(item, message);
                }
                None => entries.push(entry),
            }
        }
        entries
    }

    fn known_keys(&mut self, map: &Node, known: &[&str]) {
        for (key, _) in map.members().unwrap_or_default() {
            let word = key.text().unwrap_or_default();
            if !known.contains(&word) {
                let fault = key.fault(self.source, format!("unknown field `{word}`"));
                let fault = match crate::base::nearest::nearest(word, known.iter().copied()) {
                    Some(near) => fault.with_help(format!("did you mean `{near}`?")),
                    None => fault.with_help(format!("valid here: {}", known.join(", "))),
                };
                self.faults.push(fault);
            }
        }
    }

    /// An entry; `None` when something in it is wrong. Everything in it is looked at in any case.
    fn entry(&mut self, item: &Node) -> Option<Entry> {
        if item.members().is_none() {
            self.fault(item, "an entry is a map").help = Some(format!("valid here: {}", KEYS.join(", ")));
            return None;
        }
        self.known_keys(item, &KEYS);
        let role = self.optional(item, "role", Self::role);
        let plateau = self.optional(item, "plateau", Self::plateau);
        let verdict = self.optional(item, "verdict", Self::verdict);
        let reason = self.wanted(item, "reason", Self::text);
        let owner = self.wanted(item, "owner", |reader, node| reader.words(node, "owner"));
        let expires = self.wanted(item, "expires", Self::date);
        let (target, of_case) = self.target(item)?;
        let role = match (role?, of_case) {
            (Some(one), Some(other)) if one != other => {
                let at = item.get("role").unwrap_or(item);
                self.fault(at, format!("the case is for `{other}`, and this says `{one}`"));
                return None;
            }
            (one, other) => one.or(other),
        };
        let (plateau, verdict) = (plateau?, verdict?);
        let fits = self.fits(item, &target, role, plateau, verdict);
        let (reason, owner, expires) = (reason?, owner?, expires?);
        let verdict = verdict.unwrap_or(Verdict::Fail);
        fits.then_some(Entry { target, role, plateau, verdict, reason, owner, expires, line: item.line })
    }

    fn optional<T>(
        &mut self,
        item: &Node,
        key: &str,
        read: impl FnOnce(&mut Self, &Node) -> Option<T>,
    ) -> Option<Option<T>> {
        match item.get(key) {
            Some(node) => read(self, node).map(Some),
            None => Some(None),
        }
    }

    fn wanted<T>(&mut self, item: &Node, key: &str, read: impl FnOnce(&mut Self, &Node) -> Option<T>) -> Option<T> {
        match item.get(key) {
            Some(node) => read(self, node),
            None => {
                self.fault(item, format!("the entry has no `{key}`"));
                None
            }
        }
    }

    /// What the entry is about, and the role that its case names.
    fn target(&mut self, item: &Node) -> Option<(Target, Option<Role>)> {
        match (item.get("requirement"), item.get("case")) {
            (Some(node), None) => Some((Target::Requirement(self.requirement(node)?), None)),
            (None, Some(node)) => self.scenario(node).map(|(id, role)| (Target::Scenario(id), role)),
            (Some(_), Some(case)) => {
                self.fault(case, "an entry is about a requirement or about a case, not about both");
                None
            }
            (None, None) => {
                self.fault(item, "the entry has no `requirement` and no `case`");
                None
            }
        }
    }

    fn requirement(&mut self, node: &Node) -> Option<RequirementId> {
        let word = self.id(node)?;
        match RequirementId::parse(&word).ok().filter(|id| self.suite.requirements.contains_key(id)) {
            Some(id) => Some(id),
            None => {
                let known = self.suite.requirements.keys().map(RequirementId::as_str);
                self.nearest(node, format!("unknown requirement `{word}`"), &word, known);
                None
            }
        }
    }

    fn scenario(&mut self, node: &Node) -> Option<(ScenarioId, Option<Role>)> {
        let word = self.id(node)?;
        let (id, role) = word.split_once('@').map_or((word.as_str(), None), |(id, role)| (id, Some(role)));
        let role = match role.map(str::parse::<Role>) {
            Some(Err(_)) => {
                let role = role.unwrap_or_default();
                self.nearest(node, format!("unknown role `{role}`"), role, Role::VARIANTS.iter().copied());
                return None;
            }
            Some(Ok(role)) => Some(role),
            None => None,
        };
        match ScenarioId::parse(id).ok().filter(|id| self.suite.scenarios.contains_key(id)) {
            Some(id) => Some((id, role)),
            None => {
                let known = self.suite.scenarios.keys().map(ScenarioId::as_str);
                self.nearest(node, format!("unknown scenario `{id}`"), id, known);
                None
            }
        }
    }

    /// An id, which is never a pattern: what is expected is named.
    fn id(&mut self, node: &Node) -> Option<String> {
        let Some(word) = node.text() else {
            self.fault(node, "an id is a text");
            return None;
        };
        if word.contains(['*', '?', '[', '{']) {
            let help = "name each requirement or case; a pattern would also hide what nobody expected";
            self.fault(node, format!("`{word}` is a pattern")).help = Some(help.into());
            return None;
        }
        Some(word.to_owned())
    }

    fn role(&mut self, node: &Node) -> Option<Role> {
        let word = node.text().unwrap_or_default();
        let role = word.parse().ok();
        if role.is_none() {
            self.nearest(node, format!("unknown role `{word}`"), word, Role::VARIANTS.iter().copied());
        }
        role
    }

    fn plateau(&mut self, node: &Node) -> Option<u8> {
        let plateau = node.text().and_then(|t| t.parse().ok()).filter(|p| (1..=4).contains(p));
        if plateau.is_none() {
            self.fault(node, "a plateau is 1, 2, 3 or 4");
        }
        plateau
    }

    fn verdict(&mut self, node: &Node) -> Option<Verdict> {
        let word = node.text().unwrap_or_default();
        let verdict = VERDICTS.into_iter().find(|v| <&str>::from(*v) == word);
        if verdict.is_none() {
            let words: Vec<&str> = VERDICTS.into_iter().map(Into::into).collect();
            let help = format!("one of {}; what passes needs no entry", words.join(", "));
            self.fault(node, format!("`{word}` is nothing to expect")).help = Some(help);
        }
        verdict
    }

    fn text(&mut self, node: &Node) -> Option<Text> {
        self.known_keys(node, &["nl", "en"]);
        if !matches!(node.value, Value::Map(_)) {
            self.fault(node, "a reason has two languages").help = Some("write { nl: \"…\", en: \"…\" }".into());
            return None;
        }
        let nl = self.wanted(node, "nl", |reader, text| reader.words(text, "nl"));
        let en = self.wanted(node, "en", |reader, text| reader.words(text, "en"));
        Some(Text::new(nl?, en?))
    }

    /// Words for people to read: something, and nothing that steers a terminal.
    fn words(&mut self, node: &Node, key: &str) -> Option<String> {
        let text = node.text().unwrap_or_default().trim();
        if text.is_empty() || text.chars().any(|c| c.is_control() && c != '\n') {
            self.fault(node, format!("`{key}` is empty or holds control characters"));
            return None;
        }
        Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn date(&mut self, node: &Node) -> Option<Date> {
        let written = node.text().unwrap_or_default();
        let date = Date::parse(written, format_description!("[year]-[month]-[day]")).ok();
        if date.is_none() {
            self.fault(node, format!("`{written}` is no day")).help = Some("write it as 2027-03-31".into());
        }
        date
    }

    /// Whether the target can come out like that for this role and plateau.
    fn fits(
        &mut self,
        item: &Node,
        target: &Target,
        role: Option<Role>,
        plateau: Option<u8>,
        verdict: Option<Verdict>,
    ) -> bool {
        let suite = self.suite;
        let (roles, plateaus): (Vec<Role>, Vec<u8>) = match target {
            Target::Requirement(id) => {
                let Some(listed) = suite.requirements.get(id) else { return false };
                let bound = Role::ALL.iter().copied().filter(|r| listed.requirement.binds(*r));
                (bound.collect(), listed.requirement.plateaus.clone())
            }
            Target::Scenario(id) => {
                let Some(scenario) = suite.scenarios.get(id) else { return false };
                (scenario.file.candidate.clone(), scenario.file.plateaus.clone())
            }
        };
        let before = self.faults.len();
        if let Some(role) = role.filter(|role| !roles.contains(role)) {
            let at = item.get("role").or(item.get("case")).unwrap_or(item);
            let list = roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            self.fault(at, format!("it is not for the role `{role}`")).help = Some(format!("it is for {list}"));
        }
        if let Some(plateau) = plateau.filter(|plateau| !plateaus.contains(plateau)) {
            let at = item.get("plateau").unwrap_or(item);
            let list = plateaus.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            self.fault(at, format!("it does not count on plateau {plateau}")).help = Some(format!("it does on {list}"));
        }
        if let Target::Requirement(id) = target
            && verdict.unwrap_or(Verdict::Fail) == Verdict::Fail
            && let Some(listed) = suite.requirements.get(id)
            && !plateaus
                .iter()
                .filter(|p| plateau.is_none_or(|only| only == **p))
                .any(|p| listed.requirement.severity(*p).verdict() == Some(Verdict::Fail))
            && self.faults.len() == before
        {
            let at = item.get("verdict").or(item.get("requirement")).unwrap_or(item);
            self.fault(at, format!("{id} cannot fail here: a deviation warns at most")).help =
                Some("write `verdict: warn`".into());
        }
        self.faults.len() == before
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::suite::embedded_files;
    use std::sync::LazyLock;

    static SUITE: LazyLock<Suite> = LazyLock::new(|| Suite::load(embedded_files()).unwrap());

    fn of(text: &str) -> Result<Expectations, Vec<String>> {
        let source = Arc::new(SourceFile { path: "expected.yaml".into(), text: text.into() });
        read(&source, &SUITE).map_err(|faults| faults.iter().map(ToString::to_string).collect())
    }

    const GOOD: &str = r#"expected:
  - requirement: TK-07-09
    role: receiving
    plateau: 4
    reason: { nl: "komt in 2.5", en: "comes in 2.5" }
    owner: team-koppelvlak
    expires: 2027-03-31
  - case: bgz/notified-pull/no-client-assertion-is-refused@sending
    verdict: inconclusive
    reason: { nl: "a", en: "a" }
    owner: "iemand"
    expires: "2027-03-31"
"#;

    #[test]
    fn a_good_file_is_read_and_a_failure_is_what_is_expected_unless_it_says_otherwise() {
        let scenario = SUITE.scenarios.values().find(|s| s.file.candidate.contains(&Role::Sending)).unwrap();
        let text = GOOD.replace("bgz/notified-pull/no-client-assertion-is-refused", scenario.id.as_str());
        let read = of(&text).unwrap();
        assert_eq!(read.entries[0].verdict, Verdict::Fail);
        assert_eq!(read.entries[0].name(), "TK-07-09@receiving (plateau 4)");
        assert_eq!((read.entries[1].verdict, read.entries[1].line), (Verdict::Inconclusive, 8));
    }

    #[test]
    fn all_faults_are_told_at_once_with_their_place() {
        let faults = of(r#"expected:
  - requirement: TK-07-0
    reason: { nl: "a", en: "a" }
    owner: a
    expires: 2027-02-30
  - requirement: TK-07-09
    rol: sending
    plateau: 9
    verdict: pass
    reason: todo
    owner: ""
  - requirement: 'TK-*'
    case: x
  - just a text
also: 1
"#)
        .unwrap_err();
        let told = |at: &str, says: &str| {
            let start = format!("expected.yaml:{at}: ");
            assert!(faults.iter().any(|f| f.starts_with(&start) && f.contains(says)), "{at} {says}: {faults:#?}");
        };
        told("2:18", "unknown requirement `TK-07-0` (did you mean");
        told("5:14", "`2027-02-30` is no day");
        told("7:5", "unknown field `rol` (did you mean `role`?)");
        told("8:14", "a plateau is 1, 2, 3 or 4");
        told("9:14", "`pass` is nothing to expect");
        told("10:13", "a reason has two languages");
        told("11:12", "`owner` is empty");
        told("6:5", "has no `expires`");
        told("13:11", "not about both");
        told("14:5", "an entry is a map");
        told("15:1", "unknown field `also`");
    }

    #[test]
    fn what_cannot_come_out_like_that_is_a_fault() {
        let entry = |what: &str| {
            let rest = "reason: { nl: a, en: a }, owner: a, expires: 2027-03-31";
            of(&format!("expected:\n  - {{ {what}, {rest} }}\n"))
        };
        assert!(entry("requirement: TK-07-09, role: receiving").is_ok());
        for (what, says) in [
            ("requirement: 'TK-07-*'", "is a pattern"),
            ("case: bgz/notified-pull/no-such-case@sending", "unknown scenario"),
            ("case: bgz/x@sendin", "did you mean `sending`?"),
            ("requirement: TK-07-09, plateau: 1", "does not count on plateau 1 (it does on"),
            ("requirement: GF-TLS-027, verdict: fail", "write `verdict: warn`"),
        ] {
            let faults = entry(what).unwrap_err();
            assert!(faults.iter().any(|f| f.contains(says)), "{what}: {faults:?}");
        }
        assert!(entry("requirement: GF-TLS-027, verdict: warn").is_ok());
        let twice = of(&format!("{GOOD}{}", GOOD.strip_prefix("expected:\n").unwrap())).unwrap_err();
        assert!(twice.iter().any(|f| f.contains("stands twice; it also stands in line 2")), "{twice:?}");
    }
}
