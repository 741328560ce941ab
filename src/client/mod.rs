//! Vocabulary of initiating: the harness is the client and the candidate answers.
//!
//! The words hold parameters; the functions build requests as plain values. Sending and recording is one function, so
//! that every exchange is recorded in one way.

mod build;
pub mod gateway;
mod send;
mod words;

pub use build::{notification, read, search, written};
pub use send::{SendError, Sender, Sent};
pub use words::{
    BOTH, Cancel, ChangeAddresses, Consult, EndpointName, Follow, Format, Http, KeyChoice, Leads, Notify,
    NotifyConsent, Operator, Patient, Presentation, ProtectedCall, PublishedAddresses, Pull, Purpose, Read, Repeat,
    RequestToken, Search, TaskStatus, TlsProbe, TlsSurvey, ToldChoice, TriggerWish, is_ura,
};
