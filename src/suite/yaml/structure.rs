//! All faults of structure of one file at once: the file as a tree, held against the schema of its type.
//!
//! The reader of typed values stops at the first fault, and its word for it is kept. The schema is only built once a
//! fault is known, so a faultless suite pays nothing for it.

use std::sync::Arc;

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::types::JsonType;
use jsonschema::{ValidationError, Validator};
use schemars::JsonSchema;
use serde_json::Value;

use super::tree::Tree;
use crate::base::diagnostic::{Diagnostic, SourceFile};
use crate::check::Path;

/// What the schema has against a part of the file.
struct Misfit {
    /// JSON pointer of the part.
    pointer: String,
    /// The key below it that is meant, when it is a key.
    key: Option<String>,
    message: String,
    /// The wrong word, and the words that are valid in its place.
    word: Option<(String, Vec<String>)>,
    /// Whether the message says more than that of the typed reader.
    clearer: bool,
}

/// All faults of structure; `first` is the one that the typed reader stopped at.
pub(super) fn faults<T: JsonSchema>(source: &Arc<SourceFile>, first: Diagnostic) -> Vec<Diagnostic> {
    let Some(tree) = Tree::read(source) else { return vec![first] };
    let schema = super::super::schema::of::<T>();
    let Some(validator) = validator(&schema) else { return vec![first] };
    let value = tree.value();
    let mut misfits = Vec::new();
    for error in validator.iter_errors(&value) {
        collect(&schema, &error, &mut misfits);
    }
    let found: Vec<_> = misfits.into_iter().map(|m| (m.clearer, diagnostic(source, &tree, m))).collect();
    merge(first, found)
}

fn validator(schema: &Value) -> Option<Validator> {
    jsonschema::options()
        .should_validate_formats(true)
        .should_ignore_unknown_formats(true)
        .with_format("json-path", |text: &str| Path::try_from(text.to_owned()).is_ok())
        .with_format("regex", |text: &str| regex::Regex::new(text).is_ok())
        .build(schema)
        .ok()
}

/// The same fault is told once: by the typed reader, unless the schema says it more clearly.
fn merge(first: Diagnostic, found: Vec<(bool, Diagnostic)>) -> Vec<Diagnostic> {
    let place = |test: &dyn Fn(&Diagnostic) -> bool| found.iter().position(|(_, d)| test(d));
    let same = place(&|d| d.offset == first.offset && d.message == first.message)
        .or_else(|| place(&|d| d.message == first.message))
        .or_else(|| place(&|d| d.offset == first.offset))
        // A value of another shape is sometimes only noticed behind it.
        .or_else(|| {
            let shape = first.message.starts_with("expected");
            found.iter().rposition(|(clearer, d)| shape && *clearer && d.offset < first.offset)
        });
    let mut faults: Vec<Diagnostic> = Vec::new();
    let keeps_first = same.is_none_or(|at| !found[at].0);
    for (at, (_, fault)) in found.into_iter().enumerate() {
        let told = keeps_first && same == Some(at) || faults.contains(&fault);
        if !told {
            faults.push(fault);
        }
    }
    if keeps_first {
        faults.push(first);
    }
    faults.sort_by_key(|f| f.offset);
    faults
}

fn diagnostic(source: &Arc<SourceFile>, tree: &Tree, misfit: Misfit) -> Diagnostic {
    let at_key = misfit.key.as_ref().and_then(|key| tree.key_at(source, &misfit.pointer, key));
    let offset = at_key.or_else(|| tree.value_at(source, &misfit.pointer)).unwrap_or(0);
    let fault = Diagnostic::new(source, offset, super::word_length(&source.text[offset..]), misfit.message);
    match misfit.word {
        Some((word, valid)) => super::with_valid(fault, &word, &valid),
        None => fault,
    }
}

