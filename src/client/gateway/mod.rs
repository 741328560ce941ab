//! A requesting gateway: ITI-38, ITI-39 and RAD-75 as words of a scenario, and the messages that they are
//! (30-beeldbeschikbaarheid sections 4 to 9 and 13).
//!
//! Each word holds what is asked for and, under `message`, what is odd about the message that asks. Without oddity the
//! message is that of a conformant requesting GtK. Sending needs [`Asking`]: where the message goes, and who asks.

mod build;
#[cfg(test)]
mod tests;
mod words;

pub use build::Asking;
pub use words::{
    Body, GatewayImages, GatewayQuery, GatewayRetrieve, Hostile, ImageOf, Means, MessageForm, Parameter, Returns,
    WantedDocument,
};
