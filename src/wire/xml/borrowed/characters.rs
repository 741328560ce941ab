//! Characters of XML: which there are, what they can be, and what stands for them.

use std::borrow::Cow;

use super::XmlFault;

fn wrong<T>(what: impl Into<String>) -> Result<T, XmlFault> {
    Err(XmlFault::Malformed(what.into()))
}

/// Refuses a document whose declaration names an encoding that it is not in.
pub(super) fn declared_encoding(text: &str) -> Result<(), XmlFault> {
    let declaration = text.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>"));
    let Some((_, named)) = declaration.and_then(|(inside, _)| inside.split_once("encoding")) else { return Ok(()) };
    let named = named.trim_start().trim_start_matches('=').trim_start();
    let name = named.trim_start_matches(['"', '\'']).split(['"', '\'']).next().unwrap_or_default();
    let read = ["utf-8", "utf8", "us-ascii", "ascii"].iter().any(|e| e.eq_ignore_ascii_case(name));
    if read { Ok(()) } else { Err(XmlFault::Encoding) }
}

/// Refuses characters that XML does not have, thirty-two bytes at a time.
pub(super) fn legal_characters(text: &str) -> Result<(), XmlFault> {
    const LOW: u64 = 0x2020_2020_2020_2020;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let illegal = |b: &u8| *b < 0x20 && !matches!(*b, b'\t' | b'\n' | b'\r');
    let (blocks, rest) = text.as_bytes().as_chunks::<32>();
    for block in blocks {
        let (words, _) = block.as_chunks::<8>();
        let mut low = 0;
        for word in words {
            let value = u64::from_le_bytes(*word);
            low |= value.wrapping_sub(LOW) & !value;
        }
        if low & HIGH != 0 && block.iter().any(illegal) {
            return wrong("a control character");
        }
    }
    if rest.iter().any(illegal) || text.contains('\u{fffe}') || text.contains('\u{ffff}') {
        return wrong("a character that XML does not have");
    }
    Ok(())
}

/// What a byte can be in a name: at its beginning and within, or within only; and whether it is a blank.
pub(super) const STARTS: u8 = 1;
pub(super) const WITHIN: u8 = 2;
pub(super) const BLANK: u8 = 4;
static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        classes[byte] = if b.is_ascii_alphabetic() || b == b'_' || b >= 0x80 {
            STARTS | WITHIN
        } else if b.is_ascii_digit() || b == b'-' || b == b'.' {
            WITHIN
        } else if b == b' ' || b == b'\t' || b == b'\r' || b == b'\n' {
            BLANK
        } else {
            0
        };
        byte += 1;
    }
    classes
};

pub(super) fn class(byte: u8) -> u8 {
    CLASSES[byte as usize]
}

/// Bytes of a value that need a second look: 1 where it has to be decoded, 2 where it cannot be.
pub(super) static VALUES: [u8; 256] = {
    let mut table = [0; 256];
    table[b'&' as usize] = 1;
    table[b'\r' as usize] = 1;
    table[b'\n' as usize] = 1;
    table[b'\t' as usize] = 1;
    table[b'<' as usize] = 2;
    table
};

pub(super) fn line_ends(text: &str) -> Cow<'static, str> {
    Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// Text with its references replaced; in values blanks become spaces.
pub(super) fn decoded(text: &str, value: bool) -> Result<Cow<'_, str>, XmlFault> {
    let special = |b: u8| matches!(b, b'&' | b'\r') || (value && matches!(b, b'\n' | b'\t'));
    if !text.bytes().any(special) {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(found) = rest.bytes().position(special) {
        out.push_str(&rest[..found]);
        rest = &rest[found..];
        let taken = match rest.as_bytes()[0] {
            b'&' => {
                let end = rest.bytes().take(12).position(|b| b == b';');
                let Some(end) = end else { return wrong("a reference without an end") };
                out.push(referred(&rest[1..end])?);
                end + 1
            }
            b'\r' if rest.as_bytes().get(1) == Some(&b'\n') => {
                out.push(if value { ' ' } else { '\n' });
                2
            }
            _ => {
                out.push(if value { ' ' } else { '\n' });
                1
            }
        };
        rest = &rest[taken..];
    }
    out.push_str(rest);
    Ok(Cow::Owned(out))
}

fn referred(name: &str) -> Result<char, XmlFault> {
    let number = name.strip_prefix('#').and_then(|n| match n.strip_prefix('x') {
        Some(hex) if hex.bytes().all(|b| b.is_ascii_hexdigit()) => u32::from_str_radix(hex, 16).ok(),
        None if n.bytes().all(|b| b.is_ascii_digit()) => n.parse().ok(),
        _ => None,
    });
    let legal = |c: &char| matches!(*c, '\t' | '\n' | '\r') || (*c >= ' ' && !matches!(*c, '\u{fffe}' | '\u{ffff}'));
    match name {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => match number.and_then(char::from_u32).filter(legal) {
            Some(character) => Ok(character),
            None => wrong(format!("the reference `{name}` means nothing here")),
        },
    }
}
