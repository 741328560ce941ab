//! The bytes of a file that somebody else wrote, as they go by: counted, digested, and no more than a limit.

use std::io::BufRead;

use sha1::{Digest as _, Sha1};

use super::fault::DicomFault;
use crate::base::digest::hex;

/// The bytes of a file: counted, digested, limited.
pub(super) struct Source<R> {
    inner: R,
    /// How many bytes went by.
    pub(super) at: u64,
    limit: u64,
    digest: Sha1,
}

impl<R: BufRead> Source<R> {
    pub(super) fn new(inner: R, limit: u64) -> Self {
        Self { inner, at: 0, limit, digest: Sha1::new() }
    }

    /// Passes up to `most` bytes that are there to `take`; 0 at the end.
    fn some(&mut self, most: u64, take: impl FnOnce(&[u8])) -> Result<u64, DicomFault> {
        let there = self.inner.fill_buf().map_err(|e| DicomFault::Source(e.to_string()))?;
        let many = there.len().min(usize::try_from(most).unwrap_or(usize::MAX));
        let part = &there[..many];
        self.digest.update(part);
        take(part);
        self.inner.consume(many);
        self.at += many as u64;
        match self.at > self.limit {
            true => Err(DicomFault::Limit { what: "bytes of the file", found: self.at, limit: self.limit }),
            false => Ok(many as u64),
        }
    }

    pub(super) fn at_end(&mut self) -> Result<bool, DicomFault> {
        Ok(self.inner.fill_buf().map_err(|e| DicomFault::Source(e.to_string()))?.is_empty())
    }

    pub(super) fn pass(
        &mut self,
        bytes: u64,
        what: impl Fn() -> String,
        mut take: impl FnMut(&[u8]),
    ) -> Result<(), DicomFault> {
        let mut left = bytes;
        while left > 0 {
            match self.some(left, &mut take)? {
                0 => return Err(DicomFault::Truncated { what: what(), at: self.at, missing: left }),
                many => left -= many,
            }
        }
        Ok(())
    }

    pub(super) fn array<const N: usize>(&mut self, what: impl Fn() -> String) -> Result<[u8; N], DicomFault> {
        let mut read = Vec::with_capacity(N);
        self.pass(N as u64, what, |part| read.extend_from_slice(part))?;
        Ok(read.try_into().expect("as many bytes as were asked for"))
    }

    /// What is left goes by.
    pub(super) fn drain(&mut self) -> Result<(), DicomFault> {
        while self.some(u64::MAX, |_| ())? > 0 {}
        Ok(())
    }

    /// The SHA-1 of what went by, as hexadecimal digits; it begins anew.
    pub(super) fn digest(&mut self) -> String {
        hex(&std::mem::take(&mut self.digest).finalize())
    }
}
