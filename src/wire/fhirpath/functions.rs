//! The functions of FHIRPath that invariants use, each with the number of its arguments.

use std::collections::HashSet;

use regex::Regex;
use serde_json::Value;

use super::evaluate::{Answer, Evaluation, Items, Resolution, Scope, Undecided, reference_of, single, truth};
use super::expression::Node;
use super::operators::distinct;
use super::parser::compile;
use super::value::{Element, Item};

macro_rules! functions {
    ($($variant:ident $name:literal $least:literal..=$most:literal,)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Function { $($variant,)* }

        impl Function {
            /// The function of that name, if it takes that many arguments.
            pub(super) fn find(name: &str, arguments: usize) -> Option<Self> {
                match name {
                    $($name if ($least..=$most).contains(&arguments) => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

functions! {
    Exists "exists" 0..=1, Empty "empty" 0..=0, Not "not" 0..=0, Where "where" 1..=1, All "all" 1..=1,
    AllTrue "allTrue" 0..=0, AnyTrue "anyTrue" 0..=0, AllFalse "allFalse" 0..=0, AnyFalse "anyFalse" 0..=0,
    Count "count" 0..=0, Select "select" 1..=1, Repeat "repeat" 1..=1, First "first" 0..=0, Last "last" 0..=0,
    Tail "tail" 0..=0, Skip "skip" 1..=1, Take "take" 1..=1, Single "single" 0..=0,
    IsDistinct "isDistinct" 0..=0, Distinct "distinct" 0..=0, Combine "combine" 1..=1, Union "union" 1..=1,
    Intersect "intersect" 1..=1, Exclude "exclude" 1..=1, SubsetOf "subsetOf" 1..=1, SupersetOf "supersetOf" 1..=1,
    Contains "contains" 1..=1, StartsWith "startsWith" 1..=1, EndsWith "endsWith" 1..=1, Matches "matches" 1..=1,
    ReplaceMatches "replaceMatches" 2..=2, Replace "replace" 2..=2, Substring "substring" 1..=2,
    IndexOf "indexOf" 1..=1, Length "length" 0..=0, Upper "upper" 0..=0, Lower "lower" 0..=0,
    ToText "toString" 0..=0, ToInteger "toInteger" 0..=0, ToDecimal "toDecimal" 0..=0, HasValue "hasValue" 0..=0,
    Children "children" 0..=0, Descendants "descendants" 0..=0, Resolve "resolve" 0..=0,
    Extension "extension" 1..=1, MemberOf "memberOf" 1..=1, Choose "iif" 2..=3, Trace "trace" 1..=2,
    Narrative "htmlChecks" 0..=0, NarrativeStu3 "htmlchecks" 0..=0,
}

impl Function {
    /// Whether elements of several types come out.
    pub(super) fn mixes_types(self) -> bool {
        matches!(self, Self::Children | Self::Descendants | Self::Resolve | Self::Repeat)
    }
}

impl<'a> Evaluation<'a, '_> {
    pub(super) fn call(
        &self,
        function: Function,
        input: Items<'a>,
        arguments: &[Node],
        regex: Option<&Regex>,
        scope: &Scope<'a>,
    ) -> Answer<'a> {
        use Function as F;
        self.step(input.len())?;
        let yes = |truth: bool| Ok(vec![Item::Boolean(truth)]);
        match function {
            F::Exists => match arguments.first() {
                None => yes(!input.is_empty()),
                Some(condition) => yes(!self.filter(input, condition)?.is_empty()),
            },
            F::Empty => yes(input.is_empty()),
            F::Not => Ok(truth(&input)?.map(|truth| Item::Boolean(!truth)).into_iter().collect()),
            F::Where => self.filter(input, &arguments[0]),
            F::All => {
                let count = input.len();
                yes(self.filter(input, &arguments[0])?.len() == count)
            }
            F::AllTrue | F::AnyTrue | F::AllFalse | F::AnyFalse => {
                let wanted = matches!(function, F::AllTrue | F::AnyTrue);
                let mut fits = input.iter().map(|item| matches!(&*item.plain(), Item::Boolean(b) if *b == wanted));
                yes(if matches!(function, F::AllTrue | F::AllFalse) {
                    fits.all(|fit| fit)
                } else {
                    fits.any(|fit| fit)
                })
            }
            F::Count => Ok(vec![Item::Integer(i64::try_from(input.len()).unwrap_or(i64::MAX))]),
            F::Select => self.each(&input, &arguments[0]),
            F::Repeat => self.repeat(input, &arguments[0]),
            F::First => Ok(input.into_iter().take(1).collect()),
            F::Last => Ok(input.into_iter().last().into_iter().collect()),
            F::Tail => Ok(input.into_iter().skip(1).collect()),
            F::Skip => Ok(input.into_iter().skip(self.count_of(&arguments[0], scope)?).collect()),
            F::Take => Ok(input.into_iter().take(self.count_of(&arguments[0], scope)?).collect()),
            F::Single => Ok(single(&input, "single()")?.cloned().into_iter().collect()),
            F::IsDistinct => {
                let count = input.len();
                yes(distinct(input).len() == count)
            }
            F::Distinct => Ok(distinct(input)),
            F::Combine | F::Union => {
                let mut items = input;
                items.extend(self.node(&arguments[0], scope)?);
                self.step(items.len())?;
                Ok(if function == F::Union { distinct(items) } else { items })
            }
            F::Intersect | F::Exclude | F::SubsetOf | F::SupersetOf => {
                let other = self.node(&arguments[0], scope)?;
                self.step(other.len())?;
                Ok(compare_sets(function, input, other))
            }
            F::Children | F::Descendants => self.below(&input, function == F::Descendants),
            F::Resolve => self.resolve(&input),
            F::Extension => self.extension(&input, &self.node(&arguments[0], scope)?),
            F::MemberOf => self.member_of(&input, &self.node(&arguments[0], scope)?),
            F::Choose => {
                let condition = truth(&self.on_each_or_empty(&input, &arguments[0], scope)?)?;
                match (condition, arguments.get(2)) {
                    (Some(true), _) => self.on_each_or_empty(&input, &arguments[1], scope),
                    (_, Some(otherwise)) => self.on_each_or_empty(&input, otherwise, scope),
                    _ => Ok(Vec::new()),
                }
            }
            F::Trace => Ok(input),
            F::HasValue => yes(match single(&input, "hasValue()")? {
                Some(Item::Element(element)) => element.has_value(),
                Some(_) => true,
                None => false,
            }),
            F::Narrative | F::NarrativeStu3 => match single(&input, "htmlChecks()")?.and_then(Item::text) {
                Some(text) => yes(self.environment.narrative_is_sound(&text)),
                None => Ok(Vec::new()),
            },
            _ => self.on_text(function, &input, arguments, regex, scope),
        }
    }

    /// The arguments of `iif` see the whole input; a test of emptiness must work without any item.
    fn on_each_or_empty(&self, input: &[Item<'a>], argument: &Node, scope: &Scope<'a>) -> Answer<'a> {
        match input {
            [item] => self.node(argument, &Scope { this: item.clone(), index: 0 }),
            [] => match argument {
                Node::Call { of: None, function, arguments, regex } => {
                    self.call(*function, Vec::new(), arguments, regex.as_ref(), scope)
                }
                Node::Member { of: None, .. } | Node::This => Ok(Vec::new()),
                other => self.node(other, scope),
            },
            _ => Err(Undecided::NotSingle("iif()")),
        }
    }

    fn count_of(&self, argument: &Node, scope: &Scope<'a>) -> Result<usize, Undecided> {
        let items = self.node(argument, scope)?;
        let count = match single(&items, "a number of items")?.map(|item| item.plain().into_owned()) {
            Some(Item::Integer(count)) => usize::try_from(count).unwrap_or(0),
            _ => 0,
        };
        Ok(count)
    }

    fn filter(&self, input: Items<'a>, condition: &Node) -> Answer<'a> {
        let mut kept = Vec::new();
        for (index, item) in input.into_iter().enumerate() {
            let scope = Scope { this: item, index };
            if truth(&self.node(condition, &scope)?)? == Some(true) {
                kept.push(scope.this);
            }
        }
        Ok(kept)
    }

    fn each(&self, input: &[Item<'a>], projection: &Node) -> Answer<'a> {
        let mut found = Vec::new();
        for (index, item) in input.iter().enumerate() {
            found.extend(self.node(projection, &Scope { this: item.clone(), index })?);
        }
        Ok(found)
    }

    fn repeat(&self, input: Items<'a>, projection: &Node) -> Answer<'a> {
        let mut found: Items<'a> = Vec::new();
        let mut seen = HashSet::new();
        let mut waiting = input;
        while !waiting.is_empty() {
            let next = self.each(&waiting, projection)?;
            waiting = next.into_iter().filter(|item| seen.insert(item.key())).collect();
            self.step(waiting.len())?;
            found.extend(waiting.iter().cloned());
        }
        Ok(found)
    }

    fn below(&self, input: &[Item<'a>], deep: bool) -> Answer<'a> {
        let mut found = Vec::new();
        for item in input {
            if let Item::Element(element) = item {
                self.children(element, &mut found)?;
            }
        }
        let mut at = 0;
        while deep && at < found.len() {
            if let Item::Element(element) = &found[at] {
                let element = *element;
                self.children(&element, &mut found)?;
            }
            at += 1;
        }
        Ok(found)
    }

    fn resolve(&self, input: &[Item<'a>]) -> Answer<'a> {
        let mut found = Vec::new();
        for item in input {
            let Some(reference) = reference_of(item) else { continue };
            match self.environment.resolve(&reference) {
                Resolution::Found(element) => found.push(Item::Element(element)),
                _ => return Err(Undecided::Unresolved(reference)),
            }
        }
        Ok(found)
    }

    fn extension(&self, input: &[Item<'a>], url: &[Item<'a>]) -> Answer<'a> {
        let url = single(url, "extension()")?.and_then(Item::text);
        let mut all = Vec::new();
        for item in input {
            let Item::Element(element) = item else { continue };
            self.under(element, "extension", &mut all)?;
        }
        all.retain(|item| match item {
            Item::Element(Element { value: Some(value), .. }) => {
                value.get("url").and_then(Value::as_str) == url.as_deref()
            }
            _ => false,
        });
        Ok(all)
    }

    fn member_of(&self, input: &[Item<'a>], value_set: &[Item<'a>]) -> Answer<'a> {
        let Some(value_set) = single(value_set, "memberOf()")?.and_then(Item::text) else { return Ok(Vec::new()) };
        let Some(item) = single(input, "memberOf()")? else { return Ok(Vec::new()) };
        let mut unknown = false;
        for (system, code) in codes(item) {
            match self.environment.is_member(system.as_deref(), &code, &value_set) {
                Some(true) => return Ok(vec![Item::Boolean(true)]),
                Some(false) => {}
                None => unknown = true,
            }
        }
        if unknown { Err(Undecided::Terminology(value_set.into_owned())) } else { Ok(vec![Item::Boolean(false)]) }
    }

    fn on_text(
        &self,
        function: Function,
        input: &[Item<'a>],
        arguments: &[Node],
        regex: Option<&Regex>,
        scope: &Scope<'a>,
    ) -> Answer<'a> {
        let Some(item) = single(input, "a function of text")? else { return Ok(Vec::new()) };
        let Some(text) = item.text() else { return Ok(Vec::new()) };
        let mut given = Vec::new();
        for argument in arguments {
            let items = self.node(argument, scope)?;
            match single(&items, "an argument")? {
                Some(item) => given.push(item.plain().into_owned()),
                None => return Ok(Vec::new()),
            }
        }
        let found = text_function(function, item, &text, &given, regex)?;
        Ok(found.into_iter().collect())
    }
}

fn text_function<'a>(
    function: Function,
    item: &Item<'a>,
    text: &str,
    given: &[Item<'a>],
    regex: Option<&Regex>,
) -> Result<Option<Item<'a>>, Undecided> {
    use Function as F;
    let word = |position: usize| given.get(position).and_then(Item::text).unwrap_or_default();
    let whole = |position: usize| match given.get(position) {
        Some(Item::Integer(value)) => usize::try_from(*value).ok(),
        _ => None,
    };
    let made = |text: String| Some(Item::Text(text.into()));
    let own;
    let regex = match (function, regex) {
        (F::Matches | F::ReplaceMatches, None) => {
            own = compile(&word(0)).map_err(|fault| Undecided::Unsupported(fault.to_string()))?;
            Some(&own)
        }
        _ => regex,
    };
    Ok(match function {
        F::Contains => Some(Item::Boolean(text.contains(&*word(0)))),
        F::StartsWith => Some(Item::Boolean(text.starts_with(&*word(0)))),
        F::EndsWith => Some(Item::Boolean(text.ends_with(&*word(0)))),
        F::Matches => regex.map(|regex| Item::Boolean(regex.is_match(text))),
        F::ReplaceMatches => regex.and_then(|regex| made(regex.replace_all(text, &*word(1)).into_owned())),
        F::Replace => made(text.replace(&*word(0), &word(1))),
        F::Substring => whole(0).filter(|start| *start < text.chars().count()).and_then(|start| {
            let length = if given.len() > 1 { whole(1).unwrap_or(0) } else { usize::MAX };
            made(text.chars().skip(start).take(length).collect())
        }),
        F::IndexOf => {
            let at = text.find(&*word(0)).map(|byte| text[..byte].chars().count());
            Some(Item::Integer(at.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1)))
        }
        F::Length => Some(Item::Integer(i64::try_from(text.chars().count()).unwrap_or(i64::MAX))),
        F::Upper => made(text.to_uppercase()),
        F::Lower => made(text.to_lowercase()),
        F::ToText => made(text.to_owned()),
        F::ToInteger => match &*item.plain() {
            Item::Boolean(value) => Some(Item::Integer(i64::from(*value))),
            _ => text.parse().ok().map(Item::Integer),
        },
        F::ToDecimal => text.parse().ok().filter(|value: &f64| value.is_finite()).map(Item::Decimal),
        other => return Err(Undecided::Unsupported(format!("{other:?}"))),
    })
}

fn compare_sets<'a>(function: Function, input: Items<'a>, other: Items<'a>) -> Items<'a> {
    let keys = |items: &Items<'a>| items.iter().map(Item::key).collect::<HashSet<String>>();
    match function {
        Function::Intersect => {
            let kept = keys(&other);
            distinct(input.into_iter().filter(|item| kept.contains(&item.key())).collect())
        }
        Function::Exclude => {
            let dropped = keys(&other);
            input.into_iter().filter(|item| !dropped.contains(&item.key())).collect()
        }
        Function::SubsetOf => vec![Item::Boolean(keys(&input).is_subset(&keys(&other)))],
        _ => vec![Item::Boolean(keys(&input).is_superset(&keys(&other)))],
    }
}

/// The codes in a code, Coding, CodeableConcept or Quantity, with their systems.
fn codes(item: &Item<'_>) -> Vec<(Option<String>, String)> {
    let coding = |value: &Value| {
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        text("code").map(|code| (text("system"), code))
    };
    match item {
        Item::Element(Element { value: Some(value @ Value::Object(object)), .. }) => match object.get("coding") {
            Some(Value::Array(codings)) => codings.iter().filter_map(coding).collect(),
            _ => coding(value).into_iter().collect(),
        },
        _ => item.text().map(|code| (None, code.into_owned())).into_iter().collect(),
    }
}
