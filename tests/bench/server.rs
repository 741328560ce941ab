//! A plain HTTP server on a loopback port that answers every GET with a small resource.

use std::convert::Infallible;
use std::io::Read as _;
use std::net::TcpListener;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;

/// Serves on a thread of its own for as long as the program lives; gives the port.
pub fn start() -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    let port = socket.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(serve(socket));
    });
    port
}

/// Prints its port, and serves until nobody holds its input any more.
pub fn serve_until_input_ends() {
    println!("{}", start());
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

async fn serve(socket: TcpListener) {
    let socket = tokio::net::TcpListener::from_std(socket).unwrap();
    while let Ok((stream, _)) = socket.accept().await {
        let _ = stream.set_nodelay(true);
        tokio::spawn(async move {
            let connection = hyper::server::conn::http1::Builder::new();
            // A client that leaves is no concern of a server.
            let _ = connection.serve_connection(TokioIo::new(stream), service_fn(answer)).await;
        });
    }
}

async fn answer(request: http::Request<Incoming>) -> Result<http::Response<Full<Bytes>>, Infallible> {
    let id = request.uri().path().rsplit('/').next().unwrap_or_default();
    let body = format!(
        r#"{{"resourceType":"Location","id":"{id}","status":"active","name":"Room {id}","mode":"instance","type":{{"coding":[{{"system":"http://hl7.org/fhir/v3/RoleCode","code":"HU","display":"Hospital unit"}}]}},"physicalType":{{"text":"room"}}}}"#
    );
    let answer = http::Response::builder()
        .header("content-type", "application/fhir+json;charset=UTF-8")
        .header("cache-control", "no-store")
        .body(Full::new(Bytes::from(body)));
    Ok(answer.unwrap())
}
