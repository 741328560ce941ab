//! Canaries: values that should have been redacted wherever they were, and that are looked for in what is kept. There are two
//! kinds: those of `transcript::canary`, one for every place that a message has, which the redaction of this build is held
//! against and which may stand nowhere in a bewijs; and numbers of fictitious citizens, which went through every run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::EVENTS;
use super::events::Events;
use super::statement::{Canaries, Redactie};
use crate::base::bsn;
use crate::base::digest::sha256;
use crate::suite::CandidateFile;
use crate::transcript::canary;
use crate::transcript::redact::{self, Redactor};

/// Members that must not hold a number of a citizen.
const WITHOUT_NUMBERS: [&str; 2] = ["run/", "render/"];
/// The rules of redaction of bewijzen from before the rules had a digest: a name and a version.
const NAMED: &str = "twiin-harness redaction/1";

/// What was found, by the member that holds it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// Canaries by the path of the member.
    pub by_member: BTreeMap<String, BTreeSet<String>>,
    /// What redaction let through of what was planted for it.
    through: BTreeSet<String>,
    planted: u64,
}

impl Look {
    /// What a statement says of it.
    pub(super) fn redactie(&self) -> Redactie {
        let found: BTreeSet<&String> = self.by_member.values().flatten().chain(&self.through).collect();
        Redactie { policy_sha256: policy(), canaries: Canaries { planted: self.planted, found: found.len() as u64 } }
    }

    /// Where canaries were found; what redaction let through has a name of its own.
    pub(super) fn places(&self) -> Vec<String> {
        let redaction = (!self.through.is_empty()).then(|| "what redaction lets through".to_owned());
        self.by_member.keys().cloned().chain(redaction).collect()
    }
}

/// Digest of the rules of redaction of this build.
fn policy() -> String {
    sha256(redact::policy().to_string().as_bytes()).0
}

/// Looks for canaries and numbers in a text that is given line by line.
pub(super) struct Searching {
    numbers: Numbers,
    /// What was found so far.
    pub found: BTreeSet<String>,
}

impl Searching {
    /// For the numbers of a candidate file too, if there is one.
    pub(super) fn new(candidate: Option<&CandidateFile>) -> Self {
        Self { numbers: candidate.map(Numbers::new).unwrap_or_default(), found: BTreeSet::new() }
    }

    /// Looks at a line.
    pub(super) fn look(&mut self, line: &[u8]) {
        self.found.extend(canary::found(line).iter().map(ToString::to_string));
        self.found.extend(self.numbers.within(line));
    }
}

/// Plants canaries and looks for them in the members, and for numbers of citizens below `numbers_in` too. What was found in the
/// transcript, if it is none of the members, is added.
pub(super) fn look(
    candidate: &CandidateFile,
    members: &BTreeMap<String, Vec<u8>>,
    events: Option<&Events<'_>>,
    numbers_in: &[&str],
) -> Look {
    let check = canary::check(&Redactor::new(vec!["authorization_base".into()]));
    let numbers = Numbers::new(candidate);
    let folders = || WITHOUT_NUMBERS.iter().chain(numbers_in);
    let in_events = events.filter(|events| !events.found.is_empty());
    let in_events = in_events.map(|events| (EVENTS.to_owned(), events.found.clone()));
    let mut by_member: BTreeMap<String, BTreeSet<String>> = in_events.into_iter().collect();
    for (path, bytes) in members {
        let mut found: BTreeSet<String> = canary::found(bytes).iter().map(ToString::to_string).collect();
        if folders().any(|folder| path.starts_with(folder)) {
            found.extend(numbers.within(bytes));
        }
        if !found.is_empty() {
            by_member.insert(path.clone(), found);
        }
    }
    Look {
        by_member,
        through: check.found.iter().map(ToString::to_string).collect(),
        planted: check.planted as u64 + distinct(candidate),
    }
}

/// Fictitious citizens of a candidate.
fn distinct(candidate: &CandidateFile) -> u64 {
    candidate.patients.fictitious.iter().collect::<BTreeSet<_>>().len() as u64
}

