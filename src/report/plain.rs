//! Text of strangers made plain, before any format gets to see it.
//!
//! What a candidate sent ends up in reports that people open in browsers, terminals and build servers. Control
//! characters (ECMA-48, among them the escape sequences of terminals), characters that XML 1.0 section 2.2 does not
//! allow, and the marks that reorder text (UAX 9) are replaced by something to look at. Escaping for HTML or XML
//! stays with the format.

/// `text` on several lines: line ends and tabs stay, everything else that is no ink becomes visible.
pub fn block(text: &str) -> String {
    text.replace("\r\n", "\n").chars().fold(String::with_capacity(text.len()), |mut out, c| {
        push(&mut out, c);
        out
    })
}

/// `text` on one line: runs of white space become one space.
pub fn line(text: &str) -> String {
    block(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `text` on one line of at most `limit` characters; a cut is shown by an ellipsis.
pub fn brief(text: &str, limit: usize) -> String {
    let whole = line(text);
    if whole.chars().count() <= limit {
        return whole;
    }
    let kept: String = whole.chars().take(limit.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

fn push(out: &mut String, c: char) {
    match c {
        '\n' | '\t' => out.push(c),
        // The pictures that Unicode has for these very characters.
        '\u{0}'..='\u{1f}' => out.extend(char::from_u32(0x2400 + u32::from(c))),
        '\u{7f}' => out.push('\u{2421}'),
        '\u{80}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => name(out, c),
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => {
            name(out, c)
        }
        _ => out.push(c),
    }
}

fn name(out: &mut String, c: char) {
    out.push_str(&format!("⟨U+{:04X}⟩", u32::from(c)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ordinary_text_stays_as_it_is() {
        let text = "één regel\n\tén nog een: <b>&amp;</b> ✓";
        assert_eq!(block(text), text);
        assert_eq!(line(text), "één regel én nog een: <b>&amp;</b> ✓");
        assert_eq!(brief("kort", 4), "kort");
    }

    #[test]
    fn escapes_reordering_and_illegal_characters_become_visible() {
        assert_eq!(block("\u{1b}[31mrood"), "␛[31mrood");
        assert_eq!(block("a\r\nb\rc\u{0}"), "a\nb␍c␀");
        assert_eq!(line("a\u{202e}b\u{ffff}"), "a⟨U+202E⟩b⟨U+FFFF⟩");
        assert_eq!(brief("een lange regel", 10), "een lange…");
    }

    proptest! {
        #[test]
        fn nothing_that_steers_survives(text in any::<String>()) {
            prop_assert!(!block(&text).chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
            prop_assert!(!line(&text).chars().any(char::is_control));
        }

        #[test]
        fn a_brief_text_keeps_its_limit(text in any::<String>(), limit in 1usize..60) {
            prop_assert!(brief(&text, limit).chars().count() <= limit);
        }
    }
}
