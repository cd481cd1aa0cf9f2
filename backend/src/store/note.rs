//! Private notes: for agents only. Nothing that is made for a visitor reads this file's table.

use domain::{
    AgentId, CommandId, ConversationId, Timestamp,
    message::{Note, Seq},
};

use super::{
    conversation::count,
    sql::{Bind, Connection, Row, Statement, ids},
};

macro_rules! columns {
    () => {
        "n.n, n.after_seq, n.at, n.command_id, n.agent_id, n.agent_name, n.body, n.conversation_id"
    };
}

/// The notes that these commands brought, with their conversations.
///
/// # Errors
/// What the database says.
pub async fn placed(
    connection: &mut Connection,
    commands: impl IntoIterator<Item = CommandId>,
) -> Result<Vec<(ConversationId, Note)>, sqlx::Error> {
    static PLACED: Statement = Statement::new(concat!(
        "SELECT ",
        columns!(),
        " FROM note n WHERE n.command_id IN ({ids $1})"
    ));
    let commands = ids(commands.into_iter().map(|id| id.0));
    connection
        .rows(&PLACED, &[Bind::Ids(&commands)])
        .await?
        .iter()
        .map(|row| Ok((ConversationId(row.get(7)?), from_row(row)?)))
        .collect()
}

/// Adds notes.
///
/// # Errors
/// What the database says; a repeated number or command is a unique violation.
pub async fn add(
    connection: &mut Connection,
    notes: &[(ConversationId, &Note)],
) -> Result<(), sqlx::Error> {
    static ADD: Statement = Statement::new(
        "INSERT INTO note (conversation_id, n, after_seq, at, command_id, agent_id, agent_name, body) \
         {columns id int int int id id text text}",
    );
    if notes.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = notes
        .iter()
        .map(|(conversation, note)| {
            [
                Bind::Id(conversation.0),
                Bind::Int(note.n.into()),
                Bind::Int(note.after.into()),
                Bind::Int(note.at.0),
                Bind::Id(note.command.0),
                Bind::Id(note.agent.0),
                Bind::Text(&note.name),
                Bind::Text(&note.text),
            ]
        })
        .collect();
    connection.write(&ADD, &rows).await
}

/// All notes of a conversation after `after`, in order.
///
/// # Errors
/// What the database says.
pub async fn after(
    connection: &mut Connection,
    conversation: ConversationId,
    after: Seq,
) -> Result<Vec<Note>, sqlx::Error> {
    static AFTER: Statement = Statement::new(concat!(
        "SELECT ",
        columns!(),
        " FROM note n WHERE n.conversation_id = $1 AND n.n > $2 ORDER BY n.n"
    ));
    connection
        .rows(&AFTER, &[conversation.0.into(), i64::from(after).into()])
        .await?
        .iter()
        .map(from_row)
        .collect()
}

fn from_row(row: &Row) -> Result<Note, sqlx::Error> {
    Ok(Note {
        n: count(row, 0)?,
        after: count(row, 1)?,
        at: Timestamp(row.get(2)?),
        command: CommandId(row.get(3)?),
        agent: AgentId(row.get(4)?),
        name: row.get(5)?,
        text: row.get(6)?,
    })
}