/// What an error means to an author.
fn collect(schema: &Value, error: &ValidationError<'_>, out: &mut Vec<Misfit>) {
    let pointer = error.instance_path().as_str().to_owned();
    let found = short(error.instance());
    let mut plain = |message: String, clearer: bool| {
        out.push(Misfit { pointer: pointer.clone(), key: None, message, word: None, clearer });
    };
    match error.kind() {
        Kind::OneOfNotValid { context } | Kind::AnyOf { context } => union(schema, error, context, out),
        Kind::AdditionalProperties { unexpected } => {
            let valid = beside(schema, error).map(|s| keys(&s["properties"])).unwrap_or_default();
            out.extend(unexpected.iter().map(|key| at_key(&pointer, key, "field", valid.clone())));
        }
        Kind::Required { property } => {
            plain(format!("missing field `{}`", property.as_str().unwrap_or_default()), false)
        }
        Kind::Constant { expected_value } => out.push(variant(&pointer, &found, words(expected_value))),
        Kind::Enum { options } => out.push(variant(&pointer, &found, words(options))),
        Kind::PropertyNames { error: inner } => {
            let valid = match inner.kind() {
                Kind::Enum { options } => words(options),
                _ => Vec::new(),
            };
            out.push(at_key(&pointer, inner.instance().as_str().unwrap_or_default(), "field", valid));
        }
        Kind::Type { kind } if !is_coerced(error.instance(), kind) => {
            plain(format!("expected {}, found {found}", named(kind)), true);
        }
        // What the typed reader takes as a text or number all the same is none of our business.
        Kind::Type { .. } => {}
        Kind::Format { format } if format == "json-path" => plain(format!("{found} is no JSONPath"), false),
        Kind::Format { .. } => plain(format!("{found} is no regular expression"), false),
        Kind::Pattern { pattern } => plain(format!("{found} is no id: it does not match {pattern}"), false),
        Kind::Minimum { limit } => plain(format!("{found} is less than {limit}"), true),
        Kind::Maximum { limit } => plain(format!("{found} is more than {limit}"), true),
        Kind::UniqueItems => plain("an item of this list stands twice".into(), true),
        _ => plain(error.to_string().replace('"', "`"), true),
    }
}

