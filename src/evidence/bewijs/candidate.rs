//! The candidate file as it goes along in a bewijs. Who reads the bewijs needs to know what was declared, and not the numbers
//! of patients, passwords in an address or tokens in a command. What is hidden becomes a mark that is plain text in YAML, so
//! the file still says the same; equal values have equal marks, and the marks tell nothing else.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::suite::CandidateFile;
use crate::transcript::redact::Redactor;

/// A mark of the redactor: its kind, and a digest by a key that nobody keeps.
static MARK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\[redacted:([a-z-]+):([0-9a-f]+)\]").expect("a valid pattern"));

/// The text of a candidate file without numbers and secrets. Twice the same text gives the same.
pub(super) fn redacted(text: &str, file: &CandidateFile) -> String {
    let patients = &file.patients;
    let mut numbers: Vec<&str> =
        patients.fictitious.iter().chain([&patients.referral]).chain(&patients.unknown).map(String::as_str).collect();
    numbers.retain(|number| !number.is_empty());
    let redactor = Redactor::new(Vec::new());
    let text = numbers.iter().fold(text.to_owned(), |text, number| redactor.number(&text, number));
    let text = redactor.document(&text);
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let plain = |captures: &Captures<'_>| {
        let next = known.len() + 1;
        let place = *known.entry(captures[0].to_owned()).or_insert(next);
        format!("redacted-{}-{place}", &captures[1])
    };
    MARK.replace_all(&text, plain).into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::evidence::folder;

    fn reference() -> String {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/candidates/reference.yaml");
        std::fs::read_to_string(path).unwrap()
    }

    fn read(text: &str) -> CandidateFile {
        folder::candidate("x.yaml", text, false).unwrap()
    }

    #[test]
    fn numbers_and_secrets_are_hidden_and_everything_else_is_said_as_it_was() {
        let before = reference();
        let text = before.replace(
            "https://localhost:8443/trigger/consult",
            "https://sim:geheim@localhost:8443/trigger/consult?api_key=s3cr3t",
        );
        let text = format!("{text}\n# curl -H 'Authorization: Bearer abc.def' --password=hunter2 token: zzz999\n");
        let file = read(&text);
        let hidden = redacted(&text, &file);
        for secret in file
            .patients
            .fictitious
            .iter()
            .map(String::as_str)
            .chain(["geheim", "s3cr3t", "abc.def", "hunter2", "zzz999"])
        {
            assert!(!hidden.contains(secret), "{secret}");
        }
        let again = read(&hidden);
        assert_eq!(again.patients.fictitious.len(), file.patients.fictitious.len());
        assert!(again.patients.fictitious.contains(&again.patients.referral), "equal numbers have equal marks");
        assert_eq!(again.capabilities, file.capabilities);
        assert_eq!(again.hosts(), file.hosts());
        assert_eq!((&again.organisation.ura, again.values()), (&file.organisation.ura, file.values()));
        assert_eq!(hidden, redacted(&text, &file), "twice the same");
    }

    #[test]
    fn a_file_without_numbers_and_secrets_stays_as_it_is() {
        let text = "product: { name: SIM, version: '1', supplier: SIM }\nenvironment: test\nsubject: deelnemer\n\
                    organisation: { ura: '90000001', name: SIM }\n";
        assert_eq!(redacted(text, &read(text)), text);
    }

    #[test]
    fn numbers_that_are_written_without_quotes_stay_texts() {
        let text = reference().replace("\"999943145\"", "999943145");
        let file = read(&text);
        let again = read(&redacted(&text, &file));
        assert!(again.patients.fictitious.iter().all(|number| number.starts_with("redacted-bsn-")));
    }
}