/// Whether a statement counts canaries as it should: as they are found again. How many were planted can be told again only by
/// the rules of redaction that it names; of others it can be told that there were as many as there are patients.
pub(super) fn counts_right(said: &Redactie, again: &Look, candidate: &CandidateFile) -> bool {
    let ours = again.redactie();
    let patients = candidate.patients.fictitious.len() as u64;
    let planted = match &said.policy_sha256 {
        rules if *rules == ours.policy_sha256 => said.canaries.planted == ours.canaries.planted,
        rules if *rules == sha256(NAMED.as_bytes()).0 => said.canaries.planted == patients,
        _ => said.canaries.planted >= distinct(candidate),
    };
    planted && said.canaries.found == ours.canaries.found
}

/// Numbers that are looked for: those of the candidate file, as far as it still tells them, and every other one that could be
/// of a fictitious citizen.
#[derive(Default)]
struct Numbers {
    known: Vec<Vec<u8>>,
    pattern: Option<Regex>,
}

impl Numbers {
    fn new(candidate: &CandidateFile) -> Self {
        let known: BTreeSet<&String> = candidate.patients.fictitious.iter().collect();
        let known: Vec<&String> =
            known.into_iter().filter(|n| n.bytes().any(|b| b.is_ascii_digit()) && !is_mark(n)).collect();
        let texts: Vec<String> = known.iter().map(|number| regex::escape(number)).collect();
        let pattern = (!texts.is_empty()).then(|| Regex::new(&texts.join("|")).ok()).flatten();
        Self { known: known.into_iter().map(|number| number.as_bytes().to_vec()).collect(), pattern }
    }

    /// The numbers that stand by themselves in `bytes`.
    fn within(&self, bytes: &[u8]) -> BTreeSet<String> {
        static FICTITIOUS: LazyLock<Regex> =
            LazyLock::new(|| Regex::new("(?-u)9999[0-9]{5}").expect("a valid pattern"));
        let mut found = BTreeSet::new();
        let mut from = 0;
        while let Some(hit) = FICTITIOUS.find_at(bytes, from) {
            let number = String::from_utf8_lossy(hit.as_bytes()).into_owned();
            if bsn::passes_eleven_test(&number) && stands_alone(bytes, hit.range(), is_part_of_longer_id) {
                found.insert(number);
            }
            from = hit.start() + 1;
        }
        let mut from = 0;
        while let Some(hit) = self.pattern.as_ref().and_then(|pattern| pattern.find_at(bytes, from)) {
            // Of two numbers that begin alike the pattern names one.
            let here = self.known.iter().filter(|number| bytes[hit.start()..].starts_with(number));
            let alone = |number: &&Vec<u8>| {
                stands_alone(bytes, hit.start()..hit.start() + number.len(), |first, _| first.is_ascii_alphanumeric())
            };
            found.extend(here.filter(alone).map(|number| String::from_utf8_lossy(number).into_owned()));
            from = hit.start() + 1;
        }
        found
    }
}

/// A number that was hidden before the file was sealed.
fn is_mark(number: &str) -> bool {
    number.starts_with("redacted-")
}

/// Whether neither of the two bytes beside a value on each side makes it a part of something longer.
fn stands_alone(bytes: &[u8], at: std::ops::Range<usize>, glues: fn(u8, Option<u8>) -> bool) -> bool {
    let back = |n: usize| at.start.checked_sub(n).map(|place| bytes[place]);
    let ahead = |n: usize| bytes.get(at.end + n).copied();
    let glued = |first: Option<u8>, second| first.is_some_and(|first| glues(first, second));
    !glued(back(1), back(2)) && !glued(ahead(0), ahead(1))
}

