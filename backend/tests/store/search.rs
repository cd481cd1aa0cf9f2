//! Searching over names, emails and the words of messages.

use domain::{
    ConversationId, Refusal,
    agent::Role,
    frame::agent::AgentCommand,
    search::{Hit, SEARCH_CHARS, SearchPage},
    visitor::ProfileEdit,
};
use sqlx::{Connection as _, Executor as _};

use crate::{
    meeting, on_every_database,
    support::{Agent, Company, Visitor},
};

async fn search(company: &Company, agent: &Agent, query: &str) -> Vec<Hit> {
    let page = company.node.search(&agent.who, query, None).await.unwrap();
    assert_eq!(page.next, None);
    page.hits
}

async fn ids(company: &Company, agent: &Agent, query: &str) -> Vec<ConversationId> {
    let hits = search(company, agent, query).await;
    hits.iter().map(|hit| hit.row.id).collect()
}

/// What was found, with its hits in brackets.
fn shown(hit: &Hit) -> String {
    let found = hit
        .found
        .as_ref()
        .expect("a part of a message or the email");
    let piece = |(text, is_hit): &(String, bool)| match is_hit {
        true => format!("[{text}]"),
        false => text.clone(),
    };
    found.iter().map(piece).collect()
}

/// A chat that has begun and ended, with these words of its visitor.
async fn ended(company: &Company, agent: &mut Agent, words: &[&str]) -> ConversationId {
    let (_ada, chat) = active(company, agent, words).await;
    let end = AgentCommand::End { conversation: chat };
    agent.command(end).await.unwrap();
    chat
}

async fn active(company: &Company, agent: &mut Agent, words: &[&str]) -> (Visitor, ConversationId) {
    let mut ada = company.visitor().await;
    let chat = ada.start(words.first().copied()).await.unwrap();
    agent.accept().await;
    for words in words.iter().skip(1) {
        ada.write(chat, words).await.unwrap();
    }
    (ada, chat)
}

