//! Content types with their parameters (RFC 2045 section 5.1).

use super::MimeFault;

/// Characters in a content type that is read.
const LONGEST: usize = 4096;
/// Parameters.
const MOST: usize = 32;

/// A content type.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContentType {
    /// Type and subtype, lower case.
    pub media_type: String,
    /// Parameters in order, names in lower case, values without their quotes.
    pub parameters: Vec<(String, String)>,
}

impl ContentType {
    /// A type without parameters.
    pub fn new(media_type: &str) -> Self {
        Self { media_type: media_type.to_owned(), parameters: Vec::new() }
    }

    /// The same with a parameter more.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.parameters.push((name.to_owned(), value.into()));
        self
    }

    /// The first parameter of that name (lower case).
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Reads a content type: values quoted or not, blanks and line folds anywhere between, a semicolon at the end.
    ///
    /// # Errors
    /// When there is no type and subtype, a parameter has no value, or a quote is not closed.
    pub fn parse(text: &str) -> Result<Self, MimeFault> {
        let fault = || MimeFault::ContentType(text.chars().take(200).collect());
        if text.len() > LONGEST {
            return Err(fault());
        }
        let (media_type, mut rest) = text.split_once(';').unwrap_or((text, ""));
        let media_type = media_type.trim().to_ascii_lowercase();
        let halves = media_type.split_once('/').filter(|(t, s)| token(t) && token(s));
        halves.ok_or_else(fault)?;
        let mut read = Self::new(&media_type);
        while !rest.trim_matches([' ', '\t', '\r', '\n', ';']).is_empty() {
            rest = rest.trim_start_matches([' ', '\t', '\r', '\n', ';']);
            let (name, after) = rest.split_once('=').ok_or_else(fault)?;
            let name = name.trim().to_ascii_lowercase();
            let (value, after) = value(after.trim_start()).ok_or_else(fault)?;
            if !token(&name) || read.parameters.len() == MOST {
                return Err(fault());
            }
            read.parameters.push((name, value));
            rest = after;
        }
        Ok(read)
    }

    /// The boundary of a multipart type.
    ///
    /// # Errors
    /// When this is no multipart type, or the boundary is missing or cannot be one (RFC 2046 section 5.1.1).
    pub fn boundary(&self) -> Result<&str, MimeFault> {
        if !self.media_type.starts_with("multipart/") {
            return Err(MimeFault::NoMultipart(self.media_type.clone()));
        }
        let boundary = self.parameter("boundary").unwrap_or_default();
        let legal = |b: u8| b.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&b);
        // Real senders use a few characters more; what may never stand there is a line end.
        let usable = |b: u8| legal(b) || b.is_ascii_graphic();
        let fits = (1..=70).contains(&boundary.len()) && boundary.bytes().all(usable) && !boundary.ends_with(' ');
        if fits { Ok(boundary) } else { Err(MimeFault::Boundary(boundary.to_owned())) }
    }
}

impl std::fmt::Display for ContentType {
    /// Values that are no token stand in quotes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.media_type)?;
        for (name, value) in &self.parameters {
            if token(value) {
                write!(f, "; {name}={value}")?;
            } else {
                write!(f, "; {name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))?;
            }
        }
        Ok(())
    }
}

/// Whether text can stand without quotes.
fn token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&b))
}

/// A value at the beginning of text, and what comes after it up to the next parameter.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, after) = text.split_once(';').unwrap_or((text, ""));
        return Some((value.trim().to_owned(), after));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => {
                let after = quoted[at + 1..].trim_start();
                return after.is_empty().then_some("").or_else(|| after.strip_prefix(';')).map(|rest| (value, rest));
            }
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_real_senders_write_is_read() {
        let text = "Multipart/Related; boundary=\"--=_a 1\"; type=\"application/xop+xml\";\r\n start=\"<root@x>\" ; start-info=application/soap+xml;";
        let read = ContentType::parse(text).unwrap();
        assert_eq!(read.media_type, "multipart/related");
        assert_eq!(read.boundary(), Ok("--=_a 1"));
        assert_eq!(read.parameter("start"), Some("<root@x>"));
        // A slash without quotes is against RFC 2045, and common.
        assert_eq!(read.parameter("start-info"), Some("application/soap+xml"));
        let escaped = ContentType::parse(r#"application/soap+xml; action="a\"b;c""#).unwrap();
        assert_eq!(escaped.parameter("action"), Some("a\"b;c"));
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for text in
            ["", "text", "text/", "text/xml; charset", "text/xml; a=\"b", "text/xml; a=\"b\"c", "a b/c", "t/x; =1"]
        {
            assert!(ContentType::parse(text).is_err(), "{text}");
        }
        let boundary = |text: &str| ContentType::parse(text).unwrap().boundary().map(str::to_owned);
        assert_eq!(boundary("text/xml"), Err(MimeFault::NoMultipart("text/xml".into())));
        assert!(matches!(boundary("multipart/related"), Err(MimeFault::Boundary(_))));
        assert!(matches!(boundary("multipart/related; boundary=\"a \""), Err(MimeFault::Boundary(_))));
        assert!(boundary(&format!("multipart/related; boundary={}", "a".repeat(71))).is_err());
        assert!(boundary(&format!("multipart/related; boundary={}", "a".repeat(70))).is_ok());
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(values in proptest::collection::vec(("[a-z-]{1,8}", "[ -~]{0,20}"), 0..5)) {
            let mut written = ContentType::new("multipart/related");
            written.parameters = values;
            prop_assert_eq!(ContentType::parse(&written.to_string()), Ok(written));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,60}") {
            let _ = ContentType::parse(&text);
        }
    }
}
