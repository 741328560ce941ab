//! One page that holds everything: no scripts, no fonts, no pictures, nothing from a network.
//!
//! What the template fills in is escaped by the engine, because its name ends in `.html`. The page forbids itself
//! every connection and script by a content security policy, as a second lock on the same door.

use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, Value};

use crate::base::text::Language;
use crate::evidence::Evidence;

use super::ReportError;
use super::view::View;
use super::words::words;

const TEMPLATE: &str = include_str!("html/report.html");
/// What all pages look like.
pub(super) const STYLE: &str = include_str!("html/style.css");

/// The page.
pub fn render(evidence: &Evidence, language: Language) -> Result<Vec<u8>, ReportError> {
    let mut environment = environment()?;
    environment.add_template("report.html", TEMPLATE)?;
    let data = minijinja::context! {
        v => value(serde_json::to_value(View::new(evidence, language))?),
        t => value(serde_json::to_value(words(language))?),
        // Ours, and without anything that could end the element: the one value that is not escaped.
        style => Value::from_safe_string(STYLE.to_owned()),
    };
    Ok(environment.get_template("report.html")?.render(data)?.into_bytes())
}

/// The template engine, which takes no name that is not there.
pub(super) fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    Ok(environment)
}

/// A JSON value as the template engine knows it.
pub(super) fn value(json: serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::from(()),
        serde_json::Value::Bool(flag) => Value::from(flag),
        serde_json::Value::Number(number) => match number.as_u64() {
            Some(whole) => Value::from(whole),
            None => Value::from(number.to_string()),
        },
        serde_json::Value::String(text) => Value::from(text),
        serde_json::Value::Array(items) => items.into_iter().map(value).collect(),
        serde_json::Value::Object(members) => {
            Value::from(members.into_iter().map(|(name, item)| (name, value(item))).collect::<BTreeMap<_, _>>())
        }
    }
}
