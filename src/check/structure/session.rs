//! What a check carries along: where it is, what it has found, and what it has tried.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::base::text::Text;
use crate::wire::fhirpath::Element;

use super::ProfileChecker;
use super::document::{Document, Position};
use super::finding::{Code, Finding, NotEvaluated, Outcome, Reason, Severity};
use super::shape::Shape;
use super::world::World;

/// Deepest nesting of profiles that are tried on the targets of references.
const DEEPEST_TRIAL: usize = 16;
/// Most levels above a profile that is tried, through all trials around it: keeps the stack within bounds.
const MOST_LEVELS: usize = 80;
/// Most findings that are kept; the rest would only repeat them.
const MOST_FINDINGS: usize = 2_000;

/// The resource that is being walked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Here<'a> {
    pub(super) resource: Element<'a>,
    pub(super) position: Position<'a>,
}

/// What was found and done; a trial has a frame of its own, which is thrown away.
#[derive(Default)]
pub(super) struct Frame {
    pub(super) findings: Vec<Finding>,
    not_evaluated: Vec<NotEvaluated>,
    known: HashSet<(Reason, String, String)>,
    told: HashSet<(Code, String, String)>,
    pub(super) errors: usize,
    /// Values walked along a definition, with the number of errors below.
    pub(super) walked: HashMap<(usize, usize), usize>,
    /// Invariants evaluated on a value, and whether each was broken.
    pub(super) invariants: HashMap<(usize, usize), bool>,
}

pub(super) struct Session<'a> {
    pub(super) checker: &'a ProfileChecker,
    pub(super) document: Document<'a>,
    pub(super) here: Here<'a>,
    pub(super) path: Vec<(&'a str, Option<usize>)>,
    pub(super) frames: Vec<Frame>,
    /// Steps that invariants took so far.
    pub(super) work: u64,
    /// Levels above the trial that is going on.
    levels: usize,
    /// What came of each trial: however often a resource is referred to, it is tried once for each profile.
    tried: HashMap<(usize, usize), Tried>,
    pub(super) profiles: Vec<String>,
}

/// What came of trying a profile on a value.
struct Tried {
    conforms: bool,
    open: Vec<NotEvaluated>,
}

/// One occurrence of an element, with the type that it is of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Instance<'a> {
    pub(super) element: Element<'a>,
    pub(super) type_name: &'a str,
    /// Whether that type is primitive.
    pub(super) is_primitive: bool,
    pub(super) key: &'a str,
    pub(super) index: Option<usize>,
}

impl<'a> Session<'a> {
    /// A check of a document from its outermost resource.
    pub(super) fn new(checker: &'a ProfileChecker, resource: &'a Value) -> Self {
        let position = Position { root: resource, full_url: None };
        Self {
            checker,
            document: Document::new(resource),
            here: Here { resource: Element::new(resource, crate::wire::fhirpath::Kind::Unknown), position },
            path: Vec::new(),
            frames: vec![Frame::default()],
            work: 0,
            levels: 0,
            tried: HashMap::new(),
            profiles: Vec::new(),
        }
    }

    /// What came of it all.
    pub(super) fn finish(mut self) -> Outcome {
        let frame = self.frames.pop().unwrap_or_default();
        Outcome { findings: frame.findings, not_evaluated: frame.not_evaluated, profiles: self.profiles }
    }

    pub(super) fn frame(&mut self) -> &mut Frame {
        if self.frames.is_empty() {
            self.frames.push(Frame::default());
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    pub(super) fn world(&self) -> World<'a, '_> {
        World { definitions: &self.checker.definitions, document: &self.document, position: self.here.position }
    }

    pub(super) fn pointer(&self) -> String {
        let mut pointer = String::new();
        for (key, index) in &self.path {
            pointer.push('/');
            pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            if let Some(index) = index {
                pointer.push_str(&format!("/{index}"));
            }
        }
        pointer
    }

    pub(super) fn tell(&mut self, code: Code, shape: &Shape, node: usize, expected: Text, found: Text) {
        self.tell_as(code, Severity::Error, shape, &shape.nodes[node].id, expected, found);
    }

    pub(super) fn tell_as(
        &mut self,
        code: Code,
        severity: Severity,
        shape: &Shape,
        element: &str,
        expected: Text,
        found: Text,
    ) {
        let pointer = self.pointer();
        let frame = self.frame();
        frame.errors += usize::from(severity == Severity::Error);
        // A profile repeats what its base says: one finding is enough.
        let is_new = frame.told.insert((code, pointer.clone(), expected.en.clone()));
        if is_new && frame.findings.len() < MOST_FINDINGS {
            let (element, profile) = (element.to_owned(), shape.url.clone());
            frame.findings.push(Finding { code, severity, element, pointer, profile, expected, found });
        }
    }

    pub(super) fn leave_open(&mut self, reason: Reason, what: impl Into<String>, profile: &str) {
        let (pointer, what) = (self.pointer(), what.into());
        let frame = self.frame();
        if frame.known.insert((reason, what.clone(), profile.to_owned())) && frame.not_evaluated.len() < MOST_FINDINGS {
            frame.not_evaluated.push(NotEvaluated { reason, what, profile: profile.to_owned(), pointer });
        }
    }

    /// Tries a profile without keeping what it finds: whether the value conforms, or none when that stays open. What
    /// had to be left open on the way to a good end is taken over.
    pub(super) fn conforms(&mut self, element: Element<'a>, profile: &str) -> Option<bool> {
        let number = self.checker.definitions.structure(profile)?.number;
        let key = (element.address(), number);
        if !self.tried.contains_key(&key) {
            let levels = self.levels + self.path.len();
            if self.frames.len() > DEEPEST_TRIAL || levels > MOST_LEVELS {
                return None;
            }
            let outer = (std::mem::take(&mut self.path), std::mem::replace(&mut self.levels, levels));
            self.frames.push(Frame::default());
            self.profile(element, profile);
            let frame = self.frames.pop().unwrap_or_default();
            (self.path, self.levels) = outer;
            self.tried.insert(key, Tried { conforms: frame.errors == 0, open: frame.not_evaluated });
        }
        let tried = self.tried.get(&key)?;
        let conforms = tried.conforms;
        let open = if conforms { tried.open.clone() } else { Vec::new() };
        for open in open {
            self.leave_open(open.reason, open.what, &open.profile);
        }
        Some(conforms)
    }

    /// Walks below `key` and comes back.
    pub(super) fn below<T>(&mut self, instance: &Instance<'a>, act: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push((instance.key, instance.index));
        let done = act(self);
        self.path.pop();
        done
    }
}

/// A value as it is shown in a finding.
pub(super) fn cut(text: &str) -> String {
    match text.char_indices().nth(200) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
