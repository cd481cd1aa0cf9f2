//! What the database refuses for good is found in its commit, answered once, and harms nobody else.

use backend::{
    Closed,
    store::sql::{Connection, Dialect, Statement},
};
use domain::{Refusal, frame::visitor::VisitorCommand};
use futures::future::join_all;

use crate::{
    on_every_database,
    support::{Company, Visitor},
};

/// The words that the database of these stories does not take.
const NEVER: &str = "never";

/// Makes the database refuse a message of these words, as no release does by itself.
async fn refuse(connection: &mut Connection) {
    static SQLITE: Statement = Statement::new(
        "CREATE TRIGGER never BEFORE INSERT ON message WHEN NEW.body = 'never' \
         BEGIN SELECT RAISE(ABORT, 'never'); END",
    );
    static POSTGRES: Statement =
        Statement::new("ALTER TABLE message ADD CONSTRAINT never CHECK (body <> 'never')");
    let statement = match connection.dialect() {
        Dialect::Sqlite => &SQLITE,
        Dialect::Postgres => &POSTGRES,
    };
    connection.execute(statement, &[]).await.unwrap();
}

/// Visitors who have a chat each.
async fn chats(company: &Company, count: usize) -> Vec<(Visitor, domain::ConversationId)> {
    let mut all = Vec::new();
    for _ in 0..count {
        let mut visitor = company.visitor().await;
        let chat = visitor.start(None).await.unwrap();
        all.push((visitor, chat));
    }
    all
}

on_every_database! {
    async fn one_who_sends_what_the_store_refuses_is_told_so_and_all_others_are_served(company: Company) {
        let _maya = company.agent("Maya").await;
        let mut visitors = chats(&company, 24).await;
        refuse(&mut company.store().await.writer().await.unwrap()).await;
        let answers = join_all(visitors.iter_mut().enumerate().map(|(n, (visitor, chat))| {
            let text = if n % 12 == 5 { NEVER } else { "Hello" };
            visitor.command(VisitorCommand::Message { conversation: *chat, text: text.into() })
        }))
        .await;
        for (n, answer) in answers.into_iter().enumerate() {
            match n % 12 {
                5 => assert_eq!(answer, Err(Refusal::Malformed)),
                _ => assert!(answer.is_ok(), "{answer:?}"),
            }
        }
    }

    async fn the_third_thing_within_a_minute_that_the_store_refuses_ends_the_connection(company: Company) {
        let _maya = company.agent("Maya").await;
        let (mut ada, chat) = chats(&company, 1).await.remove(0);
        refuse(&mut company.store().await.writer().await.unwrap()).await;
        for _ in 0..2 {
            assert_eq!(ada.write(chat, NEVER).await, Err(Refusal::Malformed));
            assert!(ada.write(chat, "Hello").await.is_ok());
        }
        assert_eq!(ada.write(chat, NEVER).await, Err(Refusal::Malformed));
        assert_eq!(ada.closed().await, Closed::Malformed);
    }
}
