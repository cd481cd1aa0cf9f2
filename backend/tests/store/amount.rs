//! How much may be said, and that nothing reads or tells all of it at once.

use backend::store::{self, Store};
use domain::{
    Refusal,
    bound::Bound,
    conversation::amount::{Amount, Said},
    frame::{
        agent::{AgentCommand, AgentEvent, Change},
        visitor::{Known, VisitorCommand, VisitorEvent},
    },
};

use crate::{
    on_every_database,
    support::{Agent, Company, Visitor},
};

/// A chat with this many messages of this size, all of the visitor's.
async fn long_chat(
    company: &Company,
    maya: &mut Agent,
    count: usize,
    bytes: usize,
) -> (Visitor, domain::ConversationId) {
    let mut ada = company.visitor().await;
    let chat = ada.start(None).await.unwrap();
    maya.accept().await;
    for number in 0..count {
        let text = format!("{number} {}", "x".repeat(bytes));
        ada.write(chat, &text).await.unwrap();
    }
    (ada, chat)
}

on_every_database! {
    async fn a_visitor_who_waits_may_write_a_little_and_once_accepted_goes_on(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("1")).await.unwrap();
        let id = company.id();
        let text = |text: &str| VisitorCommand::Message { conversation: chat, text: text.into() };
        let second = ada.send(id, text("2")).await;
        assert!(second.is_ok());
        for number in 3..=Bound::RequestMessages.amount() {
            ada.write(chat, &number.to_string()).await.unwrap();
        }
        assert_eq!(ada.write(chat, "one more").await, Err(Refusal::WaitForAnswer));
        assert_eq!(ada.send(id, text("2")).await, second, "a repetition is answered as ever");
        let head = company.head(chat).await;
        assert_eq!(head.said.visitor.count, u32::try_from(Bound::RequestMessages.amount()).unwrap());
        maya.accept().await;
        ada.write(chat, "one more").await.unwrap();
    }

    async fn what_a_visitor_writes_while_waiting_is_bounded_in_bytes(company: Company) {
        let mut ada = company.visitor().await;
        let chat = ada.start(None).await.unwrap();
        let quarter = "x".repeat(Bound::RequestBytes.amount() / 4);
        for _ in 0..3 {
            ada.write(chat, &quarter).await.unwrap();
        }
        assert_eq!(ada.leave(Some(chat), &quarter).await, Ok(chat));
        assert_eq!(ada.write(chat, "x").await, Err(Refusal::WaitForAnswer));
    }

    async fn a_left_message_that_has_no_room_changes_nothing(company: Company) {
        let mut ada = company.visitor().await;
        let chat = ada.start(None).await.unwrap();
        for number in 0..Bound::RequestMessages.amount() {
            ada.write(chat, &number.to_string()).await.unwrap();
        }
        let before = company.head(chat).await;
        assert_eq!(ada.leave(Some(chat), "more").await, Err(Refusal::WaitForAnswer));
        assert_eq!(company.head(chat).await, before);
    }

    async fn what_was_said_is_stored_with_the_conversation(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("four")).await.unwrap();
        maya.accept().await;
        maya.write(chat, "fiver").await.unwrap();
        ada.write(chat, "é").await.unwrap();
        maya.command(AgentCommand::Note { conversation: chat, text: "six…".into() }).await.unwrap();
        let said = Said {
            visitor: Amount { count: 2, bytes: 6 },
            agents: Amount { count: 1, bytes: 5 },
            notes: 6,
        };
        assert_eq!(company.head(chat).await.said, said);
    }

    async fn who_gets_a_chat_is_told_its_head_and_reads_its_text(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("one")).await.unwrap();
        ada.write(chat, "two").await.unwrap();
        maya.offer().await;
        maya.changes.clear();
        let id = company.id();
        maya.connection.request(domain::frame::agent::AgentRequest::Command {
            id,
            command: AgentCommand::Accept { conversation: chat },
        });
        maya.until(|event| matches!(event, AgentEvent::Answer { .. }).then_some(())).await;
        maya.row(chat, |row| row.own && row.last == 3).await;
        maya.settle().await;
        let told: Vec<u32> = maya.messages(chat).iter().map(|message| message.seq).collect();
        assert_eq!(told, [3], "that she has joined, and nothing of what was said before");
        let opened = company.node.open_conversation(&maya.who, chat).await.unwrap();
        assert_eq!(opened.messages.len(), 3);
    }

    async fn a_long_chat_comes_back_in_pieces_and_in_order(company: Company) {
        let mut maya = company.agent("Maya").await;
        let (ada, chat) = long_chat(&company, &mut maya, 30, 8_000).await;
        let token = ada.token;
        drop(ada);
        let mut ada = Visitor::connect(&company.node, token, vec![Known { conversation: chat, last: 2 }]).await;
        let mut largest = 0;
        while ada.messages.len() < 29 {
            let bytes = ada.until(|event| match event {
                VisitorEvent::Chat { messages, .. } => Some(messages.len() * 8_000),
                _ => None,
            }).await;
            largest = largest.max(bytes);
        }
        assert!(largest <= 5 * 8_000, "{largest}");
        let numbers: Vec<u32> = ada.messages.iter().map(|(_, message)| message.seq).collect();
        assert_eq!(numbers, (3..=31).collect::<Vec<_>>());
        // What is new comes behind.
        maya.write(chat, "still there?").await.unwrap();
        ada.seen(30).await;
    }

    async fn an_agent_reads_a_long_chat_page_by_page(company: Company) {
        let mut maya = company.agent("Maya").await;
        let (_ada, chat) = long_chat(&company, &mut maya, 40, 16_000).await;
        let mut messages = company.node.open_conversation(&maya.who, chat).await.unwrap().messages;
        assert!((10..30).contains(&messages.len()), "{}", messages.len());
        while messages[0].seq > 1 {
            let mut earlier = company.node.earlier_messages(&maya.who, chat, messages[0].seq).await.unwrap();
            assert!((1..30).contains(&earlier.len()), "{}", earlier.len());
            earlier.append(&mut messages);
            messages = earlier;
        }
        let numbers: Vec<u32> = messages.iter().map(|message| message.seq).collect();
        assert_eq!(numbers, (1..=41).collect::<Vec<_>>());
    }

    async fn a_portion_holds_what_it_may_and_at_least_one_message(company: Company) {
        let mut maya = company.agent("Maya").await;
        let (_ada, chat) = long_chat(&company, &mut maya, 5, 98).await;
        let store = Store::open(&company.database.url).await.unwrap();
        let mut connection = store.reader().await.unwrap();
        let addresses = backend::meeting::Addresses::new(vec![0; 32]);
        // Each of the visitor's messages, which follow that Maya joined, has 100 bytes.
        for (count, bytes, expected) in [(9, 100, 1), (9, 101, 2), (9, 200, 2), (9, 9_999, 5), (3, 9_999, 3), (9, 0, 1)] {
            let portion = store::message::Portion { messages: count, bytes };
            let after = store::message::after(&mut connection, &addresses, chat, 1, portion).await.unwrap();
            let numbers: Vec<u32> = after.iter().map(|message| message.seq).collect();
            assert_eq!(numbers, (2..2 + expected).collect::<Vec<_>>(), "{portion:?}");
            let before = store::message::before(&mut connection, &addresses, chat, 7, portion).await.unwrap();
            let numbers: Vec<u32> = before.iter().map(|message| message.seq).collect();
            // The first of all, which tells of Maya, fits in with the five.
            let from = if expected == 5 { 1 } else { 7 - expected };
            assert_eq!(numbers.last(), Some(&6), "{portion:?}");
            assert_eq!(numbers.first(), Some(&from), "{portion:?}");
        }
    }

    async fn an_agent_who_missed_much_text_reads_anew_instead(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(None).await.unwrap();
        maya.accept().await;
        let (who, cursor) = (maya.who.clone(), maya.cursor.clone());
        drop(maya);
        let text = "x".repeat(16_000);
        for _ in 0..40 {
            ada.write(chat, &text).await.unwrap();
        }
        let mut maya = Agent::connect(&company.node, who, cursor).await;
        assert!(maya.resynchronised);
        ada.write(chat, "and on").await.unwrap();
        maya.changed(|change| matches!(change, Change::Messages { .. })).await;
    }
}
