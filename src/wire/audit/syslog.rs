//! Syslog for audit messages: the header of RFC 5424 and the framing of RFC 5425 (octet counting).

/// Longest audit message that is taken, in bytes.
pub const LONGEST: usize = 1024 * 1024;

/// Header field under which a transcript keeps what was wrong with a message that came by syslog.
pub const FAULT_HEADER: &str = "syslog-fault";

/// Why bytes are no frame or message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyslogFault {
    /// What should be the length of a frame is not.
    #[error("a frame begins with its length and a space (RFC 5425 section 4.3)")]
    Length,
    /// A frame longer than [`LONGEST`].
    #[error("a frame of {0} bytes is longer than {LONGEST}")]
    TooLong(usize),
    /// A message that does not begin as RFC 5424 says.
    #[error("the header lacks {0} (RFC 5424 section 6)")]
    Header(&'static str),
}

/// The header of a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// Facility and severity as one number.
    pub priority: u16,
    /// Time, RFC 3339, or `-`.
    pub timestamp: String,
    /// Host.
    pub hostname: String,
    /// Application.
    pub application: String,
    /// Process.
    pub process: String,
    /// Kind of message.
    pub message_id: String,
}

/// The first frame of what came in: its content and how many bytes it took. `None` when it is not whole yet.
///
/// # Errors
/// When what came can never become a frame.
pub fn frame(bytes: &[u8]) -> Result<Option<(&[u8], usize)>, SyslogFault> {
    let digits = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    if digits == 0 && !bytes.is_empty() || digits > 7 || bytes.first() == Some(&b'0') {
        return Err(SyslogFault::Length);
    }
    match bytes.get(digits) {
        None => return Ok(None),
        Some(b' ') => {}
        Some(_) => return Err(SyslogFault::Length),
    }
    let length = std::str::from_utf8(&bytes[..digits]).ok().and_then(|d| d.parse().ok()).ok_or(SyslogFault::Length)?;
    if length > LONGEST {
        return Err(SyslogFault::TooLong(length));
    }
    let start = digits + 1;
    Ok(bytes.get(start..start + length).map(|content| (content, start + length)))
}

/// A frame around a message.
pub fn framed(message: &[u8]) -> Vec<u8> {
    let mut out = format!("{} ", message.len()).into_bytes();
    out.extend_from_slice(message);
    out
}

/// Header and content of a message. The byte order mark before the content is left out.
///
/// # Errors
/// When the header is not that of RFC 5424.
pub fn read(message: &[u8]) -> Result<(Header, &[u8]), SyslogFault> {
    let mut rest = message;
    let open = rest.strip_prefix(b"<").ok_or(SyslogFault::Header("PRI"))?;
    let close =
        open.iter().position(|b| *b == b'>').filter(|at| (1..=3).contains(at)).ok_or(SyslogFault::Header("PRI"))?;
    let number = std::str::from_utf8(&open[..close]).ok().and_then(|n| n.parse().ok()).filter(|n: &u16| *n <= 191);
    let priority = number.ok_or(SyslogFault::Header("PRI"))?;
    rest = open[close + 1..].strip_prefix(b"1 ").ok_or(SyslogFault::Header("VERSION 1"))?;
    let mut field = |name: &'static str, longest: usize| {
        let end = rest.iter().position(|b| *b == b' ').filter(|at| (1..=longest).contains(at));
        let end = end.ok_or(SyslogFault::Header(name))?;
        let text = String::from_utf8_lossy(&rest[..end]).into_owned();
        rest = &rest[end + 1..];
        Ok::<_, SyslogFault>(text)
    };
    let timestamp = field("TIMESTAMP", 32)?;
    let hostname = field("HOSTNAME", 255)?;
    let application = field("APP-NAME", 48)?;
    let process = field("PROCID", 128)?;
    let message_id = field("MSGID", 32)?;
    let after = structured(rest).ok_or(SyslogFault::Header("STRUCTURED-DATA"))?;
    let content = after.strip_prefix(b" ").unwrap_or(after);
    let content = content.strip_prefix("\u{feff}".as_bytes()).unwrap_or(content);
    Ok((Header { priority, timestamp, hostname, application, process, message_id }, content))
}

/// What stands behind the structured data.
fn structured(bytes: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = bytes.strip_prefix(b"-") {
        return Some(rest);
    }
    let mut rest = bytes;
    let mut any = false;
    while rest.first() == Some(&b'[') {
        let (mut quoted, mut escaped) = (false, false);
        let end = rest.iter().position(|b| {
            match (*b, escaped, quoted) {
                (_, true, _) => escaped = false,
                (b'\\', false, true) => escaped = true,
                (b'"', ..) => quoted = !quoted,
                (b']', _, false) => return true,
                _ => {}
            }
            false
        })?;
        rest = &rest[end + 1..];
        any = true;
    }
    any.then_some(rest)
}

/// A message. 85 is the priority that ITI-20 names: facility 10, severity 5.
pub fn write(header: &Header, content: &str) -> Vec<u8> {
    let Header { priority, timestamp, hostname, application, process, message_id } = header;
    format!("<{priority}>1 {timestamp} {hostname} {application} {process} {message_id} - \u{feff}{content}")
        .into_bytes()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn header() -> Header {
        Header {
            priority: 85,
            timestamp: "2026-11-22T05:00:00Z".into(),
            hostname: "gtk.example".into(),
            application: "gtk".into(),
            process: "1".into(),
            message_id: "IHE+RFC-3881".into(),
        }
    }

    #[test]
    fn a_message_in_its_frame_is_read_back() {
        let bytes = framed(&write(&header(), "<AuditMessage/>"));
        let (message, taken) = frame(&bytes).unwrap().unwrap();
        assert_eq!(taken, bytes.len());
        assert_eq!(read(message).unwrap(), (header(), b"<AuditMessage/>".as_slice()));
        assert_eq!(frame(&bytes[..bytes.len() - 1]), Ok(None));
        assert_eq!(frame(b"12"), Ok(None));
    }

    #[test]
    fn what_is_no_frame_or_message_is_refused() {
        assert_eq!(frame(b"<85>1 "), Err(SyslogFault::Length));
        assert_eq!(frame(b"9999999 "), Err(SyslogFault::TooLong(9_999_999)));
        assert_eq!(frame(b"12x"), Err(SyslogFault::Length));
        assert_eq!(read(b"hello"), Err(SyslogFault::Header("PRI")));
        assert_eq!(read(b"<85>2 "), Err(SyslogFault::Header("VERSION 1")));
        assert_eq!(read(b"<85>1 - - "), Err(SyslogFault::Header("APP-NAME")));
        let (_, content) = read(b"<85>1 - h a p m [x@1 a=\"\\]]\"][y] <a/>").unwrap();
        assert_eq!(content, b"<a/>");
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_readers_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = frame(&bytes);
            let _ = read(&bytes);
        }
    }
}
