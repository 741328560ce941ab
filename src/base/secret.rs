//! What must never reach a transcript, a log or an error.

use std::fmt;

/// A value that prints as `[secret]`.
#[derive(Clone)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Wraps a secret.
    pub fn new(value: T) -> Self {
        Self(value)
    }
    /// The secret itself: the name is meant to be searched for in reviews.
    pub fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print() {
        let secret = Secret::new("hush");
        assert_eq!(format!("{secret:?}"), "[secret]");
        assert_eq!(*secret.reveal(), "hush");
    }
}
