//! Values in XML messages, looked up by a path: HL7v3, CDA, and whatever else is kept as a tree.

use serde::Deserialize;

use super::subject;
use super::value::Pattern;
use super::{Answer, Context, Judged, each};
use crate::base::text::Text;
use crate::wire::xml::Element;
use crate::wire::xml::path::{Found, Path};

/// A path in XML, parsed when the scenario is loaded.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String")]
pub struct XmlPath(#[schemars(with = "String")] Path);

impl TryFrom<String> for XmlPath {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Path::parse(&text).map(Self)
    }
}

/// A value somewhere in the XML that the candidate wrote: the text of an element or the value of an attribute.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct XmlValue {
    /// Namespace of all elements in the path; any when absent.
    #[serde(default)]
    pub namespace: Option<String>,
    /// Path to the value: `/a/b/@c`, `//b[c/@d='x']`, `*`.
    pub path: XmlPath,
    /// Everything found equals this, and something is found.
    #[serde(default)]
    pub equals: Option<String>,
    /// Everything found is one of these, and something is found.
    #[serde(default)]
    pub one_of: Vec<String>,
    /// Everything found matches, and something is found.
    #[serde(default)]
    pub matches: Option<Pattern>,
    /// Everything found is a citizen service number that passes the eleven test, and something is found.
    #[serde(default)]
    pub bsn: bool,
    /// At least this many are found. Without any condition: 1.
    #[serde(default)]
    pub at_least: Option<usize>,
    /// At most this many are found.
    #[serde(default)]
    pub at_most: Option<usize>,
}

impl XmlValue {
    pub(super) fn about_values(&self) -> bool {
        self.equals.is_some() || !self.one_of.is_empty() || self.matches.is_some() || self.bsn
    }

    pub(super) fn expected(&self) -> Text {
        let mut parts = Vec::new();
        let mut add = |nl: String, en: String| parts.push((nl, en));
        if let Some(value) = &self.equals {
            add(format!("= {value}"), format!("= {value}"));
        }
        if !self.one_of.is_empty() {
            let list = self.one_of.join(", ");
            add(format!("een van {list}"), format!("one of {list}"));
        }
        if let Some(pattern) = &self.matches {
            add(format!("volgens {pattern}"), format!("matching {pattern}"));
        }
        if self.bsn {
            add("een BSN dat aan de elfproef voldoet".into(), "a BSN that passes the eleven test".into());
        }
        match (self.at_least, self.at_most) {
            (None, None) if !self.about_values() => add("aanwezig".into(), "present".into()),
            (_, Some(0)) => add("afwezig".into(), "absent".into()),
            (Some(least), Some(most)) if least == most => {
                add(format!("precies {least} keer"), format!("exactly {least}"))
            }
            (least, most) => {
                if let Some(least) = least {
                    add(format!("minstens {least} keer"), format!("at least {least}"));
                }
                if let Some(most) = most {
                    add(format!("hooguit {most} keer"), format!("at most {most}"));
                }
            }
        }
        let (nl, en): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        let path = &self.path.0;
        Text::new(format!("{path} {}", nl.join(", ")), format!("{path} {}", en.join(", ")))
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each(context, |e| match subject::json_body(e).map(Element::from_json) {
            Ok(Some(root)) => self.judge_found(&self.path.0.find(&root, self.namespace.as_deref())),
            Ok(None) => Judged::NotMet("the body is no XML".into()),
            Err(judged) => judged,
        })
    }

    fn judge_found(&self, found: &[Found<'_>]) -> Judged {
        let path = &self.path.0;
        let least = self.at_least.unwrap_or(usize::from(self.at_most.is_none() || self.about_values()));
        let enough = found.len() >= least && self.at_most.is_none_or(|most| found.len() <= most);
        let good = |text: &str| {
            self.equals.as_ref().is_none_or(|wanted| wanted == text)
                && (self.one_of.is_empty() || self.one_of.iter().any(|wanted| wanted == text))
                && self.matches.as_ref().is_none_or(|pattern| pattern.is_match(text))
                && (!self.bsn || text.starts_with("[redacted:bsn:"))
        };
        let bad = found.iter().find(|f| !good(f.text()));
        let seen = match (found, bad) {
            ([], _) => format!("{path} finds nothing"),
            (_, Some(bad)) => format!("{path} is {}", shown(bad)),
            ([one], None) => format!("{path} is {}", shown(one)),
            (many, None) => format!("{path} finds {}", many.len()),
        };
        if enough && bad.is_none() { Judged::Met(seen) } else { Judged::NotMet(seen) }
    }
}

fn shown(found: &Found<'_>) -> String {
    match found {
        Found::Element(element) if element.text.is_empty() => format!("<{}>", element.name),
        other => subject::short(&serde_json::Value::from(other.text())),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::wire::xml;

    fn judged(check: &str, document: &str) -> Judged {
        let check: XmlValue = serde_saphyr::from_str(check).unwrap();
        let root = xml::parse(document.as_bytes(), &xml::Limits::default()).unwrap();
        check.judge_found(&check.path.0.find(&root, check.namespace.as_deref()))
    }

    const DOCUMENT: &str = r#"<a xmlns="urn:a"><id root="1" extension="[redacted:bsn:0f]"/><id root="1" extension="[redacted:bsn-invalid:0e]"/><b>text</b></a>"#;

    #[test]
    fn everything_that_is_found_counts() {
        for (check, met) in [
            ("{ path: /a/b }", true),
            ("{ path: /a/c }", false),
            ("{ path: /a/b, equals: text }", true),
            ("{ path: /a/b, one-of: [other] }", false),
            ("{ path: /a/b, matches: '^te' }", true),
            ("{ path: /a/id, at-least: 2, at-most: 2 }", true),
            ("{ path: /a/id, at-most: 1 }", false),
            ("{ path: /a/id/@extension, bsn: true }", false),
            ("{ path: \"/a/id[@extension='[redacted:bsn:0f]']/@extension\", bsn: true }", true),
            ("{ path: /a/c, at-most: 0 }", true),
            ("{ namespace: 'urn:b', path: /a/b }", false),
        ] {
            assert_eq!(matches!(judged(check, DOCUMENT), Judged::Met(_)), met, "{check}");
        }
    }
}