on_every_database! {
    async fn an_agent_finds_what_stands_in_the_lists_and_nothing_else(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut jun = company.agent_away("Jun").await;
        let sue = company.colleague("Sue", Role::Supervisor).await;
        let over = ended(&company, &mut maya, &["a zebra"]).await;
        let (_ada, own) = active(&company, &mut maya, &["my zebra"]).await;
        maya.switch(false).await;
        let mut left = company.visitor().await;
        let waiting = left.leave(None, "zebra, please").await.unwrap();
        jun.switch(true).await;
        let mut offered = company.visitor().await;
        let held_out = offered.start(Some("zebra?")).await.unwrap();
        jun.offer().await;
        let mut gone = company.visitor().await;
        let cancelled = gone.start(Some("zebra!")).await.unwrap();
        gone.command(domain::frame::visitor::VisitorCommand::End { conversation: cancelled }).await.unwrap();
        assert_eq!(ids(&company, &maya, "zebra").await, [waiting, own, over]);
        assert_eq!(ids(&company, &sue, "zebra").await, [waiting, own, over]);
        assert_eq!(ids(&company, &jun, "zebra").await, [waiting, over]);
        // Neither does a name tell of another agent's chat.
        assert_eq!(ids(&company, &jun, "ada").await, [over]);
        assert_eq!(ids(&company, &sue, "ada").await, [own, over]);
        jun.accept().await;
        assert_eq!(ids(&company, &jun, "zebra").await, [held_out, waiting, over]);
        assert_eq!(ids(&company, &maya, "zebra").await, [waiting, own, over]);
        let row = search(&company, &jun, "zebra").await.remove(0).row;
        assert!(row.own && row.visitor.as_deref() == Some("Ada"));
    }

    async fn what_was_said_before_an_agent_came_is_found(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("a zebra")).await.unwrap();
        ada.write(chat, "and a kiwi").await.unwrap();
        assert!(search(&company, &maya, "zebra").await.is_empty());
        maya.accept().await;
        assert_eq!(shown(&search(&company, &maya, "zebra").await[0]), "a [zebra]");
        ada.write(chat, "another zebra").await.unwrap();
        for query in ["zebra", "kiwi", "another", "ada"] {
            assert_eq!(ids(&company, &maya, query).await, [chat], "{query}");
        }
        assert_eq!(shown(&search(&company, &maya, "zebra").await[0]), "another [zebra]");
        assert_eq!(shown(&search(&company, &maya, "kiwi").await[0]), "and a [kiwi]");
    }

    async fn a_shared_calendar_is_no_text_that_could_be_found(company: Company) {
        let mut maya = meeting::met(&company, "Maya").await;
        let (mut ada, chat) = active(&company, &mut maya, &["Is Maya there?"]).await;
        meeting::own_card(&mut maya, &mut ada, chat).await;
        assert_eq!(shown(&search(&company, &maya, "maya").await[0]), "Is [Maya] there?");
    }

    async fn all_words_must_stand_there_and_the_last_may_be_begun(company: Company) {
        let mut maya = company.agent("Maya").await;
        let chat = ended(&company, &mut maya, &["Where is the delivery of my order 4711?"]).await;
        for query in ["order", "ORDER deliv", "delivery order", "of my d", "47", "where order 4711"] {
            assert_eq!(ids(&company, &maya, query).await, [chat], "{query}");
        }
        for query in ["deliv order", "order pizza", "orders", "711", "rder"] {
            assert!(search(&company, &maya, query).await.is_empty(), "{query}");
        }
        assert_eq!(
            shown(&search(&company, &maya, "order deliv").await[0]),
            "…is the [delivery] of my [order] 4711?"
        );
    }

    async fn accents_and_capitals_make_no_difference(company: Company) {
        let mut maya = company.agent("Maya").await;
        let chat = ended(&company, &mut maya, &["Perché il CAFFÈ di Zoë è freddo? Übergröße"]).await;
        for query in ["perche", "PERCHÉ caffe", "zoe", "zoë", "ubergro", "caffe\u{300}"] {
            assert_eq!(ids(&company, &maya, query).await, [chat], "{query}");
        }
        assert_eq!(shown(&search(&company, &maya, "caffe perche").await[0]), "[Perché] il [CAFFÈ] di Zoë è freddo? Übergröße");
    }

    async fn a_visitor_is_found_by_name_and_email_as_they_are_now(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let first = ada.start_as(Some("ada@exmaple.org"), Some("Hi")).await.unwrap();
        maya.accept().await;
        maya.command(AgentCommand::End { conversation: first }).await.unwrap();
        let second = ada.start_as(Some("ada@exmaple.org"), Some("Hi again")).await.unwrap();
        maya.accept().await;
        let hits = search(&company, &maya, "ada").await;
        assert_eq!(hits.iter().map(|hit| hit.row.id).collect::<Vec<_>>(), [second, first]);
        assert_eq!(hits[0].found, None);
        assert_eq!(shown(&search(&company, &maya, "ada@exmaple.org").await[0]), "[ada]@[exmaple].[org]");
        let edit = ProfileEdit { email: Some("ada@example.org".into()), ..ProfileEdit::default() };
        maya.command(AgentCommand::EditVisitor { conversation: second, edit }).await.unwrap();
        assert_eq!(ids(&company, &maya, "ada@example.org").await, [second, first]);
        assert!(search(&company, &maya, "exmaple").await.is_empty());
    }

    async fn the_newest_stands_first_and_a_conversation_once(company: Company) {
        let mut maya = company.agent("Maya").await;
        let old = ended(&company, &mut maya, &["a kiwi", "another kiwi", "no fruit"]).await;
        let (mut ada, chat) = active(&company, &mut maya, &["kiwi"]).await;
        assert_eq!(ids(&company, &maya, "kiwi").await, [chat, old]);
        assert_eq!(shown(&search(&company, &maya, "kiwi").await[1]), "another [kiwi]");
        ada.write(chat, "more kiwi, please").await.unwrap();
        maya.write(chat, "Kiwis are sold out").await.unwrap();
        let hits = search(&company, &maya, "kiwi").await;
        assert_eq!((hits.len(), shown(&hits[0])), (2, "[Kiwis] are sold out".to_owned()));
    }

    async fn pages_miss_nothing_and_repeat_nothing(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut chats = Vec::new();
        for n in 0..60 {
            let more = ["plum again"; 3];
            let words = if n % 2 == 0 { &more[..] } else { &more[..1] };
            chats.push(ended(&company, &mut maya, words).await);
        }
        chats.reverse();
        let mut found = Vec::new();
        let mut before = None;
        loop {
            let SearchPage { hits, next } = company.node.search(&maya.who, "plum", before).await.unwrap();
            assert!(!hits.is_empty());
            found.extend(hits.iter().map(|hit| hit.row.id));
            before = next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(found, chats);
    }

    async fn what_looks_like_sql_is_words(company: Company) {
        let mut maya = company.agent("Maya").await;
        let chat = ended(&company, &mut maya, &["NEAR the AND of \"OR\" 100%, it's done_here"]).await;
        for query in ["\"", "'", "%", "_", "*", "' OR 1=1 --", "or (", ") NOT (", "near/2", "words:near", "a\\'b:*", "!near", "near & !x", "<->", "\0", ""] {
            let found = company.node.search(&maya.who, query, None).await.unwrap().hits;
            assert!(found.iter().all(|hit| hit.row.id == chat), "{query}");
        }
        for query in ["near AND", "OR near", "it's", "100%", "done_here", "\"or\"", "NEAR(the of)"] {
            assert_eq!(ids(&company, &maya, query).await, [chat], "{query}");
        }
        for query in ["near OR nowhere", "near NOT nowhere", "don%", "%"] {
            let should: &[ConversationId] = if query == "don%" { &[chat] } else { &[] };
            assert_eq!(ids(&company, &maya, query).await, should, "{query}");
        }
    }

    async fn long_searches_are_cut_or_refused(company: Company) {
        let mut maya = company.agent("Maya").await;
        let chat = ended(&company, &mut maya, &["one two three four five six seven eight"]).await;
        // Words from the ninth on are left out.
        assert_eq!(ids(&company, &maya, "one two three four five six seven eight nine").await, [chat]);
        let long = "x".repeat(SEARCH_CHARS);
        assert!(search(&company, &maya, &long).await.is_empty());
        let refused = company.node.search(&maya.who, &format!("{long}x"), None).await;
        assert_eq!(refused.unwrap_err().refusal(), Refusal::TooLarge);
    }

    async fn conversations_from_before_there_was_a_search_are_found(company: Company) {
        let mut maya = company.agent("Maya").await;
        let chat = ended(&company, &mut maya, &["an old mango"]).await;
        forget(&company).await;
        assert!(search(&company, &maya, "mango").await.is_empty());
        company.node.stop().await;
        let node = company.another_node().await;
        let found = node.search(&maya.who, "mango", None).await.unwrap();
        assert_eq!(found.hits.iter().map(|hit| hit.row.id).collect::<Vec<_>>(), [chat]);
        assert_eq!(node.search(&maya.who, "ada", None).await.unwrap().hits.len(), 1);
    }
}

/// Makes the database one that has just got the tables for searching.
async fn forget(company: &Company) {
    let url = &company.database.url;
    if url.starts_with("sqlite:") {
        let mut connection = sqlx::SqliteConnection::connect(url).await.unwrap();
        let forget = "INSERT INTO search_text (search_text) VALUES ('delete-all'); \
             DELETE FROM search_entry; DELETE FROM search_word; DELETE FROM search_visitor; \
             INSERT INTO search_missing (after_id) VALUES (zeroblob(16));";
        connection.execute(forget).await.unwrap();
    } else {
        let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
        let forget = "DELETE FROM search_entry; DELETE FROM search_visitor; DROP INDEX search_entry_words; \
             INSERT INTO search_missing (after_id) VALUES ('00000000-0000-0000-0000-000000000000');";
        connection.execute(forget).await.unwrap();
    }
}
