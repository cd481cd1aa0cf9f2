//! Files over HTTP: uploading, and what a browser is given.

use domain::{
    ConversationId, FileId, Refusal,
    file::{AgentUpload, FILE_BYTES, FileCard, FileKind, VisitorUpload},
    frame::{decode, encode, visitor::VisitorCommand},
};
use reqwest::Response;

use crate::{
    agent::Agent,
    app::{TestApp, site_key},
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
