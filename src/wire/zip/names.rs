//! Names of members. The alphabet is small on purpose: a name that has one spelling only cannot have a twin in another
//! Unicode form, and means the same on every file system.

use super::ZipFault;

/// Longest name.
const LONGEST: usize = 240;

/// What is wrong with a name.
pub(super) fn fault(name: &str) -> Option<ZipFault> {
    let told = || name.to_owned();
    let drive = name.as_bytes().get(1) == Some(&b':');
    let parts = || name.split('/');
    match name {
        _ if name.starts_with(['/', '\\']) || drive => Some(ZipFault::ZipAbsolute(told())),
        _ if name.split(['/', '\\']).any(|part| part == "..") => Some(ZipFault::ZipParent(told())),
        _ if name.ends_with('/') => Some(ZipFault::ZipFolder(told())),
        _ if name.len() > LONGEST || parts().any(|p| p.is_empty() || p == ".") => Some(ZipFault::ZipName(told())),
        _ if !name.bytes().all(is_plain) => Some(ZipFault::ZipName(told())),
        _ => None,
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/._-+=@".contains(&byte)
}
