//! Words of FHIRPath: names, literals and signs, with their place in the text.

/// Why a text is no FHIRPath expression that can be evaluated here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseFault {
    /// Longer or deeper than is read.
    #[error("expression is longer or deeper than is read")]
    TooLarge,
    /// A character or word that cannot stand where it stands.
    #[error("unexpected {found} at byte {at}")]
    Unexpected {
        /// What was found.
        found: String,
        /// Byte offset in the expression.
        at: usize,
    },
    /// A function that is not known here, or with another number of arguments.
    #[error("unknown function {name}({arguments})")]
    UnknownFunction {
        /// Name of the function.
        name: String,
        /// How many arguments it was given.
        arguments: usize,
    },
    /// A regular expression that is not understood.
    #[error("regular expression {0:?} is not understood")]
    Regex(String),
}

/// Longest expression that is read, in bytes.
const LONGEST: usize = 16 * 1024;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Name(String),
    /// A name between backticks or double quotes: never a keyword.
    Quoted(String),
    Text(String),
    Number(String),
    Moment(String),
    Variable(String),
    This,
    Index,
    Total,
    Sign(&'static str),
    End,
}

impl std::fmt::Display for Token {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) | Self::Quoted(name) => write!(out, "name {name:?}"),
            Self::Text(text) => write!(out, "text {text:?}"),
            Self::Number(text) | Self::Moment(text) => write!(out, "literal {text}"),
            Self::Variable(name) => write!(out, "variable %{name}"),
            Self::This => out.write_str("$this"),
            Self::Index => out.write_str("$index"),
            Self::Total => out.write_str("$total"),
            Self::Sign(sign) => write!(out, "{sign:?}"),
            Self::End => out.write_str("end"),
        }
    }
}

/// Signs, longest first.
const SIGNS: [&str; 24] = [
    "<=", ">=", "!=", "!~", "=", "~", "<", ">", "(", ")", "[", "]", "{", "}", ".", ",", "+", "-", "*", "/", "&", "|",
    ";", "!",
];

pub(super) fn tokens(text: &str) -> Result<Vec<(Token, usize)>, ParseFault> {
    if text.len() > LONGEST {
        return Err(ParseFault::TooLarge);
    }
    let mut lexer = Lexer { text, at: 0 };
    let mut found = Vec::new();
    loop {
        lexer.skip_space()?;
        let at = lexer.at;
        let token = lexer.token()?;
        let end = token == Token::End;
        found.push((token, at));
        if end {
            return Ok(found);
        }
    }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn unexpected(&self, at: usize, found: impl Into<String>) -> ParseFault {
        ParseFault::Unexpected { found: found.into(), at }
    }

    fn skip_space(&mut self) -> Result<(), ParseFault> {
        loop {
            let trimmed = self.rest().trim_start();
            self.at = self.text.len() - trimmed.len();
            if trimmed.starts_with("//") {
                self.at += trimmed.find('\n').unwrap_or(trimmed.len());
            } else if trimmed.starts_with("/*") {
                let end = trimmed.find("*/").ok_or_else(|| self.unexpected(self.at, "open comment"))?;
                self.at += end + 2;
            } else {
                return Ok(());
            }
        }
    }

    fn take_while(&mut self, fits: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c| !fits(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn token(&mut self) -> Result<Token, ParseFault> {
        let Some(first) = self.rest().chars().next() else { return Ok(Token::End) };
        match first {
            '\'' => self.quoted('\'').map(Token::Text),
            '`' | '"' => self.quoted(first).map(Token::Quoted),
            '0'..='9' => Ok(Token::Number(self.number())),
            '@' => self.moment(),
            '%' => self.variable(),
            '$' => self.special(),
            c if c.is_ascii_alphabetic() || c == '_' => Ok(Token::Name(self.word().to_owned())),
            _ => self.sign(),
        }
    }

    fn word(&mut self) -> &'t str {
        self.take_while(|c| c.is_ascii_alphanumeric() || c == '_')
    }

    fn sign(&mut self) -> Result<Token, ParseFault> {
        let found = SIGNS.iter().find(|sign| self.rest().starts_with(**sign));
        match found {
            Some(sign) if !matches!(*sign, ";" | "!") => {
                self.at += sign.len();
                Ok(Token::Sign(sign))
            }
            _ => Err(self.unexpected(self.at, self.rest().chars().take(1).collect::<String>())),
        }
    }

    fn number(&mut self) -> String {
        let mut text = self.take_while(|c| c.is_ascii_digit()).to_owned();
        let rest = self.rest();
        if rest.starts_with('.') && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
            self.at += 1;
            text.push('.');
            text.push_str(self.take_while(|c| c.is_ascii_digit()));
        }
        text
    }

    fn moment(&mut self) -> Result<Token, ParseFault> {
        self.at += 1;
        let text = self.take_while(|c| c.is_ascii_digit() || matches!(c, '-' | ':' | 'T' | 'Z' | '+' | '.'));
        // A full stop at the end belongs to the invocation that follows.
        let kept = text.trim_end_matches('.');
        self.at -= text.len() - kept.len();
        Ok(Token::Moment(kept.to_owned()))
    }

    fn variable(&mut self) -> Result<Token, ParseFault> {
        self.at += 1;
        let first = self.rest().chars().next();
        match first {
            Some(quote @ ('`' | '"' | '\'')) => self.quoted(quote).map(Token::Variable),
            _ => {
                let name = self.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
                if name.is_empty() {
                    return Err(self.unexpected(self.at, "% without a name"));
                }
                Ok(Token::Variable(name.to_owned()))
            }
        }
    }

    fn special(&mut self) -> Result<Token, ParseFault> {
        let at = self.at;
        self.at += 1;
        match self.word() {
            "this" => Ok(Token::This),
            "index" => Ok(Token::Index),
            "total" => Ok(Token::Total),
            other => Err(self.unexpected(at, format!("${other}"))),
        }
    }

    /// Reads up to the closing quote, with the escapes of FHIRPath; an unknown escape keeps its
    /// character, as `\d` does in invariants that were published with one backslash.
    fn quoted(&mut self, quote: char) -> Result<String, ParseFault> {
        let start = self.at;
        let mut text = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((offset, c)) = chars.next() {
            if c == quote {
                self.at += offset + c.len_utf8();
                return Ok(text);
            }
            if c != '\\' {
                text.push(c);
                continue;
            }
            let (_, escaped) = chars.next().ok_or_else(|| self.unexpected(start, "open quote"))?;
            match escaped {
                'n' => text.push('\n'),
                'r' => text.push('\r'),
                't' => text.push('\t'),
                'f' => text.push('\u{c}'),
                'u' => {
                    let digits: String = chars.by_ref().take(4).map(|(_, c)| c).collect();
                    let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                    text.push(code.ok_or_else(|| self.unexpected(start, "escape"))?);
                }
                '\\' | '\'' | '"' | '`' | '/' => text.push(escaped),
                other => {
                    text.push('\\');
                    text.push(other);
                }
            }
        }
        Err(self.unexpected(start, "open quote"))
    }
}
