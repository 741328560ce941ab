//! Reading XML 1.0 with namespaces, strictly, in one pass over the text.

use std::borrow::Cow;

use super::{Attribute, Data, MOST_ATTRIBUTES, MOST_ELEMENTS, MOST_OF_ONE, NONE, Tree, XmlFault};

/// Namespace of the prefix `xml`.
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// An element that was opened and not yet closed.
struct Open<'a> {
    id: u32,
    /// Its name as it was written.
    written: &'a str,
    /// Its last child so far.
    last: u32,
    /// How many prefixes were in scope around it.
    scope: usize,
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    tree: Tree<'a>,
    open: Vec<Open<'a>>,
    /// Prefixes in scope, innermost last.
    scope: Vec<(&'a str, u32)>,
}

fn wrong<T>(what: impl Into<String>) -> Result<T, XmlFault> {
    Err(XmlFault::Malformed(what.into()))
}

/// Reads a whole document that begins and ends without blanks.
pub(super) fn read(text: &str, depth: u32) -> Result<Tree<'_>, XmlFault> {
    if text.is_empty() {
        return Err(XmlFault::Empty);
    }
    legal_characters(text)?;
    let tree = Tree {
        source: text,
        nodes: Vec::with_capacity(text.len() / 80),
        attributes: Vec::with_capacity(text.len() / 80),
        namespaces: vec![Cow::Borrowed(""), Cow::Borrowed(XML)],
        declared: Vec::new(),
    };
    let mut scanner = Scanner { text, at: 0, depth: depth as usize, tree, open: Vec::new(), scope: vec![("xml", 1)] };
    scanner.declaration()?;
    while scanner.at < text.len() {
        scanner.step()?;
    }
    match scanner.open.last() {
        Some(open) => wrong(format!("`{}` is not closed", open.written)),
        None if scanner.tree.nodes.is_empty() => Err(XmlFault::Empty),
        None => Ok(scanner.tree),
    }
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

