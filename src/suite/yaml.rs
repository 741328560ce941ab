//! Reading YAML, with faults that point at the place. The one module that knows the YAML library.

mod structure;
mod tree;

use std::sync::{Arc, LazyLock};

use regex::Regex;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::base::diagnostic::{Diagnostic, SourceFile};

pub(super) use tree::Tree;

/// Reads a typed value.
///
/// # Errors
/// A diagnostic at the place of the fault, with the nearest valid word where there is one.
pub fn parse<T: DeserializeOwned>(source: &Arc<SourceFile>) -> Result<T, Box<Diagnostic>> {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(&source.text, options).map_err(|error| Box::new(diagnostic(source, &error)))
}

/// Reads a typed value, and on a fault looks for all others.
///
/// # Errors
/// All faults of structure, in the order of the file.
pub fn parse_all<T: DeserializeOwned + JsonSchema>(source: &Arc<SourceFile>) -> Result<T, Vec<Diagnostic>> {
    parse(source).map_err(|first| structure::faults::<T>(source, *first))
}

fn diagnostic(source: &Arc<SourceFile>, error: &serde_saphyr::Error) -> Diagnostic {
    let error = error.without_snippet();
    let message = clean(&error.render());
    let offset = error.location().map_or(0, |l| offset(&source.text, l.line(), l.column()));
    let fault = Diagnostic::new(source, offset, word_length(&source.text[offset..]), message.clone());
    match unknown_word(&message) {
        Some((word, valid)) => {
            let mut fault = point_at(source, fault, &word);
            // The list of all words is advice, not part of what is wrong.
            fault.message = message.split(", expected").next().unwrap_or(&message).to_owned();
            with_valid(fault, &word, &valid)
        }
        None => fault,
    }
}

/// Length of the word that a text begins with.
pub(super) fn word_length(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || [':', ',', '}', ']'].contains(&c)).unwrap_or(1).max(1)
}

/// The fault with the nearest valid word, or with all of them.
fn with_valid(fault: Diagnostic, word: &str, valid: &[String]) -> Diagnostic {
    match crate::base::nearest::nearest(word, valid.iter().map(String::as_str)) {
        Some(near) => fault.with_help(format!("did you mean `{near}`?")),
        None if valid.is_empty() => fault,
        None => fault.with_help(format!("valid here: {}", valid.join(", "))),
    }
}

/// The library ends its sentence with a place of its own; ours stands in front.
fn clean(message: &str) -> String {
    static PLACE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^(error: )?(line \d+,? column \d+: )?").expect("a valid pattern"));
    static TAIL: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\s*(\(?at )?line \d+,? column \d+\)?\.?$").expect("a valid pattern"));
    let first = message.lines().next().unwrap_or_default();
    TAIL.replace(&PLACE.replace(first, ""), "").into_owned()
}

fn offset(text: &str, line: u64, column: u64) -> usize {
    let line = usize::try_from(line).unwrap_or(1).max(1);
    let column = usize::try_from(column).unwrap_or(1).max(1);
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let rest = &text[start.min(text.len())..];
    start + rest.char_indices().nth(column - 1).map_or(0, |(at, _)| at)
}

/// The word and the valid words of "unknown field `x`, expected one of a, b".
fn unknown_word(message: &str) -> Option<(String, Vec<String>)> {
    static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"unknown \w+ `([^`]+)`").expect("a valid pattern"));
    let word = WORD.captures(message)?[1].to_owned();
    let (_, list) = message.split_once("expected")?;
    let valid = list.trim_start_matches(" one of").split([',', ' ', '`']).filter(|w| !w.is_empty() && *w != "or");
    Some((word, valid.map(str::to_owned).collect()))
}

