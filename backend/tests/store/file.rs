//! Files that people attach.

use std::{net::IpAddr, time::Duration};

use backend::{Casella, Error, Upload, bound::Source};
use domain::{
    CommandId, ConversationId, FileId, Refusal,
    file::{AgentUpload, AgentUploadHead, FileCard, FileKind, VisitorUpload, VisitorUploadHead},
    frame::{
        agent::{AgentCommand, Answer as Told},
        visitor::{ChatState, VisitorCommand},
    },
    message::Body,
};

use crate::{
    on_every_database,
    support::{Agent, Company, Visitor},
};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x03\0\0\0\x02\x08\x06\0\0\0";

fn new_file(company: &Company) -> FileId {
    FileId(company.id().0)
}

fn by_agent(conversation: ConversationId, file: FileId, name: &str, bytes: &[u8]) -> AgentUpload {
    AgentUpload {
        conversation,
        file,
        name: name.to_owned(),
        bytes: bytes.to_owned(),
    }
}

fn by_visitor(
    visitor: &Visitor,
    conversation: ConversationId,
    file: FileId,
    bytes: &[u8],
) -> VisitorUpload {
    VisitorUpload {
        site: "demo".parse().unwrap(),
        token: visitor.token,
        identity: None,
        conversation,
        file,
        name: "note.txt".to_owned(),
        bytes: bytes.to_owned(),
    }
}

fn here() -> Source {
    IpAddr::from([127, 0, 0, 1]).into()
}

fn head_of(upload: &AgentUpload) -> AgentUploadHead {
    AgentUploadHead {
        conversation: upload.conversation,
        file: upload.file,
        name: upload.name.clone(),
    }
}

async fn upload(node: &Casella, agent: &Agent, upload: AgentUpload) -> Result<FileCard, Refusal> {
    let size = upload.bytes.len().try_into().unwrap();
    let begun = node.begin_upload_by_agent(&agent.who, head_of(&upload), size);
    whole(begun.await, &upload.bytes).await
}

async fn visitor_upload(node: &Casella, upload: VisitorUpload) -> Result<FileCard, Refusal> {
    let head = VisitorUploadHead {
        site: upload.site,
        token: upload.token,
        identity: upload.identity,
        conversation: upload.conversation,
        file: upload.file,
        name: upload.name,
    };
    let size = upload.bytes.len().try_into().unwrap();
    let begun = node.begin_upload_by_visitor(head, size, here()).await;
    whole(begun, &upload.bytes).await
}

/// Sends a content in pieces of odd length.
async fn whole(begun: Result<Upload, Error>, bytes: &[u8]) -> Result<FileCard, Refusal> {
    let card = async {
        let mut upload = begun?;
        for piece in bytes.chunks(70_001) {
            upload.push(piece).await?;
        }
        upload.finish().await
    };
    card.await.map_err(|error| error.refusal())
}

async fn served(node: &Casella, address: &str) -> Option<(FileKind, Vec<u8>)> {
    let served = node.file(address).await.unwrap()?;
    let bytes = served.content.rest().await.unwrap();
    assert_eq!(usize::try_from(served.bytes).unwrap(), bytes.len());
    Some((served.kind, bytes))
}

/// A chat of Ada with Maya.
async fn chat(company: &Company) -> (Agent, Visitor, ConversationId) {
    let mut maya = company.agent("Maya").await;
    let mut ada = company.visitor().await;
    let chat = ada.start(Some("Hi")).await.unwrap();
    maya.accept().await;
    ada.state(ChatState::Active).await;
    (maya, ada, chat)
}

