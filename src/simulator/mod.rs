//! Vocabulary of responding: the reference GtK and its parts.

pub mod records;