/// Moves the mark to the word itself when the library points at the map around it.
fn point_at(source: &Arc<SourceFile>, mut fault: Diagnostic, word: &str) -> Diagnostic {
    if source.text[fault.offset..].starts_with(word) {
        fault.length = word.len();
        return fault;
    }
    let near = source.text[fault.offset..].find(word).map(|at| fault.offset + at);
    if let Some(offset) = near.or_else(|| source.text.find(word)) {
        fault.offset = offset;
        fault.length = word.len();
    }
    fault
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, schemars::JsonSchema)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    #[allow(dead_code)]
    enum Word {
        HttpStatus { one_of: Vec<u16> },
        Value(String),
    }
    #[derive(Debug, Deserialize, schemars::JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct File {
        title: String,
        that: Vec<Word>,
    }

    fn fault(text: &str) -> Diagnostic {
        let source = Arc::new(SourceFile { path: "x.yaml".into(), text: text.into() });
        *parse::<File>(&source).unwrap_err()
    }

    #[test]
    fn a_wrong_word_is_pointed_at_and_the_nearest_is_named() {
        let fault = fault("title: x\nthat:\n  - value: a\n  - htp-status: { one_of: [200] }\n");
        assert_eq!(fault.position(), (4, 5), "{fault}");
        assert_eq!(fault.help.as_deref(), Some("did you mean `http-status`?"));
    }

    #[test]
    fn a_wrong_type_and_a_broken_file_are_pointed_at() {
        assert_eq!(fault("title: x\nthat:\n  - http-status: { one_of: [abc] }\n").position().0, 3);
        let broken = fault("title: [x\nthat: y\n");
        assert!(broken.position().0 >= 1, "{broken}");
    }

    fn all(text: &str) -> Vec<String> {
        let source = Arc::new(SourceFile { path: "x.yaml".into(), text: text.into() });
        parse_all::<File>(&source).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn all_faults_of_structure_are_told_at_once_each_of_them_once() {
        assert_eq!(
            all(
                "titel: x\nthat:\n  - value: [a]\n  - htp-status: { one_of: [200] }\n  - http-status: { one_off: [abc] }\n"
            ),
            [
                "x.yaml:1:1: missing field `title`",
                "x.yaml:1:1: unknown field `titel` (did you mean `title`?)",
                "x.yaml:3:12: expected a text, found a list",
                "x.yaml:4:5: unknown variant `htp-status` (did you mean `http-status`?)",
                "x.yaml:5:18: missing field `one_of`",
                "x.yaml:5:20: unknown field `one_off` (did you mean `one_of`?)",
            ]
        );
    }

    #[test]
    fn one_fault_stays_one_fault() {
        for text in [
            "title: x\nthat:\n  - htp-status: { one_of: [200] }\n",
            "title: x\nthat:\n  - http-status: { one_of: [abc] }\n",
            "title: x\nthat:\n  - http-status: { one_of: 200 }\n",
            "title: x\nthat:\n  - http-status: {}\n",
            "title: x\nthat:\n  - http-status:\n",
            "title: x\nthat:\n  - http-status\n",
            "title: x\nthat:\n  - nonsense\n",
            "title: x\nthat: nonsense\n",
            "title:\nthat: []\n",
            "title: [x]\nthat: []\n",
            "title: x\n",
            "title: x\nthat: [{ value: a, http-status: { one_of: [1] } }]\n",
            "title: x\ntitle: y\nthat: []\n",
            "title: [x\nthat: y\n",
            "",
            "- a\n",
        ] {
            assert_eq!(all(text).len(), 1, "{text}: {:#?}", all(text));
        }
    }

    #[test]
    fn what_the_reader_takes_as_a_text_or_number_is_no_fault_beside_another() {
        assert_eq!(all("title: 1\nthat: [{ http-status: { one_of: [\"200\"] } }]\nx: y\n").len(), 1);
    }

    #[test]
    fn a_key_that_stands_twice_is_a_fault() {
        assert!(fault("title: x\ntitle: y\nthat: []\n").message.contains("duplicate"));
    }
}
