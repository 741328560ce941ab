//! Paths in XML, a small part of XPath 1.0 abbreviated: `/a/b`, `//b`, `*`, `b[c/@d='x']`, `b[c]`, and at the end `@attribute`.
//!
//! Names are local names; of which namespace is said beside the path, once for all of its elements.

use super::Element;

/// Steps of one path at most.
const MOST_STEPS: usize = 32;

/// A path that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    text: String,
    steps: Vec<Step>,
    attribute: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    /// Whether it may be any number of levels down.
    deep: bool,
    /// `None` for any name.
    name: Option<String>,
    conditions: Vec<Condition>,
}

/// What stands in brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Condition {
    steps: Vec<Step>,
    attribute: Option<String>,
    equals: Option<String>,
}

/// What a path finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found<'a> {
    /// An element.
    Element(&'a Element),
    /// The value of an attribute.
    Attribute(&'a str),
}

impl Found<'_> {
    /// The text of an element, or the value of an attribute.
    pub fn text(&self) -> &str {
        match self {
            Self::Element(element) => &element.text,
            Self::Attribute(value) => value,
        }
    }
}

impl Path {
    /// Reads a path that begins with `/` or `//`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("`{text}` is no path: {why}");
        let mut reader = Reader { rest: text };
        if !text.starts_with('/') {
            return Err(wrong("it begins with `/` or `//`"));
        }
        let (steps, attribute) = reader.path().map_err(|why| wrong(&why))?;
        if !reader.rest.is_empty() {
            return Err(wrong(&format!("`{}` is left over", reader.rest)));
        }
        if steps.is_empty() {
            return Err(wrong("it names no element"));
        }
        Ok(Self { text: text.to_owned(), steps, attribute })
    }

    /// Everything that it finds in a document, in document order; elements of other namespaces are passed over, where one
    /// is named.
    pub fn find<'a>(&self, root: &'a Element, namespace: Option<&str>) -> Vec<Found<'a>> {
        let [first, later @ ..] = self.steps.as_slice() else { return Vec::new() };
        let begin = if first.deep { root.descendants() } else { vec![root] };
        let begin: Vec<&Element> = begin.into_iter().filter(|e| first.fits(e, namespace)).collect();
        ends(walk(begin, later, namespace), self.attribute.as_deref())
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

fn walk<'a>(from: Vec<&'a Element>, steps: &[Step], namespace: Option<&str>) -> Vec<&'a Element> {
    steps.iter().fold(from, |here, step| {
        let below = |element: &'a Element| -> Vec<&'a Element> {
            if step.deep {
                element.children.iter().flat_map(Element::descendants).collect()
            } else {
                element.children.iter().collect()
            }
        };
        let mut next: Vec<&Element> = Vec::new();
        for found in here.into_iter().flat_map(below).filter(|e| step.fits(e, namespace)) {
            // Below two elements of which one is in the other the same is found twice.
            if !next.iter().any(|known| std::ptr::eq(*known, found)) {
                next.push(found);
            }
        }
        next
    })
}

fn ends<'a>(elements: Vec<&'a Element>, attribute: Option<&str>) -> Vec<Found<'a>> {
    match attribute {
        None => elements.into_iter().map(Found::Element).collect(),
        Some(name) => elements.into_iter().filter_map(|e| e.attribute(name)).map(Found::Attribute).collect(),
    }
}

impl Step {
    fn fits(&self, element: &Element, namespace: Option<&str>) -> bool {
        self.name.as_ref().is_none_or(|name| *name == element.name)
            && namespace.is_none_or(|wanted| wanted == element.namespace)
            && self.conditions.iter().all(|condition| condition.holds(element, namespace))
    }
}

impl Condition {
    fn holds(&self, element: &Element, namespace: Option<&str>) -> bool {
        let found = ends(walk(vec![element], &self.steps, namespace), self.attribute.as_deref());
        found.iter().any(|found| self.equals.as_ref().is_none_or(|wanted| wanted == found.text()))
    }
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn take(&mut self, token: &str) -> bool {
        self.rest.strip_prefix(token).map(|rest| self.rest = rest).is_some()
    }

