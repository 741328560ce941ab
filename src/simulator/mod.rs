//! Vocabulary of responding: one simulator with three uses.
//!
//! The same [`Gtk`] is the counterparty in a run, the `simulate` command, and the reference candidate of our own tests.
//! It plays a sending and a receiving GtK at once: authorization server (Twiin-07), notification endpoint (Twiin-01
//! and -02), Workflow Task, search and read (Twiin-03 to -05), and the client side of all of them.

//!
//! Beside it stand the shared facilities that a GtK depends on ([`facility`]): Mitz, an address book, an audit repository.

pub mod addressing;
pub mod audit;
pub mod dezi;
pub mod facility;
pub mod imaging;
pub mod mitz;
pub mod records;
pub mod xca;

mod gtk;
mod interference;
mod words;

pub use facility::Facility;
pub use gtk::{
    Addresses, AlsoServed, GatewayAddresses, Gtk, GtkConfig, GtkService, HANDOFF_NOTIFICATIONS, Offering, Peer,
    R4Templates, Referral, Requesting, Templates, ToReferral, Trigger, cancellation_request, empty_post, serve,
};
pub use interference::{Interference, Interferer, Respond, What};
pub use words::{Await, AwaitNothing};