/// Refuses characters that XML does not have, eight bytes at a time.
fn legal_characters(text: &str) -> Result<(), XmlFault> {
    const LOW: u64 = 0x2020_2020_2020_2020;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let illegal = |b: &u8| *b < 0x20 && !matches!(*b, b'\t' | b'\n' | b'\r');
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    for word in words {
        let value = u64::from_le_bytes(*word);
        if value.wrapping_sub(LOW) & !value & HIGH != 0 && word.iter().any(illegal) {
            return wrong("a control character");
        }
    }
    if rest.iter().any(illegal) || text.contains('\u{fffe}') || text.contains('\u{ffff}') {
        return wrong("a character that XML does not have");
    }
    Ok(())
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// What stands before `end`, which is passed over too.
    fn until(&mut self, end: &str, what: &str) -> Result<&'a str, XmlFault> {
        let rest = self.rest();
        let Some(found) = rest.find(end) else { return wrong(format!("{what} without an end")) };
        self.at += found + end.len();
        Ok(&rest[..found])
    }

    fn declaration(&mut self) -> Result<(), XmlFault> {
        let rest = self.rest();
        if rest.starts_with("<?xml") && rest[5..].starts_with([' ', '\t', '\r', '\n']) {
            self.until("?>", "the declaration")?;
        }
        Ok(())
    }

    fn step(&mut self) -> Result<(), XmlFault> {
        let rest = self.rest();
        let Some(after) = rest.strip_prefix('<') else { return self.characters() };
        match after.as_bytes().first() {
            Some(b'/') => self.end_tag(),
            Some(b'?') => self.instruction(),
            Some(b'!') if after.starts_with("!--") => self.comment(),
            Some(b'!') if after.starts_with("![CDATA[") => self.literal(),
            Some(b'!') => wrong("a document type declaration is not read"),
            _ => self.start_tag(),
        }
    }

    fn characters(&mut self) -> Result<(), XmlFault> {
        let rest = self.rest();
        let text = &rest[..rest.find('<').unwrap_or(rest.len())];
        self.at += text.len();
        let blank = text.bytes().all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'));
        if self.open.is_empty() {
            return if blank { Ok(()) } else { wrong("text outside the outermost element") };
        }
        if !blank && text.as_bytes().contains(&b']') && text.contains("]]>") {
            return wrong("`]]>` in text");
        }
        self.add_text(decoded(text, false)?, blank);
        Ok(())
    }

    fn add_text(&mut self, text: Cow<'a, str>, blank: bool) {
        let Some(open) = self.open.last() else { return };
        let kept = &mut self.tree.nodes[open.id as usize].text;
        if kept.is_empty() {
            // Blanks before anything else are trimmed off in the end.
            if !blank {
                *kept = text;
            }
        } else {
            kept.to_mut().push_str(&text);
        }
    }

    fn instruction(&mut self) -> Result<(), XmlFault> {
        self.at += 2;
        let content = self.until("?>", "an instruction")?;
        let target = content.split([' ', '\t', '\r', '\n']).next().unwrap_or_default();
        if target.eq_ignore_ascii_case("xml") || !is_name(target) {
            return wrong("an instruction with an illegal name");
        }
        Ok(())
    }

    fn comment(&mut self) -> Result<(), XmlFault> {
        self.at += 4;
        let content = self.until("-->", "a comment")?;
        if content.contains("--") || content.ends_with('-') { wrong("`--` in a comment") } else { Ok(()) }
    }

    fn literal(&mut self) -> Result<(), XmlFault> {
        self.at += 9;
        let content = self.until("]]>", "a CDATA section")?;
        if self.open.is_empty() {
            return wrong("text outside the outermost element");
        }
        let text = if content.contains('\r') { line_ends(content) } else { Cow::Borrowed(content) };
        let blank = text.trim().is_empty();
        self.add_text(text, blank);
        Ok(())
    }

    fn end_tag(&mut self) -> Result<(), XmlFault> {
        self.at += 2;
        let name = self.until(">", "an end tag")?.trim_end_matches([' ', '\t', '\r', '\n']);
        match self.open.pop() {
            Some(open) if open.written == name => {
                self.tree.nodes[open.id as usize].span.end = self.at as u32;
                self.scope.truncate(open.scope);
                Ok(())
            }
            Some(open) => wrong(format!("`{}` is closed by `{name}`", open.written)),
            None => wrong(format!("`{name}` was never opened")),
        }
    }

    fn start_tag(&mut self) -> Result<(), XmlFault> {
        let start = self.at;
        self.at += 1;
        let written = self.name()?;
        if self.open.is_empty() && !self.tree.nodes.is_empty() {
            return wrong("a second outermost element");
        }
        if self.open.len() >= self.depth {
            return wrong(format!("more than {} levels", self.depth));
        }
        if self.tree.nodes.len() >= MOST_ELEMENTS || self.tree.attributes.len() >= MOST_ATTRIBUTES {
            return wrong("too many elements or attributes");
        }
        let id = self.tree.nodes.len() as u32;
        let scope = self.scope.len();
        let from = self.tree.attributes.len();
        let closed = self.attributes(id)?;
        self.resolve_attributes(from)?;
        let (namespace, name) = self.qualified(written, true)?;
        let parent = self.open.last_mut();
        self.tree.nodes.push(Data {
            name,
            text: Cow::Borrowed(""),
            namespace,
            parent: parent.as_ref().map_or(NONE, |p| p.id),
            first: NONE,
            next: NONE,
            attributes: from as u32..self.tree.attributes.len() as u32,
            span: start as u32..self.at as u32,
        });
        if let Some(parent) = parent {
            let before = std::mem::replace(&mut parent.last, id);
            match before {
                NONE => self.tree.nodes[parent.id as usize].first = id,
                before => self.tree.nodes[before as usize].next = id,
            }
        }
        if closed {
            self.scope.truncate(scope);
        } else {
            self.open.push(Open { id, written, last: NONE, scope });
        }
        Ok(())
    }

    /// Reads the attributes up to the end of the tag; whether the element is closed by it.
    fn attributes(&mut self, id: u32) -> Result<bool, XmlFault> {
        let from = self.tree.attributes.len();
        let declared = self.tree.declared.len();
        loop {
            let spaced = self.skip_blanks();
            match self.text.as_bytes().get(self.at) {
                Some(b'>') => {
                    self.at += 1;
                    return Ok(false);
                }
                Some(b'/') if self.rest().starts_with("/>") => {
                    self.at += 2;
                    return Ok(true);
                }
                None => return wrong("a tag without an end"),
                Some(_) if !spaced => return wrong("no blank before an attribute"),
                Some(_) => self.attribute(id)?,
            }
            let here = self.tree.attributes.len() - from + self.tree.declared.len() - declared;
            if here > MOST_OF_ONE {
                return wrong(format!("more than {MOST_OF_ONE} attributes"));
            }
        }
    }

    fn attribute(&mut self, id: u32) -> Result<(), XmlFault> {
        let name = self.name()?;
        self.skip_blanks();
        if !self.rest().starts_with('=') {
            return wrong(format!("attribute `{name}` without a value"));
        }
        self.at += 1;
        self.skip_blanks();
        let quote = match self.text.as_bytes().get(self.at) {
            Some(b'"') => "\"",
            Some(b'\'') => "'",
            _ => return wrong(format!("attribute `{name}` without quotes")),
        };
        self.at += 1;
        let raw = self.until(quote, "a value")?;
        if raw.as_bytes().contains(&b'<') {
            return wrong("`<` in a value");
        }
        let value = decoded(raw, true)?;
        match name.strip_prefix("xmlns") {
            Some("") => self.declare(id, "", value),
            Some(rest) if rest.starts_with(':') => self.declare(id, &rest[1..], value),
            _ => {
                // The namespace is known when all declarations of the tag are.
                self.tree.attributes.push(Attribute { name, namespace: 0, value });
                Ok(())
            }
        }
    }

    fn declare(&mut self, id: u32, prefix: &'a str, value: Cow<'a, str>) -> Result<(), XmlFault> {
        let reserved = matches!(prefix, "xml" | "xmlns") || value == XML;
        if reserved || (value.is_empty() && !prefix.is_empty()) {
            return wrong(format!("prefix `{prefix}` cannot be declared like this"));
        }
        if self.tree.declared.iter().rev().take_while(|d| d.0 == id).any(|d| d.1 == prefix) {
            return wrong(format!("prefix `{prefix}` is declared twice"));
        }
        let known = self.tree.namespaces.iter().position(|n| *n == value);
        let index = known.unwrap_or(self.tree.namespaces.len());
        if known.is_none() {
            if index >= MOST_OF_ONE {
                return wrong(format!("more than {MOST_OF_ONE} namespaces"));
            }
            self.tree.namespaces.push(value);
        }
        self.scope.push((prefix, index as u32));
        self.tree.declared.push((id, prefix, index as u32));
        Ok(())
    }

    fn resolve_attributes(&mut self, from: usize) -> Result<(), XmlFault> {
        for at in from..self.tree.attributes.len() {
            let (namespace, name) = self.qualified(self.tree.attributes[at].name, false)?;
            if self.tree.attributes[from..at].iter().any(|a| a.name == name && a.namespace == namespace) {
                return wrong(format!("attribute `{name}` is there twice"));
            }
            let attribute = &mut self.tree.attributes[at];
            (attribute.name, attribute.namespace) = (name, namespace);
        }
        Ok(())
    }

    /// Namespace and local name; a name without prefix has the default namespace when it is an element's.
    fn qualified(&self, written: &'a str, element: bool) -> Result<(u32, &'a str), XmlFault> {
        let (prefix, name) = written.split_once(':').unwrap_or(("", written));
        if prefix.is_empty() && !element {
            return Ok((0, name));
        }
        match self.scope.iter().rev().find(|(p, _)| *p == prefix) {
            Some((_, namespace)) => Ok((*namespace, name)),
            None if prefix.is_empty() => Ok((0, name)),
            None => wrong(format!("prefix `{prefix}` is not declared")),
        }
    }

    fn name(&mut self) -> Result<&'a str, XmlFault> {
        let rest = self.rest();
        let stops = |b: u8| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b'=' | b'>' | b'/' | b'<' | b'"' | b'\'');
        let name = &rest[..rest.bytes().position(stops).unwrap_or(rest.len())];
        if !is_name(name) {
            let shown: String = name.chars().take(40).collect();
            return wrong(format!("`{shown}` is no name"));
        }
        self.at += name.len();
        Ok(name)
    }

    fn skip_blanks(&mut self) -> bool {
        let blanks =
            self.text.as_bytes()[self.at..].iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')).count();
        self.at += blanks;
        blanks > 0
    }
}

/// Whether this can be the name of an element or attribute, with at most one prefix. Beyond ASCII every character is taken.
fn is_name(text: &str) -> bool {
    let first = |b: u8| b.is_ascii_alphabetic() || b == b'_' || b >= 0x80;
    let mut after = true;
    let mut colons = 0;
    for byte in text.bytes() {
        let fits = match byte {
            b':' => {
                colons += 1;
                !after && colons == 1
            }
            _ if after => first(byte),
            _ => first(byte) || byte.is_ascii_digit() || matches!(byte, b'-' | b'.'),
        };
        if !fits {
            return false;
        }
        after = byte == b':';
    }
    !after
}

fn line_ends(text: &str) -> Cow<'static, str> {
    Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// Text with its references replaced; in values blanks become spaces.
fn decoded(text: &str, value: bool) -> Result<Cow<'_, str>, XmlFault> {
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
