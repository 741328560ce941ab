//! Vocabulary of responding: one simulator with three uses.
//!
//! The same [`Gtk`] is the counterparty in a run, the `simulate` command, and the reference candidate of our own tests.
//! It plays a sending and a receiving GtK at once: authorization server (Twiin-07), notification endpoint (Twiin-01
//! and -02), Workflow Task, search and read (Twiin-03 to -05), and the client side of all of them.

pub mod records;

mod gtk;
mod words;

pub use gtk::{
    Addresses, Gtk, GtkConfig, GtkService, Interference, Offering, Peer, R4Templates, Referral, Respond, Templates,
    ToReferral, Trigger, What, cancellation_request, serve,
};
pub use words::{Await, AwaitNothing};
