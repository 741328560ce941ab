//! The nearest valid word, for messages that say what the author probably meant.

/// The candidate closest to `word`, if one is close enough to be a likely slip of the pen.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(2);
    candidates
        .into_iter()
        .map(|c| (strsim::damerau_levenshtein(word, c), c))
        .filter(|(distance, c)| *distance <= limit || (word.len() >= 4 && (c.starts_with(word) || word.starts_with(c))))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_finds_its_word_and_nonsense_finds_none() {
        let words = ["http-status", "http-header", "value"];
        assert_eq!(nearest("htp-status", words), Some("http-status"));
        assert_eq!(nearest("zzzzzz", words), None);
    }
}
