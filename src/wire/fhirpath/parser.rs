//! From words to a tree, by precedence as in the grammar of FHIRPath.

use regex::Regex;

use super::expression::{Node, Operator};
use super::functions::Function;
use super::lexer::{ParseFault, Token, tokens};
use super::moment::Moment;
use super::value::Literal;

/// Deepest tree: parentheses, arguments, and the links of chains, which are nested too.
const DEEPEST: usize = 120;

pub(super) fn parse(text: &str) -> Result<Node, ParseFault> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
    let node = parser.expression(0)?;
    match parser.peek() {
        Token::End => Ok(node),
        _ => Err(parser.unexpected()),
    }
}

struct Parser {
    tokens: Vec<(Token, usize)>,
    at: usize,
    depth: usize,
}

/// How tightly an operator binds; higher binds tighter.
fn precedence(token: &Token) -> Option<(u8, Option<Operator>)> {
    use Operator as O;
    let found = match token {
        Token::Name(name) => match name.as_str() {
            "implies" => (1, O::Implies),
            "or" => (2, O::Or),
            "xor" => (2, O::Xor),
            "and" => (3, O::And),
            "in" => (4, O::In),
            "contains" => (4, O::Contains),
            "is" | "as" => return Some((7, None)),
            "div" => (10, O::WholeDivide),
            "mod" => (10, O::Modulo),
            _ => return None,
        },
        Token::Sign(sign) => match *sign {
            "=" => (5, O::Equal),
            "!=" => (5, O::NotEqual),
            "~" => (5, O::Equivalent),
            "!~" => (5, O::NotEquivalent),
            "<" => (6, O::Less),
            "<=" => (6, O::LessOrEqual),
            ">" => (6, O::Greater),
            ">=" => (6, O::GreaterOrEqual),
            "|" => (8, O::Union),
            "+" => (9, O::Add),
            "-" => (9, O::Subtract),
            "&" => (9, O::Concatenate),
            "*" => (10, O::Multiply),
            "/" => (10, O::Divide),
            _ => return None,
        },
        _ => return None,
    };
    Some((found.0, Some(found.1)))
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)].0
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn unexpected(&self) -> ParseFault {
        let (token, at) = &self.tokens[self.at.min(self.tokens.len() - 1)];
        ParseFault::Unexpected { found: token.to_string(), at: *at }
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(found) if *found == sign)
    }

    fn expect(&mut self, sign: &str) -> Result<(), ParseFault> {
        if !self.is_sign(sign) {
            return Err(self.unexpected());
        }
        self.at += 1;
        Ok(())
    }

    fn expression(&mut self, lowest: u8) -> Result<Node, ParseFault> {
        self.deepen()?;
        let before = self.depth;
        let mut left = self.unary()?;
        while let Some((binding, operator)) = precedence(self.peek()) {
            if binding < lowest.max(1) {
                break;
            }
            self.deepen()?;
            let word = self.next();
            left = match operator {
                Some(operator) => {
                    let right = self.expression(binding + 1)?;
                    Node::Binary { operator, left: Box::new(left), right: Box::new(right) }
                }
                None => {
                    let name = self.type_name()?;
                    Node::Type { of: Box::new(left), test: word == Token::Name("is".to_owned()), name }
                }
            };
        }
        self.depth = before - 1;
        Ok(left)
    }

    fn deepen(&mut self) -> Result<(), ParseFault> {
        self.depth += 1;
        if self.depth > DEEPEST { Err(ParseFault::TooLarge) } else { Ok(()) }
    }

    fn unary(&mut self) -> Result<Node, ParseFault> {
        if self.is_sign("-") {
            self.at += 1;
            return Ok(Node::Negative(Box::new(self.invocations()?)));
        }
        if self.is_sign("+") {
            self.at += 1;
        }
        self.invocations()
    }

    fn invocations(&mut self) -> Result<Node, ParseFault> {
        let mut node = self.term()?;
        let before = self.depth;
        loop {
            self.deepen()?;
            if self.is_sign(".") {
                self.at += 1;
                let (name, quoted) = self.name()?;
                node = self.invocation(Some(Box::new(node)), name, quoted)?;
            } else if self.is_sign("[") {
                self.at += 1;
                let index = self.expression(0)?;
                self.expect("]")?;
                node = Node::At { of: Box::new(node), index: Box::new(index) };
            } else {
                self.depth = before;
                return Ok(node);
            }
        }
    }

    fn name(&mut self) -> Result<(String, bool), ParseFault> {
        match self.peek().clone() {
            Token::Name(name) => {
                self.at += 1;
                Ok((name, false))
            }
            Token::Quoted(name) => {
                self.at += 1;
                Ok((name, true))
            }
            _ => Err(self.unexpected()),
        }
    }

    fn term(&mut self) -> Result<Node, ParseFault> {
        let node = match self.peek().clone() {
            Token::Text(text) => Node::Literal(Literal::Text(text)),
            Token::Number(text) => {
                self.at += 1;
                return self.number(&text);
            }
            Token::Moment(text) => {
                let moment = Moment::parse(&text).ok_or_else(|| self.unexpected())?;
                Node::Literal(Literal::Moment(moment))
            }
            Token::Variable(name) => Node::Variable(name),
            Token::This => Node::This,
            Token::Index => Node::Index,
            Token::Total => Node::Total,
            Token::Sign("(") => {
                self.at += 1;
                let inner = self.expression(0)?;
                self.expect(")")?;
                return Ok(inner);
            }
            Token::Sign("{") => {
                self.at += 1;
                self.expect("}")?;
                return Ok(Node::Empty);
            }
            Token::Name(name) => {
                self.at += 1;
                return match name.as_str() {
                    "true" => Ok(Node::Literal(Literal::Boolean(true))),
                    "false" => Ok(Node::Literal(Literal::Boolean(false))),
                    _ => self.invocation(None, name, false),
                };
            }
            Token::Quoted(name) => {
                self.at += 1;
                return self.invocation(None, name, true);
            }
            _ => return Err(self.unexpected()),
        };
        self.at += 1;
        Ok(node)
    }

    /// A number, or a quantity when a unit follows.
    fn number(&mut self, text: &str) -> Result<Node, ParseFault> {
        let decimal: f64 = text.parse().map_err(|_| self.unexpected())?;
        let unit = match self.peek() {
            Token::Text(unit) => Some(unit.clone()),
            Token::Name(name) => {
                let plain = name.trim_end_matches('s');
                let known = ["year", "month", "week", "day", "hour", "minute", "second", "millisecond"];
                known.contains(&plain).then(|| plain.to_owned())
            }
            _ => None,
        };
        if let Some(unit) = unit {
            self.at += 1;
            return Ok(Node::Literal(Literal::Quantity(decimal, unit)));
        }
        let literal = match text.parse::<i64>() {
            Ok(whole) => Literal::Integer(whole),
            Err(_) => Literal::Decimal(decimal),
        };
        Ok(Node::Literal(literal))
    }

    fn invocation(&mut self, of: Option<Box<Node>>, name: String, quoted: bool) -> Result<Node, ParseFault> {
        if quoted || !self.is_sign("(") {
            return Ok(Node::Member { of, name, strict: true });
        }
        self.at += 1;
        if matches!(name.as_str(), "is" | "as" | "ofType") {
            return self.type_call(of, &name);
        }
        let mut arguments = Vec::new();
        while !self.is_sign(")") {
            // STU3 invariants write `extension(url='…')`, as if the argument had a name.
            if name == "extension" && matches!(self.peek(), Token::Name(word) if word == "url") {
                self.at += 1;
                self.expect("=")?;
            }
            arguments.push(self.expression(0)?);
            if !self.is_sign(",") {
                break;
            }
            self.at += 1;
        }
        self.expect(")")?;
        let count = arguments.len();
        let function = Function::find(&name, count).ok_or(ParseFault::UnknownFunction { name, arguments: count })?;
        let regex = written_regex(function, &arguments)?;
        Ok(Node::Call { of, function, arguments, regex })
    }

    fn type_call(&mut self, of: Option<Box<Node>>, function: &str) -> Result<Node, ParseFault> {
        let name = self.type_name()?;
        self.expect(")")?;
        let of = of.unwrap_or_else(|| Box::new(Node::This));
        Ok(Node::Type { of, test: function == "is", name })
    }

    /// A type, with or without its namespace.
    fn type_name(&mut self) -> Result<String, ParseFault> {
        let parenthesis = self.is_sign("(");
        if parenthesis {
            self.at += 1;
        }
        let (mut name, _) = self.name()?;
        if matches!(name.as_str(), "FHIR" | "System") && self.is_sign(".") {
            self.at += 1;
            let (own, _) = self.name()?;
            name = if name == "System" { format!("System.{own}") } else { own };
        }
        if parenthesis {
            self.expect(")")?;
        }
        Ok(name)
    }
}

fn written_regex(function: Function, arguments: &[Node]) -> Result<Option<Regex>, ParseFault> {
    if !matches!(function, Function::Matches | Function::ReplaceMatches) {
        return Ok(None);
    }
    let Some(Node::Literal(Literal::Text(pattern))) = arguments.first() else { return Ok(None) };
    compile(pattern).map(Some)
}

pub(super) fn compile(pattern: &str) -> Result<Regex, ParseFault> {
    regex::RegexBuilder::new(pattern).size_limit(1 << 20).build().map_err(|_| ParseFault::Regex(pattern.to_owned()))
}