/// Letters and digits, and the dots and hyphens of an OID, a version or a UUID.
fn is_part_of_longer_id(first: u8, second: Option<u8>) -> bool {
    match first {
        b'.' | b'-' => second.is_some_and(|b| b.is_ascii_alphanumeric()),
        _ => first.is_ascii_alphanumeric(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::evidence::folder;

    fn candidate(numbers: &str) -> CandidateFile {
        let text = format!(
            "product: {{ name: SIM, version: '1', supplier: SIM }}\nenvironment: test\nsubject: deelnemer\n\
             organisation: {{ ura: '90000001', name: SIM }}\npatients: {{ fictitious: [{numbers}], referral: '' }}\n"
        );
        folder::candidate("x.yaml", &text, false).unwrap()
    }

    fn numbers(candidate: &CandidateFile, text: &str) -> Vec<String> {
        Numbers::new(candidate).within(text.as_bytes()).into_iter().collect()
    }

    #[test]
    fn a_number_by_itself_is_found_and_digits_in_a_digest_or_longer_id_are_not() {
        let nobody = candidate("");
        for text in ["{\"bsn\":\"999911120\"}", "999911120", "bsn 999911120.", "x-999911120 "] {
            let expected: &[&str] = if text.starts_with('x') { &[] } else { &["999911120"] };
            assert_eq!(numbers(&nobody, text), expected, "{text}");
        }
        for text in ["ab999911120cd", "1999911120", "2.16.999911120.1", "999911121", ""] {
            assert_eq!(numbers(&nobody, text), [""; 0], "{text}");
        }
    }

    #[test]
    fn numbers_of_the_candidate_file_are_found_whatever_they_are_and_marks_are_not() {
        let some = candidate("'123', '1234', redacted-bsn-1");
        assert_eq!(numbers(&some, "a 1234 b"), ["1234"]);
        assert_eq!(numbers(&some, "a 123 b 1234"), ["123", "1234"]);
        assert_eq!(numbers(&some, "a1234 redacted-bsn-1"), [""; 0]);
    }

    #[test]
    fn planted_and_found_are_what_is_planted_and_found() {
        let some = candidate("'999943145', redacted-bsn-2");
        let members = |path: &str, text: &str| BTreeMap::from([(path.to_owned(), text.as_bytes().to_vec())]);
        let clean = look(&some, &members("run/x", "nothing"), None, &[]);
        assert_eq!(
            clean.redactie().canaries,
            Canaries {
                planted: canary::check(&Redactor::new(vec!["authorization_base".into()])).planted as u64 + 2,
                found: 0
            }
        );
        assert!(clean.places().is_empty() && clean.redactie().canaries.planted > 42);
        let secret = canary::Place::Cookie.secret();
        for (path, text, wanted) in [
            ("pack/x", secret.as_str(), true),
            ("run/x", secret.as_str(), true),
            ("run/x", "999943145", true),
            ("render/x", "999911120", true),
            ("pack/x", "999943145", false),
            ("inputs/x", "999943145", false),
        ] {
            let found = look(&some, &members(path, text), None, &[]);
            assert_eq!(found.redactie().canaries.found, u64::from(wanted), "{path} {text}");
            assert_eq!(found.places(), if wanted { vec![path] } else { Vec::new() });
        }
        assert_eq!(look(&some, &members("inputs/x", "999943145"), None, &["inputs/"]).places(), ["inputs/x"]);
    }

    #[test]
    fn the_count_is_held_against_the_rules_that_it_was_made_by() {
        let some = candidate("'999943145'");
        let again = look(&some, &BTreeMap::new(), None, &[]);
        let right = again.redactie();
        let said = |policy: &str, planted, found| {
            let said = Redactie { policy_sha256: policy.to_owned(), canaries: Canaries { planted, found } };
            counts_right(&said, &again, &some)
        };
        let planted = right.canaries.planted;
        assert!(said(&right.policy_sha256, planted, 0));
        assert!(!said(&right.policy_sha256, planted - 1, 0) && !said(&right.policy_sha256, planted, 1));
        let named = sha256(NAMED.as_bytes()).0;
        assert!(said(&named, 1, 0) && !said(&named, 0, 0) && !said(&named, 2, 0));
        assert!(said("of another build", 99, 0) && !said("of another build", 0, 0) && !said("of another build", 99, 1));
    }
}