    fn name(&mut self) -> Result<String, String> {
        let end =
            self.rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() {
            return Err("a name is missing".to_owned());
        }
        self.rest = rest;
        Ok(name.to_owned())
    }

    /// Steps, and the attribute at the end. Within brackets the first has no slash before it.
    fn path(&mut self) -> Result<(Vec<Step>, Option<String>), String> {
        let mut steps = Vec::new();
        let mut relative = !self.rest.starts_with('/');
        loop {
            let deep = self.take("//");
            if !deep && !self.take("/") && !std::mem::take(&mut relative) {
                return Ok((steps, None));
            }
            if self.take("@") {
                return if deep {
                    Err("an attribute stands behind one slash".to_owned())
                } else {
                    Ok((steps, Some(self.name()?)))
                };
            }
            if steps.len() == MOST_STEPS {
                return Err(format!("it has more than {MOST_STEPS} steps"));
            }
            let name = if self.take("*") { None } else { Some(self.name()?) };
            let mut conditions = Vec::new();
            while self.take("[") {
                conditions.push(self.condition()?);
            }
            steps.push(Step { deep, name, conditions });
        }
    }

    fn condition(&mut self) -> Result<Condition, String> {
        if self.rest.starts_with(['/', '[']) {
            return Err("what stands in brackets begins with a name or `@`".to_owned());
        }
        let (steps, attribute) = self.path()?;
        let equals = if self.take("='") {
            let (value, rest) = self.rest.split_once('\'').ok_or("a quote is not closed")?;
            self.rest = rest;
            Some(value.to_owned())
        } else {
            None
        };
        if self.take("]") {
            Ok(Condition { steps, attribute, equals })
        } else {
            Err("a bracket is not closed".to_owned())
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::wire::xml::{self, Limits};
    use proptest::prelude::*;

    const SAMPLE: &str = r#"<m xmlns="urn:m"><id root="1" extension="x"/><id root="2" extension="y"/><p><q><code code="7"/><text>one</text></q></p>
        <p><q><code code="8"/><text>two</text><p><q><text>deep</text></q></p></q></p><o xmlns="urn:other"><id root="1" extension="z"/></o></m>"#;

    fn found(path: &str) -> Vec<String> {
        let root = xml::parse(SAMPLE.as_bytes(), &Limits::default()).unwrap();
        Path::parse(path).unwrap().find(&root, Some("urn:m")).iter().map(|f| f.text().to_owned()).collect()
    }

    #[test]
    fn elements_and_attributes_are_found_by_name_condition_and_depth() {
        assert_eq!(found("/m/id/@extension"), ["x", "y"]);
        assert_eq!(found("//id[@root='2']/@extension"), ["y"]);
        assert_eq!(found("/m/p/q/text"), ["one", "two"]);
        assert_eq!(found("//p//text"), ["one", "two", "deep"], "each once");
        assert_eq!(found("/m/p[q/code/@code='8']/q/text"), ["two"]);
        assert_eq!(found("/m/*[q/code]/q/text"), ["one", "two"]);
        assert_eq!(found("//m/@root"), [""; 0]);
        assert_eq!(found("/p"), [""; 0], "the outermost element is another");
    }

    #[test]
    fn elements_of_other_namespaces_are_passed_over_unless_none_is_named() {
        let root = xml::parse(SAMPLE.as_bytes(), &Limits::default()).unwrap();
        let path = Path::parse("//id[@root='1']").unwrap();
        assert_eq!(path.find(&root, Some("urn:m")).len(), 1);
        assert_eq!(path.find(&root, None).len(), 2);
    }

    #[test]
    fn what_is_no_path_is_refused_with_the_reason() {
        for wrong in ["", "a", "/", "//", "/a/", "/a[", "/a[b", "/a[b='x]", "/a[/b]", "/a//@b", "/@a", "/a b", "/a[b]]"]
        {
            assert!(Path::parse(wrong).is_err(), "{wrong}");
        }
        assert!(Path::parse("/a").is_ok());
        assert!(Path::parse(&"/a".repeat(40)).unwrap_err().contains("32 steps"));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "[/@*\\[\\]='a-c. ]{0,40}") {
            let _ = Path::parse(&text);
        }
    }
}
