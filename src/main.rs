//! The `twiin-harness` binary: parse, dispatch, exit code.

fn main() {}
