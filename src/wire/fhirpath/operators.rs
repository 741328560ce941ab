//! Operators between two collections.

use std::cmp::Ordering;
use std::collections::HashSet;

use super::evaluate::{Answer, Evaluation, Items, Scope, Undecided, single, truth};
use super::expression::{Node, Operator};
use super::value::Item;

type Truth = Result<Option<bool>, Undecided>;

impl<'a> Evaluation<'a, '_> {
    pub(super) fn binary(&self, operator: Operator, left: &Node, right: &Node, scope: &Scope<'a>) -> Answer<'a> {
        use Operator as O;
        match operator {
            O::And | O::Or | O::Implies | O::Xor => self.logic(operator, left, right, scope).map(as_items),
            O::Equal | O::NotEqual => {
                let equal = equal(&self.node(left, scope)?, &self.node(right, scope)?);
                Ok(as_items(equal.map(|equal| equal == (operator == O::Equal))))
            }
            O::Equivalent | O::NotEquivalent => {
                let same = equivalent(&self.node(left, scope)?, &self.node(right, scope)?);
                Ok(as_items(Some(same == (operator == O::Equivalent))))
            }
            O::Less | O::LessOrEqual | O::Greater | O::GreaterOrEqual => {
                self.ordering(operator, left, right, scope).map(as_items)
            }
            O::In => self.is_in(left, right, scope).map(as_items),
            O::Contains => self.is_in(right, left, scope).map(as_items),
            O::Union => {
                let mut items = self.node(left, scope)?;
                items.extend(self.node(right, scope)?);
                self.step(items.len())?;
                Ok(distinct(items))
            }
            O::Concatenate => {
                let left = self.node(left, scope)?;
                let right = self.node(right, scope)?;
                let text = |items: &Items<'a>| -> Result<String, Undecided> {
                    Ok(single(items, "&")?.and_then(Item::text).unwrap_or_default().into_owned())
                };
                Ok(vec![Item::Text((text(&left)? + &text(&right)?).into())])
            }
            O::Add | O::Subtract | O::Multiply | O::Divide | O::WholeDivide | O::Modulo => {
                self.arithmetic(operator, left, right, scope)
            }
        }
    }

    /// Three-valued logic; a side that cannot be known is not asked for when the other decides.
    fn logic(&self, operator: Operator, left: &Node, right: &Node, scope: &Scope<'a>) -> Truth {
        let left = self.node(left, scope).and_then(|items| truth(&items));
        let settles = match operator {
            Operator::And => Some(false),
            Operator::Or => Some(true),
            _ => None,
        };
        if settles.is_some() && left == Ok(settles) {
            return Ok(settles);
        }
        if operator == Operator::Implies && left == Ok(Some(false)) {
            return Ok(Some(true));
        }
        let right = self.node(right, scope).and_then(|items| truth(&items));
        match operator {
            Operator::And | Operator::Or if right == Ok(settles) => Ok(settles),
            Operator::Implies if right == Ok(Some(true)) => Ok(Some(true)),
            _ => {
                let (left, right) = (left?, right?);
                Ok(match (operator, left, right) {
                    (Operator::And, Some(true), Some(true)) => Some(true),
                    (Operator::Or, Some(false), Some(false)) => Some(false),
                    (Operator::Xor, Some(left), Some(right)) => Some(left != right),
                    (Operator::Implies, Some(true), right) => right,
                    _ => None,
                })
            }
        }
    }

    fn ordering(&self, operator: Operator, left: &Node, right: &Node, scope: &Scope<'a>) -> Truth {
        let left = self.node(left, scope)?;
        let right = self.node(right, scope)?;
        let (Some(left), Some(right)) = (single(&left, "a comparison")?, single(&right, "a comparison")?) else {
            return Ok(None);
        };
        Ok(left.order(right).map(|order| match operator {
            Operator::Less => order == Ordering::Less,
            Operator::LessOrEqual => order != Ordering::Greater,
            Operator::Greater => order == Ordering::Greater,
            _ => order != Ordering::Less,
        }))
    }

    fn is_in(&self, item: &Node, items: &Node, scope: &Scope<'a>) -> Truth {
        let item = self.node(item, scope)?;
        let items = self.node(items, scope)?;
        self.step(items.len())?;
        let Some(item) = single(&item, "in")? else { return Ok(None) };
        Ok(Some(items.iter().any(|other| item.equals(other) == Some(true))))
    }

    fn arithmetic(&self, operator: Operator, left: &Node, right: &Node, scope: &Scope<'a>) -> Answer<'a> {
        let left = self.node(left, scope)?;
        let right = self.node(right, scope)?;
        let (Some(left), Some(right)) = (single(&left, "arithmetic")?, single(&right, "arithmetic")?) else {
            return Ok(Vec::new());
        };
        let (left, right) = (left.plain(), right.plain());
        if let (Item::Text(left), Item::Text(right), Operator::Add) = (&*left, &*right, operator) {
            return Ok(vec![Item::Text(format!("{left}{right}").into())]);
        }
        if let (Item::Integer(left), Item::Integer(right)) = (&*left, &*right)
            && operator != Operator::Divide
        {
            let value = match operator {
                Operator::Add => left.checked_add(*right),
                Operator::Subtract => left.checked_sub(*right),
                Operator::Multiply => left.checked_mul(*right),
                Operator::WholeDivide => left.checked_div(*right),
                _ => left.checked_rem(*right),
            };
            return Ok(value.map(Item::Integer).into_iter().collect());
        }
        let (Some(left), Some(right)) = (left.number(), right.number()) else {
            return Err(Undecided::Unsupported("arithmetic on other things than numbers".to_owned()));
        };
        let value = match operator {
            Operator::Add => left + right,
            Operator::Subtract => left - right,
            Operator::Multiply => left * right,
            Operator::Divide => left / right,
            Operator::WholeDivide => (left / right).trunc(),
            _ => left % right,
        };
        Ok(value.is_finite().then_some(Item::Decimal(value)).into_iter().collect())
    }
}

fn as_items<'a>(truth: Option<bool>) -> Items<'a> {
    truth.map(Item::Boolean).into_iter().collect()
}

/// Equality of collections: nothing when either is empty.
fn equal(left: &[Item<'_>], right: &[Item<'_>]) -> Option<bool> {
    if left.is_empty() || right.is_empty() {
        return None;
    }
    if left.len() != right.len() {
        return Some(false);
    }
    let mut all = Some(true);
    for (left, right) in left.iter().zip(right) {
        match left.equals(right) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => all = None,
        }
    }
    all
}

fn equivalent(left: &[Item<'_>], right: &[Item<'_>]) -> bool {
    let fold = |items: &[Item<'_>]| {
        let mut keys: Vec<String> = items.iter().map(|item| item.key().trim().to_lowercase()).collect();
        keys.sort_unstable();
        keys
    };
    left.len() == right.len() && fold(left) == fold(right)
}

/// The items without repetitions, in their order.
pub(super) fn distinct(items: Items<'_>) -> Items<'_> {
    if items.len() < 2 {
        return items;
    }
    let mut seen = HashSet::with_capacity(items.len());
    items.into_iter().filter(|item| seen.insert(item.key())).collect()
}
