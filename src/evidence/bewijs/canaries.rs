//! Canaries: values that went through every exchange of a run and must not be found in what is kept of it. The fictitious
//! citizen service numbers of the candidate file are that in every run; the file itself has to name them.

use std::collections::BTreeMap;

use super::statement::Canaries;
use crate::suite::CandidateFile;

/// Members that must not hold any.
const SEARCHED: [&str; 2] = ["run/", "render/"];

/// Counts canaries, and the members that hold one.
pub fn count(candidate: &CandidateFile, members: &BTreeMap<String, Vec<u8>>) -> Canaries {
    let found = found(candidate, members).len() as u64;
    Canaries { planted: candidate.patients.fictitious.len() as u64, found }
}

/// Members that hold a canary.
pub fn found<'a>(candidate: &CandidateFile, members: &'a BTreeMap<String, Vec<u8>>) -> Vec<&'a str> {
    let searched = members.iter().filter(|(path, _)| SEARCHED.iter().any(|folder| path.starts_with(folder)));
    let holds = |bytes: &[u8]| candidate.patients.fictitious.iter().any(|canary| holds(bytes, canary.as_bytes()));
    searched.filter(|(_, bytes)| holds(bytes)).map(|(path, _)| path.as_str()).collect()
}

/// Whether a value stands in bytes by itself: digits within a longer number or digest are none.
fn holds(bytes: &[u8], value: &[u8]) -> bool {
    let edge = |at: Option<&u8>| at.is_none_or(|b| !b.is_ascii_alphanumeric());
    let Some(first) = value.first() else { return false };
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|b| b == first).map(|at| at + from) {
        let behind = at + value.len();
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        if bytes[at..].starts_with(value) && edge(before) && edge(bytes.get(behind)) {
            return true;
        }
        from = at + 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_by_itself_is_found_and_digits_in_a_digest_are_not() {
        assert!(holds(b"{\"bsn\":\"999911120\"}", b"999911120"));
        assert!(holds(b"999911120", b"999911120"));
        assert!(!holds(b"ab999911120cd", b"999911120"));
        assert!(!holds(b"1999911120", b"999911120"));
        assert!(!holds(b"", b"999911120"));
    }
}
