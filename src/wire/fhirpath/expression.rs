//! The tree of an expression, and what is known of it before it is evaluated.

use regex::Regex;

use super::functions::Function;
use super::lexer::ParseFault;
use super::parser;
use super::value::Literal;

/// A parsed expression, ready to be evaluated many times.
#[derive(Debug)]
pub struct Expression {
    text: String,
    pub(super) root: Node,
    pub(super) slots: usize,
}

impl Expression {
    /// Parses an expression.
    ///
    /// # Errors
    /// A [`ParseFault`] when the text is not FHIRPath or uses a function that is not known here.
    pub fn parse(text: &str) -> Result<Self, ParseFault> {
        let mut root = parser::parse(text)?;
        let mut slots = 0;
        prepare(&mut root, false, &mut slots);
        Ok(Self { text: text.to_owned(), root, slots })
    }

    /// The text that was parsed.
    pub fn text(&self) -> &str {
        &self.text
    }
}

#[derive(Debug)]
pub(super) enum Node {
    Literal(Literal),
    Empty,
    This,
    Index,
    Total,
    Variable(String),
    Member {
        of: Option<Box<Node>>,
        name: String,
        /// Whether a name that no definition has is an author's mistake here.
        strict: bool,
    },
    Call {
        of: Option<Box<Node>>,
        function: Function,
        arguments: Vec<Node>,
        /// The regular expression of `matches` and `replaceMatches`, when written out.
        regex: Option<Regex>,
    },
    At {
        of: Box<Node>,
        index: Box<Node>,
    },
    Binary {
        operator: Operator,
        left: Box<Node>,
        right: Box<Node>,
    },
    Negative(Box<Node>),
    Type {
        of: Box<Node>,
        test: bool,
        name: String,
    },
    /// Depends on the resource alone, hence worked out once in one evaluation.
    Cached {
        slot: usize,
        node: Box<Node>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Implies,
    Or,
    Xor,
    And,
    In,
    Contains,
    Equal,
    NotEqual,
    Equivalent,
    NotEquivalent,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Union,
    Add,
    Subtract,
    Concatenate,
    Multiply,
    Divide,
    WholeDivide,
    Modulo,
}

/// Marks names that may lack a definition, and subtrees that depend on the resource alone.
fn prepare(node: &mut Node, mixed: bool, slots: &mut usize) {
    prepare_link(node, mixed, slots, false);
}

/// `kept` says that the link belongs to a chain that is kept as a whole.
fn prepare_link(node: &mut Node, mixed: bool, slots: &mut usize, kept: bool) {
    let keep = !kept && is_rooted_in_resource(node) && !matches!(node, Node::Variable(_));
    match node {
        Node::Member { of, strict, .. } => {
            *strict = !of.as_deref().map_or(mixed, |of| is_mixed(of, mixed));
            if let Some(of) = of {
                prepare_link(of, mixed, slots, keep || kept);
            }
        }
        Node::Call { of, arguments, .. } => {
            let inner = of.as_deref().map_or(mixed, |of| is_mixed(of, mixed));
            if let Some(of) = of {
                prepare_link(of, mixed, slots, keep || kept);
            }
            arguments.iter_mut().for_each(|argument| prepare(argument, inner, slots));
        }
        Node::At { of: left, index: right } | Node::Binary { left, right, .. } => {
            prepare(left, mixed, slots);
            prepare(right, mixed, slots);
        }
        Node::Negative(of) | Node::Type { of, .. } => prepare(of, mixed, slots),
        _ => {}
    }
    if keep {
        let inner = std::mem::replace(node, Node::Empty);
        *node = Node::Cached { slot: *slots, node: Box::new(inner) };
        *slots += 1;
    }
}

/// Whether elements of several types come out, so that a name need not belong to each of them.
fn is_mixed(node: &Node, mixed: bool) -> bool {
    let before = |of: &Option<Box<Node>>| of.as_deref().map_or(mixed, |of| is_mixed(of, mixed));
    match node {
        Node::Call { of, function, .. } => function.mixes_types() || before(of),
        Node::Member { of, name, .. } => matches!(name.as_str(), "contained" | "resource" | "value") || before(of),
        Node::At { of, .. } => is_mixed(of, mixed),
        Node::Binary { left, right, .. } => is_mixed(left, mixed) || is_mixed(right, mixed),
        Node::Cached { node, .. } => is_mixed(node, mixed),
        Node::This => mixed,
        _ => false,
    }
}

/// Whether a chain starts at `%resource` or `%rootResource`; only such chains may be kept.
fn is_rooted_in_resource(node: &Node) -> bool {
    match node {
        Node::Variable(name) => matches!(name.as_str(), "resource" | "rootResource"),
        Node::Member { of: Some(of), .. } | Node::Call { of: Some(of), .. } => is_rooted_in_resource(of),
        _ => false,
    }
}
