//! What a listener does with a connection beneath TLS: looking before the library does, answering by hand, and closing so
//! that the last word arrives.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

/// How long a peer may take to read the last word. Closing with bytes of its own unread would throw that word away.
const LINGER: Duration = Duration::from_millis(50);
/// Type of a record with handshake messages (RFC 8446 section 5.1).
const HANDSHAKE: u8 = 22;

/// Says something by hand and waits a moment for it to be read.
pub(super) async fn say(mut stream: TcpStream, answer: &[u8]) {
    let _ = stream.write_all(answer).await;
    linger(&mut stream).await;
}

/// Says that nothing more comes, and waits until the peer has closed too, or for a moment.
pub(super) async fn linger(stream: &mut TcpStream) {
    let _ = stream.shutdown().await;
    let mut rest = [0; 4096];
    let until_closed = async { while matches!(stream.read(&mut rest).await, Ok(n) if n > 0) {} };
    let _ = timeout(LINGER, until_closed).await;
}

/// Goes along with a client that begins a second handshake within a connection of TLS 1.2, as far as a client can see:
/// its hello is answered by a record of the handshake. Our TLS library would refuse it. `false` when the client says
/// anything else, which is left where it is.
pub(super) async fn renegotiated(stream: &mut TlsStream<TcpStream>, limit: Duration) -> bool {
    let (socket, session) = stream.get_mut();
    if session.protocol_version() != Some(rustls::ProtocolVersion::TLSv1_2) {
        return false;
    }
    let mut kind = [0];
    let peeked = timeout(limit, socket.peek(&mut kind)).await;
    if !matches!(peeked, Ok(Ok(1))) || kind[0] != HANDSHAKE {
        return false;
    }
    // Under encryption: nobody can tell these bytes from a ServerHello.
    let answer = [&[HANDSHAKE, 3, 3, 0, 96][..], &[0x5a; 96]].concat();
    let _ = socket.write_all(&answer).await;
    linger(socket).await;
    true
}

/// The first bytes of a connection without taking them away; waits until the first TLS record is whole.
pub(super) async fn first_bytes(stream: &TcpStream) -> Vec<u8> {
    let mut buffer = vec![0; 4096];
    let mut had = 0;
    loop {
        let Ok(read) = stream.peek(&mut buffer).await else { return Vec::new() };
        let bytes = &buffer[..read];
        let whole = match bytes {
            [] => true,
            [22, _, _, high, low, ..] => read >= (5 + usize::from(u16::from_be_bytes([*high, *low]))).min(buffer.len()),
            [22, ..] => false,
            _ => true,
        };
        if whole {
            return bytes.to_vec();
        }
        // A peek returns at once while bytes are waiting; give the rest a moment to arrive.
        if read == had {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        had = read;
    }
}