on_every_database! {
    async fn an_agents_file_reaches_the_visitor_once(company: Company) {
        let (mut maya, mut ada, conversation) = chat(&company).await;
        let file = new_file(&company);
        let sent = by_agent(conversation, file, "..\\a/p\u{202e}ic.png", PNG);
        let card = upload(&company.node, &maya, sent.clone()).await.unwrap();
        assert_eq!((&*card.name, card.kind, card.pixels), ("pic.png", FileKind::Png, Some((3, 2))));
        // Again, it is the same; another content under the same id is none of it.
        assert_eq!(upload(&company.node, &maya, sent).await, Ok(card.clone()));
        let other = by_agent(conversation, file, "pic.png", b"other");
        assert_eq!(upload(&company.node, &maya, other).await, Err(Refusal::Forbidden));

        let (id, command) = (company.id(), AgentCommand::File { conversation, file });
        let placed = maya.send(id, command.clone()).await.unwrap();
        assert!(matches!(placed, Told::Message { seq: 3, .. }), "{placed:?}");
        assert_eq!(maya.send(id, command.clone()).await, Ok(placed));
        assert_eq!(maya.command(command).await, Err(Refusal::NotNow));
        ada.seen(3).await;
        assert_eq!(ada.messages[2].1.body, Body::File(card.clone()));
        let row = maya.row(conversation, |row| row.preview == "pic.png").await;
        assert!(row.preview_by_agent);

        let content = served(&company.node, &card.address).await;
        assert_eq!(content, Some((FileKind::Png, PNG.to_vec())));
        for wrong in ["", "../secret.key", &card.address[1..], &"0".repeat(64)] {
            assert_eq!(served(&company.node, wrong).await, None, "{wrong}");
        }
    }

    async fn a_large_file_comes_back_as_it_was(company: Company) {
        let (maya, _ada, conversation) = chat(&company).await;
        let bytes: Vec<u8> = (0..=250_u8).cycle().take(10 * 1024 * 1024).collect();
        let large = by_agent(conversation, new_file(&company), "large.bin", &bytes);
        let card = upload(&company.node, &maya, large).await.unwrap();
        assert!(served(&company.node, &card.address).await == Some((FileKind::Other, bytes.clone())));
        let one_more = [&bytes[..], b"x"].concat();
        let too_large = by_agent(conversation, new_file(&company), "large.bin", &one_more);
        assert_eq!(upload(&company.node, &maya, too_large).await, Err(Refusal::FileTooLarge));
        let empty = by_agent(conversation, new_file(&company), "empty", b"");
        assert_eq!(upload(&company.node, &maya, empty).await, Err(Refusal::Empty));
    }

    async fn a_file_that_broke_off_comes_anew_and_the_two_never_mix(company: Company) {
        let (maya, _ada, conversation) = chat(&company).await;
        let node = &company.node;
        let text = |letter: u8| vec![letter; 600 * 1024];
        let sent = by_agent(conversation, new_file(&company), "a.txt", &text(b'a'));
        let begin = async || {
            let size = sent.bytes.len().try_into().unwrap();
            node.begin_upload_by_agent(&maya.who, head_of(&sent), size).await.unwrap()
        };
        let half = &sent.bytes[..300 * 1024];
        let mut broken = begin().await;
        broken.push(half).await.unwrap();
        drop(broken);

        // Still coming, while it begins anew.
        let mut lingers = begin().await;
        lingers.push(half).await.unwrap();
        let mut anew = begin().await;
        anew.push(half).await.unwrap();
        let rest = async {
            lingers.push(half).await?;
            lingers.finish().await
        };
        assert_eq!(rest.await.map_err(|error| error.refusal()), Err(Refusal::Unavailable));
        anew.push(half).await.unwrap();
        let card = anew.finish().await.unwrap();
        assert_eq!(served(node, &card.address).await, Some((FileKind::Text, text(b'a'))));

        // Less or more than was announced is no file.
        let short = by_agent(conversation, new_file(&company), "a.txt", b"abc");
        for (length, announced) in [(2, 3), (3, 2)] {
            let begun = node.begin_upload_by_agent(&maya.who, head_of(&short), announced).await;
            assert_eq!(whole(begun, &short.bytes[..length]).await, Err(Refusal::Malformed));
        }
        assert!(upload(node, &maya, short).await.is_ok());
    }

    async fn who_may_not_upload_is_told_before_the_content_comes(company: Company) {
        company.set_site(|settings| settings.visitor_files = true).await;
        let (maya, ada, conversation) = chat(&company).await;
        let size = 10 * 1024 * 1024;
        let mut head = VisitorUploadHead {
            site: "demo".parse().unwrap(),
            token: [9; 32],
            identity: None,
            conversation,
            file: new_file(&company),
            name: "a".to_owned(),
        };
        let stranger = company.node.begin_upload_by_visitor(head.clone(), size, here()).await;
        assert_eq!(stranger.err().unwrap().refusal(), Refusal::NotFound);
        head.token = ada.token;
        // As many as fit into a day; nobody sends them.
        let mut refused = Vec::new();
        for _ in 0..30 {
            let begun = company.node.begin_upload_by_visitor(head.clone(), size, here()).await;
            refused.extend(begun.err().map(|error| error.refusal()));
        }
        assert_eq!(refused, [Refusal::TooManyFiles; 10]);
        // Agents have their own share.
        let own = by_agent(conversation, new_file(&company), "a.txt", b"a");
        assert!(upload(&company.node, &maya, own).await.is_ok());
    }

    async fn a_visitor_attaches_where_the_site_allows_it(company: Company) {
        let (mut maya, mut ada, conversation) = chat(&company).await;
        let file = new_file(&company);
        let own = by_visitor(&ada, conversation, file, b"<script>alert(1)</script>");
        assert_eq!(visitor_upload(&company.node, own.clone()).await, Err(Refusal::Forbidden));
        company.set_site(|settings| settings.visitor_files = true).await;
        let card = visitor_upload(&company.node, own.clone()).await.unwrap();
        assert_eq!(card.kind, FileKind::Text);
        let mut eve = company.visitor().await;
        let theirs = by_visitor(&eve, conversation, new_file(&company), b"x");
        assert_eq!(visitor_upload(&company.node, theirs).await, Err(Refusal::NotFound));

        // Whoever did not upload it cannot send it, and not into another conversation.
        let command = AgentCommand::File { conversation, file };
        assert_eq!(maya.command(command).await, Err(Refusal::NotFound));
        let elsewhere = eve.start(None).await.unwrap();
        maya.accept().await;
        let command = VisitorCommand::File { conversation: elsewhere, file };
        assert_eq!(eve.command(command).await, Err(Refusal::NotFound));
        let command = VisitorCommand::File { conversation, file };
        assert_eq!(eve.command(command.clone()).await, Err(Refusal::NotFound));
        ada.command(command).await.unwrap();
        maya.seen(conversation, 3).await;
        assert_eq!(maya.messages(conversation)[2].body, Body::File(card.clone()));

        maya.command(AgentCommand::End { conversation }).await.unwrap();
        let late = by_visitor(&ada, conversation, new_file(&company), b"x");
        assert_eq!(visitor_upload(&company.node, late).await, Err(Refusal::Ended));
        assert_eq!(visitor_upload(&company.node, own).await, Ok(card));
    }

    async fn a_chat_that_is_not_active_takes_no_files(company: Company) {
        company.set_site(|settings| settings.visitor_files = true).await;
        let mut ada = company.visitor().await;
        let waiting = ada.start(None).await.unwrap();
        let early = by_visitor(&ada, waiting, new_file(&company), b"x");
        assert_eq!(visitor_upload(&company.node, early).await, Err(Refusal::NotNow));
    }

    async fn what_no_message_sends_is_removed_after_a_day(company: Company) {
        let (mut maya, _ada, conversation) = chat(&company).await;
        let mut cards = Vec::new();
        for _ in 0..20 {
            let file = by_agent(conversation, new_file(&company), "a.txt", b"a");
            cards.push(upload(&company.node, &maya, file).await.unwrap());
        }
        let many = by_agent(conversation, new_file(&company), "a.txt", b"a");
        assert_eq!(upload(&company.node, &maya, many.clone()).await, Err(Refusal::TooMany));
        let (kept, lost) = (cards[0].clone(), cards[1].clone());
        maya.command(AgentCommand::File { conversation, file: kept.id }).await.unwrap();
        let id = CommandId(company.id().0);

        company.node.stop().await;
        company.clock.advance(Duration::from_secs(25 * 60 * 60));
        let node = company.another_node().await;
        // A node clears away when it starts.
        while node.file(&lost.address).await.unwrap().is_some() {
            tokio::task::yield_now().await;
        }
        assert!(node.file(&kept.address).await.unwrap().is_some());
        let mut maya = company.sign_in(&node, "Maya").await;
        let late = AgentCommand::File { conversation, file: lost.id };
        assert!(matches!(maya.send(id, late).await, Err(Refusal::NotFound | Refusal::Ended)));
        node.stop().await;
    }
}