/// An error of a choice, told for the alternative that was meant.
fn union(
    schema: &Value,
    error: &ValidationError<'_>,
    context: &[Vec<ValidationError<'static>>],
    out: &mut Vec<Misfit>,
) {
    let pointer = error.instance_path().as_str();
    let here = |e: &&ValidationError<'static>| e.instance_path().as_str() == pointer;
    let is_null =
        |e: &ValidationError<'static>| matches!(e.kind(), Kind::Type { kind: TypeKind::Single(JsonType::Null) });
    let branches: Vec<_> = context.iter().filter(|b| !b.iter().filter(here).any(is_null)).collect();
    if let [only] = branches.as_slice() {
        return only.iter().for_each(|e| collect(schema, e, out));
    }
    let valid: Vec<String> =
        branches.iter().flat_map(|b| b.iter().filter(here).flat_map(|e| meant(schema, e))).collect();
    let Value::Object(entries) = error.instance().as_ref() else {
        let Value::String(word) = error.instance().as_ref() else {
            let message = format!("expected one of {}, found {}", valid.join(", "), short(error.instance()));
            return out.push(Misfit { pointer: pointer.to_owned(), key: None, message, word: None, clearer: true });
        };
        if valid.contains(word) {
            let message = format!("`{word}` has parameters: expected a map below it");
            return out.push(Misfit { pointer: pointer.to_owned(), key: None, message, word: None, clearer: true });
        }
        return out.push(variant(pointer, &short(error.instance()), valid));
    };
    let is_other = |e: &ValidationError<'static>| matches!(e.kind(), Kind::Required { .. } | Kind::Type { .. });
    let chosen = branches.iter().find(|b| !b.iter().filter(here).any(is_other));
    let Some(chosen) = chosen else {
        let first = entries.keys().next().map(String::as_str).unwrap_or_default();
        return out.push(at_key(pointer, first, "variant", valid));
    };
    let is_second = |e: &ValidationError<'static>| matches!(e.kind(), Kind::AdditionalProperties { .. });
    for inner in chosen.iter() {
        if here(&inner) && is_second(inner) {
            let second = entries.keys().nth(1).cloned().unwrap_or_default();
            let message = format!("one word at a time: `{second}` is a second one");
            out.push(Misfit { pointer: pointer.to_owned(), key: Some(second), message, word: None, clearer: true });
        } else {
            collect(schema, inner, out);
        }
    }
}

/// The word of an alternative that did not fit.
fn meant(schema: &Value, error: &ValidationError<'static>) -> Vec<String> {
    match error.kind() {
        Kind::Constant { expected_value } => words(expected_value),
        Kind::Enum { options } => words(options),
        Kind::Required { property } => words(property),
        Kind::Type { .. } => beside(schema, error).map(|s| words(&s["required"])).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// The part of the schema that holds the keyword of an error.
fn beside<'a>(schema: &'a Value, error: &ValidationError<'_>) -> Option<&'a Value> {
    schema.pointer(error.schema_path().as_str().rsplit_once('/')?.0)
}

fn at_key(pointer: &str, key: &str, what: &str, valid: Vec<String>) -> Misfit {
    Misfit {
        pointer: pointer.to_owned(),
        key: Some(key.to_owned()),
        message: format!("unknown {what} `{key}`"),
        word: Some((key.to_owned(), valid)),
        clearer: false,
    }
}

fn variant(pointer: &str, found: &str, valid: Vec<String>) -> Misfit {
    let word = found.trim_matches('`').to_owned();
    let message = format!("unknown variant `{word}`");
    Misfit { pointer: pointer.to_owned(), key: None, message, word: Some((word, valid)), clearer: false }
}

/// Whether the typed reader takes the value all the same: any scalar as a text, a text of digits as a number.
fn is_coerced(value: &Value, kind: &TypeKind) -> bool {
    let wants = |wanted: JsonType| match kind {
        TypeKind::Single(one) => *one == wanted,
        TypeKind::Multiple(many) => many.contains(wanted),
    };
    match value {
        Value::Number(_) | Value::Bool(_) => wants(JsonType::String),
        Value::String(text) => {
            wants(JsonType::Integer) && text.parse::<i64>().is_ok()
                || wants(JsonType::Number) && text.parse::<f64>().is_ok()
        }
        _ => false,
    }
}

fn named(kind: &TypeKind) -> String {
    let name = |t: JsonType| match t {
        JsonType::Array => "a list",
        JsonType::Boolean => "true or false",
        JsonType::Integer => "a whole number",
        JsonType::Null => "nothing",
        JsonType::Number => "a number",
        JsonType::Object => "a map",
        JsonType::String => "a text",
    };
    match kind {
        TypeKind::Single(one) => name(*one).to_owned(),
        // An option: that it may be left out is not what the author wants to hear.
        TypeKind::Multiple(many) => {
            many.iter().filter(|t| *t != JsonType::Null).map(name).collect::<Vec<_>>().join(" or ")
        }
    }
}

/// A value as a message shows it.
fn short(value: &Value) -> String {
    let text = match value {
        Value::Null => return "nothing".to_owned(),
        Value::Array(_) => return "a list".to_owned(),
        Value::Object(_) => return "a map".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.chars().count() > 60 {
        format!("`{}…`", text.chars().take(60).collect::<String>())
    } else {
        format!("`{text}`")
    }
}

fn keys(properties: &Value) -> Vec<String> {
    properties.as_object().map(|p| p.keys().cloned().collect()).unwrap_or_default()
}

/// A word, or a list of words.
fn words(value: &Value) -> Vec<String> {
    match value {
        Value::String(word) => vec![word.clone()],
        Value::Array(list) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
