//! Files over HTTP: uploading, and what a browser is given.

use std::time::Duration;

use domain::{
    ConversationId, FileId, Refusal,
    file::{AgentUpload, FILE_BYTES, FileCard, FileKind, VisitorUpload},
    frame::{decode, encode, visitor::VisitorCommand},
};
use reqwest::Response;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use crate::{
    agent::Agent,
    app::{SOON, TestApp, site_key},
    line::new_id,
    visitor::Visitor,
};

async fn chat(app: &TestApp) -> (Agent, Visitor, ConversationId) {
    let mut maya = Agent::available(app, "Maya").await;
    let mut ada = Visitor::connect(app).await;
    let conversation = ada.ask("Hello").await;
    maya.accept(conversation).await;
    (maya, ada, conversation)
}

async fn post(app: &TestApp, path: &str, cookie: &str, body: Vec<u8>) -> Response {
    let request = TestApp::browser().post(app.url(path)).body(body);
    let request = request.header("origin", app.origin());
    request.header("cookie", cookie).send().await.unwrap()
}

async fn card(answer: Response) -> Result<FileCard, Refusal> {
    decode(&answer.bytes().await.unwrap()).unwrap()
}

async fn upload(
    app: &TestApp,
    maya: &Agent,
    conversation: ConversationId,
    name: &str,
    bytes: &[u8],
) -> Result<FileCard, Refusal> {
    let body = encode(&AgentUpload {
        conversation,
        file: FileId(new_id().0),
        name: name.to_owned(),
        bytes: bytes.to_owned(),
    });
    card(post(app, "/api/upload", &maya.cookie, body).await).await
}

stories! {
    async fn nothing_that_was_uploaded_can_run_as_a_page(app: TestApp) {
        let (maya, _ada, conversation) = chat(&app).await;
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x03\0\0\0\x02<script>alert(1)</script>";
        let script = b"<!doctype html><script>alert(1)</script>";
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
        for (name, bytes, kind, media, how) in [
            ("a.html", &script[..], FileKind::Text, "text/plain; charset=utf-8", "attachment"),
            ("a.svg", &svg[..], FileKind::Text, "text/plain; charset=utf-8", "attachment"),
            ("a.png", &script[..], FileKind::Text, "text/plain; charset=utf-8", "attachment"),
            ("a.html", &png[..], FileKind::Png, "image/png", "inline"),
            ("a.js", b"\0\x01", FileKind::Other, "application/octet-stream", "attachment"),
            ("a.pdf", b"%PDF-1.7 x", FileKind::Pdf, "application/pdf", "attachment"),
        ] {
            let card = upload(&app, &maya, conversation, name, bytes).await.unwrap();
            assert_eq!(card.kind, kind, "{name}");
            let answer = app.get(&format!("/files/{}", card.address)).await;
            assert_eq!(answer.status(), 200);
            let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
            assert_eq!(header("content-type"), media, "{name}");
            assert!(header("content-disposition").starts_with(how), "{name}");
            assert_eq!(header("x-content-type-options"), "nosniff");
            assert!(header("content-security-policy").contains("default-src 'none'; sandbox"));
            assert_eq!(header("cross-origin-resource-policy"), "same-origin");
            assert_eq!(header("referrer-policy"), "no-referrer");
            assert_eq!(header("cache-control"), "private, max-age=31536000, immutable");
            assert_eq!(answer.bytes().await.unwrap(), bytes);
        }
        for wrong in ["0".repeat(64), "..%2f..%2fsecret.key".to_owned(), "x".to_owned()] {
            assert_eq!(app.get(&format!("/files/{wrong}")).await.status(), 404, "{wrong}");
        }
    }

    async fn what_is_too_large_or_no_upload_is_refused_in_words(app: TestApp) {
        let (maya, _ada, conversation) = chat(&app).await;
        let large = vec![b'a'; FILE_BYTES];
        let card = upload(&app, &maya, conversation, "a.txt", &large).await.unwrap();
        let served = app.get(&format!("/files/{}", card.address)).await;
        assert_eq!(served.bytes().await.unwrap().len(), FILE_BYTES);
        for more in [1, 1024 * 1024] {
            let larger = vec![b'a'; FILE_BYTES + more];
            let refused = upload(&app, &maya, conversation, "a.txt", &larger).await;
            assert_eq!(refused, Err(Refusal::FileTooLarge));
        }
        for nonsense in [Vec::new(), b"nonsense".to_vec(), encode(&"x")] {
            let answer = post(&app, "/api/upload", &maya.cookie, nonsense).await;
            assert_eq!(answer.status(), 400);
        }
        let answer = post(&app, "/api/upload", "", Vec::new()).await;
        assert_eq!(answer.status(), 401);
    }

    async fn a_visitors_file_reaches_the_agent(app: TestApp) {
        let (mut maya, mut ada, conversation) = chat(&app).await;
        let mut site = app.casella().sites().await.unwrap().remove(0);
        site.settings.visitor_files = true;
        app.casella().set_site(site).await.unwrap();
        let file = FileId(new_id().0);
        let mut sent = VisitorUpload {
            site: site_key(),
            token: ada.token,
            identity: None,
            conversation,
            file,
            name: "order.txt".to_owned(),
            bytes: b"17 chairs".to_vec(),
        };
        let answer = post(&app, "/upload/visitor", "", encode(&sent)).await;
        let known = card(answer).await.unwrap();
        ada.command(VisitorCommand::File { conversation, file }).await.unwrap();
        assert_eq!(maya.gets_file().await, known);
        sent.identity = Some("nonsense".to_owned());
        let answer = post(&app, "/upload/visitor", "", encode(&sent)).await;
        assert_eq!(answer.status(), 403);
        assert_eq!(card(answer).await, Err(Refusal::Forbidden));
    }
}

