//! Reading XML 1.0 with namespaces, strictly, in one pass over the text.

use std::borrow::Cow;

use super::characters::{BLANK, STARTS, VALUES, WITHIN, class, decoded, legal_characters, line_ends};
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
    /// Whether there is a carriage return anywhere: most documents have none, and need not be looked through for them.
    has_returns: bool,
    /// The prefix that was resolved last, and what it meant; forgotten where prefixes come and go.
    last_prefix: Option<(&'a str, u32)>,
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
    let mut scanner = Scanner {
        text,
        at: 0,
        has_returns: text.as_bytes().contains(&b'\r'),
        last_prefix: None,
        depth: depth as usize,
        tree,
        open: Vec::new(),
        scope: vec![("xml", 1)],
    };
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

/// A name as it was written, and where its colon is.
#[derive(Clone, Copy)]
struct Written<'a> {
    text: &'a str,
    colon: Option<usize>,
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

    /// The same for one character.
    fn until_character(&mut self, end: char, what: &str) -> Result<&'a str, XmlFault> {
        let rest = self.rest();
        let Some(found) = rest.find(end) else { return wrong(format!("{what} without an end")) };
        self.at += found + 1;
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
        let bytes = self.text.as_bytes();
        if bytes[self.at] != b'<' {
            return self.characters();
        }
        match bytes.get(self.at + 1) {
            Some(b'/') => self.end_tag(),
            Some(b'?') => self.instruction(),
            Some(b'!') if self.rest().starts_with("<!--") => self.comment(),
            Some(b'!') if self.rest().starts_with("<![CDATA[") => self.literal(),
            Some(b'!') => wrong("a document type declaration is not read"),
            _ => self.start_tag(),
        }
    }

    fn characters(&mut self) -> Result<(), XmlFault> {
        let rest = self.rest();
        let text = &rest[..rest.find('<').unwrap_or(rest.len())];
        self.at += text.len();
        let blank = text.bytes().all(|b| class(b) == BLANK);
        if self.open.is_empty() {
            return if blank { Ok(()) } else { wrong("text outside the outermost element") };
        }
        if !blank && text.as_bytes().contains(&b']') && text.contains("]]>") {
            return wrong("`]]>` in text");
        }
        let text =
            if self.has_returns || text.as_bytes().contains(&b'&') { decoded(text, false)? } else { text.into() };
        self.add_text(text, blank);
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
        let target = self.name()?.text;
        let content = self.until("?>", "an instruction")?;
        if target.eq_ignore_ascii_case("xml") || content.bytes().next().is_some_and(|b| class(b) != BLANK) {
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
        let Some(open) = self.open.pop() else { return wrong("an end tag without a beginning") };
        let bytes = self.text.as_bytes();
        let end = self.at + open.written.len();
        if bytes.get(end) == Some(&b'>') && bytes[self.at..end] == *open.written.as_bytes() {
            self.at = end + 1;
        } else {
            let name = self.until_character('>', "an end tag")?.trim_end_matches([' ', '\t', '\r', '\n']);
            if name != open.written {
                return wrong(format!("`{}` is closed by another", open.written));
            }
        }
        self.tree.nodes[open.id as usize].span.end = self.at as u32;
        self.leave(open.scope);
        Ok(())
    }

    /// Prefixes of an element go out of scope with it.
    fn leave(&mut self, scope: usize) {
        if self.scope.len() != scope {
            self.scope.truncate(scope);
            self.last_prefix = None;
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
            self.leave(scope);
        } else {
            self.open.push(Open { id, written: written.text, last: NONE, scope });
        }
        Ok(())
    }

    /// Reads the attributes up to the end of the tag; whether the element is closed by it.
    fn attributes(&mut self, id: u32) -> Result<bool, XmlFault> {
        let from = self.tree.attributes.len();
        let declared = self.tree.declared.len();
        let closed = loop {
            let spaced = self.skip_blanks();
            match self.text.as_bytes().get(self.at) {
                Some(b'>') => {
                    self.at += 1;
                    break false;
                }
                Some(b'/') if self.text.as_bytes().get(self.at + 1) == Some(&b'>') => {
                    self.at += 2;
                    break true;
                }
                None => return wrong("a tag without an end"),
                Some(_) if !spaced => return wrong("no blank before an attribute"),
                Some(_) => self.attribute(id)?,
            }
            let here = self.tree.attributes.len() - from + self.tree.declared.len() - declared;
            if here > MOST_OF_ONE {
                return wrong(format!("more than {MOST_OF_ONE} attributes"));
            }
        };
        self.resolve_attributes(from)?;
        Ok(closed)
    }

    fn attribute(&mut self, id: u32) -> Result<(), XmlFault> {
        let name = self.name()?;
        let bytes = self.text.as_bytes();
        self.skip_blanks();
        if bytes.get(self.at) != Some(&b'=') {
            return wrong(format!("attribute `{}` without a value", name.text));
        }
        self.at += 1;
        self.skip_blanks();
        let quote = match bytes.get(self.at) {
            Some(b'"') => '"',
            Some(b'\'') => '\'',
            _ => return wrong(format!("attribute `{}` without quotes", name.text)),
        };
        self.at += 1;
        let raw = self.until_character(quote, "a value")?;
        let mut special = 0;
        for byte in raw.as_bytes() {
            special |= VALUES[*byte as usize];
        }
        if special & 2 != 0 {
            return wrong("`<` in a value");
        }
        let value = if special == 0 { Cow::Borrowed(raw) } else { decoded(raw, true)? };
        match name.text.strip_prefix("xmlns") {
            Some("") => self.declare(id, "", value),
            Some(rest) if rest.starts_with(':') => self.declare(id, &rest[1..], value),
            _ => {
                // What a prefix means is known when all declarations of the tag are.
                let namespace = if name.colon.is_some() { NONE } else { 0 };
                self.tree.attributes.push(Attribute { name: name.text, namespace, value });
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
        self.last_prefix = None;
        self.tree.declared.push((id, prefix, index as u32));
        Ok(())
    }

    /// Finds the namespaces of attributes with a prefix, and attributes that are there twice.
    fn resolve_attributes(&mut self, from: usize) -> Result<(), XmlFault> {
        for at in from..self.tree.attributes.len() {
            let mut own = (self.tree.attributes[at].namespace, self.tree.attributes[at].name);
            if own.0 == NONE {
                own = self.qualified(Written { text: own.1, colon: own.1.find(':') }, false)?;
                (self.tree.attributes[at].namespace, self.tree.attributes[at].name) = own;
            }
            for other in &self.tree.attributes[from..at] {
                if other.name == own.1 && other.namespace == own.0 {
                    return wrong(format!("attribute `{}` is there twice", own.1));
                }
            }
        }
        Ok(())
    }

    /// Namespace and local name; a name without prefix has the default namespace when it is an element's.
    fn qualified(&mut self, written: Written<'a>, element: bool) -> Result<(u32, &'a str), XmlFault> {
        let (prefix, name) = match written.colon {
            Some(at) => (&written.text[..at], &written.text[at + 1..]),
            None if element => ("", written.text),
            None => return Ok((0, written.text)),
        };
        if let Some((last, namespace)) = self.last_prefix
            && last == prefix
        {
            return Ok((namespace, name));
        }
        let namespace = match self.scope.iter().rev().find(|(p, _)| *p == prefix) {
            Some((_, namespace)) => *namespace,
            None if prefix.is_empty() => 0,
            None => return wrong(format!("prefix `{prefix}` is not declared")),
        };
        self.last_prefix = Some((prefix, namespace));
        Ok((namespace, name))
    }

    /// A name with at most one prefix. Beyond ASCII every character is taken.
    fn name(&mut self) -> Result<Written<'a>, XmlFault> {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let (mut at, mut colon, mut wanted) = (start, None, STARTS);
        while let Some(byte) = bytes.get(at) {
            if class(*byte) & wanted != 0 {
                wanted = WITHIN;
            } else if *byte == b':' && wanted == WITHIN && colon.is_none() {
                colon = Some(at - start);
                wanted = STARTS;
            } else {
                break;
            }
            at += 1;
        }
        let ends = bytes.get(at).is_none_or(|b| class(*b) == BLANK || matches!(b, b'=' | b'>' | b'/' | b'?'));
        if wanted == STARTS || !ends {
            let shown: String = self.rest().chars().take(20).collect();
            return wrong(format!("no name at `{shown}`"));
        }
        self.at = at;
        Ok(Written { text: &self.text[start..at], colon })
    }

    fn skip_blanks(&mut self) -> bool {
        let bytes = self.text.as_bytes();
        let start = self.at;
        while bytes.get(self.at).is_some_and(|b| class(*b) == BLANK) {
            self.at += 1;
        }
        self.at > start
    }
}
