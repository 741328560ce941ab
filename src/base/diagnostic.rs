//! Faults in files: what, where, what was expected.
//!
//! A diagnostic is for the author of a file; it never stops at the first fault, so they are collected.

use std::fmt;
use std::sync::Arc;

/// A text file as it was read: the name that messages show, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Path as the user would type it.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl SourceFile {
    /// Whether a word stands in the text as a whole.
    pub fn has_word(&self, word: &str) -> bool {
        whole_word(&self.text, word).is_some()
    }
}

/// A fault in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file.
    pub source: Arc<SourceFile>,
    /// Byte offset of the fault, when it can be pointed at.
    pub offset: usize,
    /// Length in bytes of what is marked.
    pub length: usize,
    /// What is wrong.
    pub message: String,
    /// What to do, for example the nearest valid word.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A fault at a byte range.
    pub fn new(source: &Arc<SourceFile>, offset: usize, length: usize, message: impl Into<String>) -> Self {
        Self {
            source: source.clone(),
            offset: offset.min(source.text.len()),
            length,
            message: message.into(),
            help: None,
        }
    }

    /// A fault that points at the first place where `needle` stands in the file, at its start otherwise.
    pub fn at_text(source: &Arc<SourceFile>, needle: &str, message: impl Into<String>) -> Self {
        let offset = find_word(&source.text, needle);
        Self::new(source, offset.unwrap_or(0), offset.map_or(0, |_| needle.len()), message)
    }

    /// The same fault with advice.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same fault with "did you mean", if a word is near.
    #[must_use]
    pub fn with_nearest<'a>(self, word: &str, valid: impl IntoIterator<Item = &'a str>) -> Self {
        match super::nearest::nearest(word, valid) {
            Some(near) => self.with_help(format!("did you mean `{near}`?")),
            None => self,
        }
    }

    /// Line and column, both from one.
    pub fn position(&self) -> (usize, usize) {
        let before = &self.source.text[..floor_boundary(&self.source.text, self.offset)];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
        (line, column)
    }
}

fn floor_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Finds `needle`, as a whole word if it stands there so.
fn find_word(text: &str, needle: &str) -> Option<usize> {
    whole_word(text, needle).or_else(|| text.find(needle))
}

/// Finds `needle` as a whole word, so that `TK-01-0` does not point into `TK-01-04`.
fn whole_word(text: &str, needle: &str) -> Option<usize> {
    let is_word = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    text.match_indices(needle)
        .find(|(at, m)| {
            let before = text[..*at].chars().next_back();
            let after = text[at + m.len()..].chars().next();
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
        .map(|(at, _)| at)
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.position();
        write!(f, "{}:{line}:{column}: {}", self.source.path, self.message)?;
        if let Some(help) = &self.help {
            write!(f, " ({help})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostic {}

/// A fault as a drawing: the message alone, with the place marked in the text.
#[derive(Debug)]
pub struct Drawn(pub Diagnostic);

impl fmt::Display for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Drawn {}

impl miette::Diagnostic for Drawn {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.0.help.as_ref().map(|h| Box::new(h) as Box<dyn fmt::Display>)
    }
    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(&*self.0.source)
    }
    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        let length = self.0.length.min(self.0.source.text.len().saturating_sub(self.0.offset));
        Some(Box::new(std::iter::once(miette::LabeledSpan::new(None, self.0.offset, length))))
    }
}

impl miette::SourceCode for SourceFile {
    fn read_span<'a>(
        &'a self,
        span: &miette::SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn miette::SpanContents<'a> + 'a>, miette::MietteError> {
        let inner = self.text.read_span(span, before, after)?;
        Ok(Box::new(miette::MietteSpanContents::new_named(
            self.path.clone(),
            inner.data(),
            *inner.span(),
            inner.line(),
            inner.column(),
            inner.line_count(),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_knows_its_line_and_column() {
        let file =
            Arc::new(SourceFile { path: "a.yaml".into(), text: "één\n  twee: TK-01-04\n  drie: TK-01-0\n".into() });
        let fault = Diagnostic::at_text(&file, "TK-01-0", "unknown requirement");
        assert_eq!(fault.position(), (3, 9));
        assert_eq!(fault.to_string(), "a.yaml:3:9: unknown requirement");
    }
}
