//! Values of query parameters (ITI TF-2 3.18.4.1.2.3.5; 30-beeldbeschikbaarheid section 6.1).
//!
//! Text stands in single quotes, a quote in it is doubled; several values stand in parentheses with commas between; numbers
//! and times stand without quotes.

use serde::{Deserialize, Serialize};

/// One value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Literal {
    /// Text, without its quotes.
    Text(String),
    /// A number or time: digits, with a sign or point perhaps.
    Number(String),
}

impl Literal {
    /// The text or the digits.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Text(text) | Self::Number(text) => text,
        }
    }
}

/// Why a value cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum ValueFault {
    /// Text without quotes.
    #[error("text stands without quotes")]
    Unquoted,
    /// A quote that is not closed.
    #[error("a quote is not closed")]
    OpenQuote,
    /// A parenthesis that is not closed, or something behind it.
    #[error("the parentheses do not fit")]
    Parentheses,
    /// No comma between two values, or nothing between two commas.
    #[error("the commas do not fit")]
    Commas,
    /// Nothing.
    #[error("there is no value")]
    Empty,
}

/// Reads what stands in one `rim:Value`: whether it is in parentheses, and the values.
///
/// # Errors
/// When it is not in this syntax.
pub fn parse(text: &str) -> Result<(bool, Vec<Literal>), ValueFault> {
    let text = text.trim();
    let Some(inner) = text.strip_prefix('(') else {
        let (value, rest) = literal(text)?;
        return if rest.is_empty() { Ok((false, vec![value])) } else { Err(ValueFault::Commas) };
    };
    let mut values = Vec::new();
    let mut rest = inner.trim_start();
    if rest == ")" {
        return Ok((true, values));
    }
    loop {
        let (value, after) = literal(rest)?;
        values.push(value);
        match after.chars().next() {
            Some(',') => rest = after[1..].trim_start(),
            Some(')') if after[1..].trim().is_empty() => return Ok((true, values)),
            Some(')') | None => return Err(ValueFault::Parentheses),
            Some(_) => return Err(ValueFault::Commas),
        }
    }
}

/// One value at the beginning of text, and what comes behind it.
fn literal(text: &str) -> Result<(Literal, &str), ValueFault> {
    if let Some(quoted) = text.strip_prefix('\'') {
        let mut value = String::new();
        let mut rest = quoted;
        loop {
            let at = rest.find('\'').ok_or(ValueFault::OpenQuote)?;
            value.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            match rest.strip_prefix('\'') {
                Some(after) => {
                    value.push('\'');
                    rest = after;
                }
                None => return Ok((Literal::Text(value), rest.trim_start())),
            }
        }
    }
    let end = text.find([',', ')']).unwrap_or(text.len());
    let number = text[..end].trim();
    match number {
        "" if text.is_empty() => Err(ValueFault::Empty),
        "" => Err(ValueFault::Commas),
        _ if number.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.')) => {
            Ok((Literal::Number(number.to_owned()), &text[end..]))
        }
        _ => Err(ValueFault::Unquoted),
    }
}

/// Text as a single value.
pub fn write_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Texts as a list.
pub fn write_list<T: AsRef<str>>(texts: &[T]) -> String {
    format!("({})", texts.iter().map(|t| write_text(t.as_ref())).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(text: &str) -> Literal {
        Literal::Text(text.into())
    }

    #[test]
    fn text_lists_and_numbers_are_told_apart() {
        assert_eq!(
            parse("'999943145^^^&2.16.840.1.113883.2.4.6.3&ISO'"),
            Ok((false, vec![text("999943145^^^&2.16.840.1.113883.2.4.6.3&ISO")]))
        );
        assert_eq!(parse(" ( 'a', 'b''c' ,'(d,e)') "), Ok((true, vec![text("a"), text("b'c"), text("(d,e)")])));
        assert_eq!(parse("20260101"), Ok((false, vec![Literal::Number("20260101".into())])));
        assert_eq!(parse("(1,2)"), Ok((true, vec![Literal::Number("1".into()), Literal::Number("2".into())])));
        assert_eq!((parse("()"), parse("''")), (Ok((true, vec![])), Ok((false, vec![text("")]))));
    }

    #[test]
    fn what_is_not_in_the_syntax_is_told() {
        for (value, fault) in [
            ("", ValueFault::Empty),
            ("abc", ValueFault::Unquoted),
            ("('a", ValueFault::OpenQuote),
            ("'a''", ValueFault::OpenQuote),
            ("('a'", ValueFault::Parentheses),
            ("('a')x", ValueFault::Parentheses),
            ("('a' 'b')", ValueFault::Commas),
            ("('a',,'b')", ValueFault::Commas),
            ("'a','b'", ValueFault::Commas),
            ("(a)", ValueFault::Unquoted),
        ] {
            assert_eq!(parse(value), Err(fault), "{value}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(texts in proptest::collection::vec(".{0,20}", 0..6)) {
            let wanted: Vec<_> = texts.iter().map(|t| text(t)).collect();
            prop_assert_eq!(parse(&write_list(&texts)), Ok((true, wanted.clone())));
            if let Some(first) = texts.first() {
                prop_assert_eq!(parse(&write_text(first)), Ok((false, wanted[..1].to_vec())));
            }
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,40}") {
            let _ = parse(&text);
        }
    }
}
