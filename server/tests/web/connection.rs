//! Connections that do nothing, ask for nothing, or take nothing.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::{
    app::{SITE_ORIGIN, SOON, TestApp},
    visitor::Visitor,
};

async fn open(app: &TestApp) -> TcpStream {
    TcpStream::connect(app.host()).await.unwrap()
}

/// Everything that comes until the server ends the connection.
async fn until_closed(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is an end as well.
    let _ = timeout(SOON, stream.read_to_end(&mut bytes)).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn until_open(app: &TestApp, count: usize) {
    let wait = async {
        while app.connections() != count {
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, wait).await.unwrap();
}

#[tokio::test]
async fn many_idle_connections_keep_nobody_out() {
    let app = TestApp::with(&[("connections", "20")]).await;
    let mut idle = Vec::new();
    for _ in 0..60 {
        idle.push(open(&app).await);
    }
    let mut visitor = Visitor::connect(&app).await;
    for _ in 0..60 {
        idle.push(open(&app).await);
    }
    visitor.ask("Still here").await;
    let answer = app.get("/w/shop/frame").await;
    assert_eq!(answer.status(), 200);
    assert!(app.connections() <= 20, "{}", app.connections());
}

#[tokio::test]
async fn a_connection_that_says_nothing_or_half_a_head_ends() {
    let mut app = TestApp::with(&[]).await;
    app.times(|times| {
        times.first_byte = Duration::from_millis(20);
        times.head = Duration::from_millis(20);
    })
    .await;
    let mut silent = open(&app).await;
    assert_eq!(until_closed(&mut silent).await, "");
    let mut half = open(&app).await;
    half.write_all(b"GET /healthz HTTP/1.1\r\nHost: loc")
        .await
        .unwrap();
    assert_eq!(until_closed(&mut half).await, "");
    until_open(&app, 0).await;
}

#[tokio::test]
async fn a_connection_may_wait_between_two_requests_for_a_while() {
    let mut app = TestApp::with(&[]).await;
    app.times(|times| {
        times.first_byte = Duration::from_millis(20);
        times.head = Duration::from_millis(20);
    })
    .await;
    let mut stream = open(&app).await;
    let request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for _ in 0..3 {
        // The time for a first byte does not count between requests.
        let mut silent = open(&app).await;
        stream.write_all(request).await.unwrap();
        let mut answer = [0; 2048];
        let length = timeout(SOON, stream.read(&mut answer))
            .await
            .unwrap()
            .unwrap();
        assert!(answer[..length].starts_with(b"HTTP/1.1 200"));
        until_closed(&mut silent).await;
    }
    app.times(|times| times.idle = Duration::from_millis(20))
        .await;
    let mut stream = open(&app).await;
    stream.write_all(request).await.unwrap();
    assert!(until_closed(&mut stream).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_body_that_stalls_is_answered_and_ends() {
    let mut app = TestApp::with(&[]).await;
    app.times(|times| times.pace.within = Duration::from_millis(20))
        .await;
    let mut stream = open(&app).await;
    let head = format!(
        "POST /w/shop/visit HTTP/1.1\r\nHost: localhost\r\nOrigin: {SITE_ORIGIN}\r\n\
         Content-Length: 1000\r\n\r\n{{"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = until_closed(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test]
async fn a_refusal_is_read_although_its_request_is_still_being_sent() {
    let app = TestApp::with(&[]).await;
    let mut stream = open(&app).await;
    let head = format!(
        "POST /w/shop/visit HTTP/1.1\r\nHost: localhost\r\nOrigin: {SITE_ORIGIN}\r\n\
         Content-Length: 900000\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // Whole, as a browser sends it before it reads.
    stream.write_all(&vec![b'x'; 900_000]).await.unwrap();
    let mut answer = [0; 4096];
    let length = timeout(SOON, stream.read(&mut answer))
        .await
        .unwrap()
        .unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]).to_lowercase();
    assert!(answer.starts_with("http/1.1 413"), "{answer}");
    assert!(answer.contains("access-control-allow-origin"), "{answer}");
}

#[tokio::test]
async fn what_comes_after_a_refusal_is_read_in_bounds() {
    let mut app = TestApp::with(&[]).await;
    app.times(|times| times.rest = Duration::from_millis(20))
        .await;
    let mut stream = open(&app).await;
    let head = "POST /api/upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000\r\n\r\nx";
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = until_closed(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    until_open(&app, 0).await;
}
