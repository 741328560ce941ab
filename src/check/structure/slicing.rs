//! Instances told apart into slices, and the rules on each slice.
//!
//! Clause: hl7.org/fhir/R4/profiling.html section "Slicing".

use crate::base::text::Text;
use crate::wire::fhir::definitions::SlicingRules;

use super::discriminator::Fit;
use super::finding::{Code, Reason, one_of};
use super::overlay::implied_slicing;
use super::session::{Instance, Session};
use super::shape::{Shape, ShapeNode, SlicingRule};

/// Instances by slice.
struct Sorted<'a> {
    members: Vec<Vec<Instance<'a>>>,
    /// How many instances may belong to each slice, for all that is known.
    perhaps: Vec<usize>,
}

/// Where the instances so far stand, for the rules on their order.
#[derive(Default)]
struct Progress {
    last: usize,
    has_unmatched: bool,
}

impl<'a> Session<'a> {
    /// Puts each instance into the first slice that it fits, and holds slices and instances against their rules.
    pub(super) fn slices(&mut self, instances: &[Instance<'a>], shape: &'a Shape, node: usize) {
        let own = &shape.nodes[node];
        let implied = implied_slicing(own);
        let stated = own.slicing.as_ref().filter(|rule| !rule.slicing.discriminators.is_empty());
        let Some(rule) = stated.or(implied.as_ref()) else {
            return self.leave_open(Reason::SlicingUndecided, format!("{}: no discriminator", own.id), &shape.url);
        };
        let sorted = self.sort(instances, shape, node, rule);
        let is_contradictory = self.is_contradictory(instances, shape, node);
        for (position, slice) in own.slices.iter().enumerate() {
            let found = &sorted.members[position];
            let perhaps = if is_contradictory { usize::MAX / 2 } else { sorted.perhaps[position] };
            self.slice_count(found.len(), perhaps, shape, *slice);
            for instance in found {
                self.below(instance, |session| session.node(*instance, shape, *slice));
            }
            if !shape.nodes[*slice].slices.is_empty() {
                self.slices(found, shape, *slice);
            }
        }
    }

    fn sort(&mut self, instances: &[Instance<'a>], shape: &'a Shape, node: usize, rule: &SlicingRule) -> Sorted<'a> {
        let slices = &shape.nodes[node].slices;
        let mut sorted = Sorted { members: vec![Vec::new(); slices.len()], perhaps: vec![0; slices.len()] };
        let mut progress = Progress::default();
        for instance in instances {
            self.below(instance, |session| {
                let mut is_open = false;
                for (position, slice) in slices.iter().enumerate() {
                    match session.fits(*instance, shape, *slice, rule) {
                        Fit::Yes => {
                            sorted.members[position].push(*instance);
                            return session.matched(position, &mut progress, shape, node);
                        }
                        Fit::No => {}
                        Fit::Open(why) => {
                            is_open = true;
                            sorted.perhaps[position] += 1;
                            let what = format!("{}: {why}", shape.nodes[*slice].id);
                            session.leave_open(Reason::SlicingUndecided, what, &shape.url);
                        }
                    }
                }
                if !is_open {
                    progress.has_unmatched = true;
                    session.unmatched(*instance, shape, node);
                }
            });
        }
        sorted
    }

    fn matched(&mut self, position: usize, progress: &mut Progress, shape: &Shape, node: usize) {
        let own = &shape.nodes[node];
        let (rules, is_ordered) = stated_rules(own);
        let is_late = is_ordered && position < progress.last;
        if is_late || (rules == SlicingRules::OpenAtEnd && progress.has_unmatched) {
            let name = shape.nodes[own.slices[position]].id.clone();
            self.tell(
                Code::SliceOrder,
                shape,
                node,
                Text::new("slices op volgorde", "slices in their order"),
                Text::same(name),
            );
        }
        progress.last = progress.last.max(position);
    }

    fn unmatched(&mut self, instance: Instance<'a>, shape: &Shape, node: usize) {
        let own = &shape.nodes[node];
        if stated_rules(own).0 != SlicingRules::Closed {
            return;
        }
        // Snapshots that were generated close what their source leaves open: the types of the choice decide.
        if own.is_choice && own.types.iter().any(|found| found.code == instance.type_name) {
            let what = format!("{}: {} is among the types, not among the closed slices", own.id, instance.type_name);
            return self.leave_open(Reason::SlicingUndecided, what, &shape.url);
        }
        let names: Vec<&str> =
            own.slices.iter().filter_map(|slice| shape.nodes[*slice].slice_name.as_deref()).collect();
        self.tell(Code::UnmatchedSlice, shape, node, one_of(&names), Text::same(instance.type_name));
    }

    /// Whether the slices together ask for more than the element allows, as generated snapshots sometimes do.
    fn is_contradictory(&mut self, instances: &[Instance<'a>], shape: &Shape, node: usize) -> bool {
        let own = &shape.nodes[node];
        let due: u64 = own.slices.iter().map(|slice| u64::from(shape.nodes[*slice].min)).sum();
        let is_contradictory = usize::try_from(due).is_ok_and(|due| !own.max().allows(due));
        if is_contradictory && !instances.is_empty() {
            let what = format!("{}: its slices ask for {due}, at most {} may occur", own.id, own.max());
            self.leave_open(Reason::SlicingUndecided, what, &shape.url);
        }
        is_contradictory
    }

    /// Instances that may belong to a slice make up for what is missing, but never count as too many.
    fn slice_count(&mut self, count: usize, perhaps: usize, shape: &Shape, slice: usize) {
        let min = shape.nodes[slice].min as usize;
        let may_suffice = count < min && count + perhaps >= min;
        if !may_suffice {
            self.count(count, shape, slice);
        }
    }
}

fn stated_rules(node: &ShapeNode) -> (SlicingRules, bool) {
    node.slicing.as_ref().map_or((SlicingRules::Open, false), |rule| (rule.slicing.rules, rule.slicing.ordered))
}