/// The head of a raw request.
fn post_head(app: &TestApp, path: &str, cookie: &str, length: usize) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nCookie: {cookie}\r\n\
         Content-Length: {length}\r\n\r\n",
        app.host(),
        app.origin(),
    );
    head.into_bytes()
}

async fn send_raw(app: &TestApp, parts: &[&[u8]]) -> TcpStream {
    let mut stream = TcpStream::connect(app.host()).await.unwrap();
    for part in parts {
        stream.write_all(part).await.unwrap();
    }
    stream
}

async fn until_closed(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is an end as well.
    let _ = timeout(SOON, stream.read_to_end(&mut bytes)).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn until_alone(app: &TestApp, count: usize) {
    let wait = async {
        while app.connections() > count {
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, wait).await.unwrap();
}

#[tokio::test]
async fn who_may_not_upload_is_told_before_the_content_has_come() {
    let app = TestApp::with(&[]).await;
    let (maya, ada, conversation) = chat(&app).await;
    let frame = |token| {
        encode(&VisitorUpload {
            site: site_key(),
            token,
            identity: None,
            conversation,
            file: FileId(new_id().0),
            name: "a.bin".to_owned(),
            bytes: vec![7; 9_000_000],
        })
    };
    for (token, status) in [([9; 32], "404"), (ada.token, "403")] {
        let frame = frame(token);
        let head = post_head(&app, "/upload/visitor", "", frame.len());
        let mut stream = send_raw(&app, &[&head, &frame[..1_000]]).await;
        let mut answer = [0; 12];
        timeout(SOON, stream.read_exact(&mut answer))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(answer, *format!("HTTP/1.1 {status}").as_bytes());
    }
    // Nor does it help to say that more comes than any file has.
    let head = post_head(&app, "/api/upload", &maya.cookie, 99_000_000);
    let mut stream = send_raw(&app, &[&head]).await;
    let mut answer = [0; 12];
    timeout(SOON, stream.read_exact(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(answer, *b"HTTP/1.1 413");
}

#[tokio::test]
async fn an_upload_that_stops_half_way_ends_and_leaves_nothing() {
    let mut app = TestApp::with(&[]).await;
    app.times(|times| times.pace.within = Duration::from_millis(200))
        .await;
    let (maya, _ada, conversation) = chat(&app).await;
    let frame = encode(&AgentUpload {
        conversation,
        file: FileId(new_id().0),
        name: "a.bin".to_owned(),
        bytes: vec![7; 2_000_000],
    });
    let head = post_head(&app, "/api/upload", &maya.cookie, frame.len());
    let stream = send_raw(&app, &[&head, &frame[..1_000_000]]).await;
    let answer = until_closed(stream).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    let drafts = app.folder().join("files/new");
    assert_eq!(std::fs::read_dir(drafts).unwrap().count(), 0);
}

#[tokio::test]
async fn a_download_that_nobody_reads_ends_and_one_that_is_read_slowly_does_not() {
    let mut app = TestApp::with(&[]).await;
    app.times(|times| times.pace.within = Duration::from_millis(400))
        .await;
    let (maya, _ada, conversation) = chat(&app).await;
    let large = vec![b'a'; FILE_BYTES];
    let card = upload(&app, &maya, conversation, "a.txt", &large)
        .await
        .unwrap();
    let get = format!(
        "GET /files/{} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        card.address,
        app.host()
    );
    let socket = || {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(16 * 1024).unwrap();
        socket
    };
    let address = app.host().parse().unwrap();
    // What a browser keeps open ends by itself; the chat's two lines stay.
    let mut unread = Vec::new();
    for _ in 0..12 {
        let mut stream = socket().connect(address).await.unwrap();
        stream.write_all(get.as_bytes()).await.unwrap();
        unread.push(stream);
    }
    let measures = || {
        app.measures()
            .lines()
            .any(|line| line.starts_with("casella_answers_unread_total"))
    };
    let wait = async {
        while !measures() {
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, wait).await.unwrap();
    let mut slow = socket().connect(address).await.unwrap();
    slow.write_all(get.as_bytes()).await.unwrap();
    let mut whole = Vec::new();
    let read = timeout(SOON, slow.read_to_end(&mut whole)).await.unwrap();
    read.unwrap();
    assert!(whole.len() > FILE_BYTES, "{}", whole.len());
    until_alone(&app, 4).await;
    drop(unread);
}

#[tokio::test]
async fn a_file_is_sent_as_it_is_with_its_length() {
    let app = TestApp::with(&[]).await;
    let (maya, _ada, conversation) = chat(&app).await;
    let text = "words ".repeat(10_000);
    let card = upload(&app, &maya, conversation, "a.txt", text.as_bytes())
        .await
        .unwrap();
    let request = TestApp::browser().get(app.url(&format!("/files/{}", card.address)));
    let answer = request
        .header("accept-encoding", "br, gzip")
        .send()
        .await
        .unwrap();
    assert!(!answer.headers().contains_key("content-encoding"));
    assert_eq!(answer.headers()["content-length"], "60000");
    assert_eq!(answer.text().await.unwrap(), text);
}
