//! Files that were uploaded, and on PostgreSQL their content.

use domain::{
    AgentId, ConversationId, FileId, Timestamp,
    file::{FileCard, FileKind},
};
use uuid::Uuid;

use super::{
    conversation::unreadable,
    sql::{Bind, Connection, Dialect, Row, Statement, ids},
};

/// How much content a row has, in bytes.
pub const CHUNK: usize = 256 * 1024;

/// A file with what its messages do not show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uploaded {
    pub card: FileCard,
    pub conversation: ConversationId,
    /// Who uploaded it; none: the conversation's visitor.
    pub agent: Option<AgentId>,
    /// SHA-256 of the content.
    pub hash: [u8; 32],
    /// The content is complete.
    pub ready: bool,
    /// A message has it.
    pub sent: bool,
}

macro_rules! columns {
    () => {
        "id, address, conversation_id, agent_id, name, kind, size, width, height, hash, ready, sent"
    };
}

/// Adds a file without content; returns whether its id was free.
///
/// # Errors
/// What the database says.
pub async fn add(
    connection: &mut Connection,
    file: &Uploaded,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    static ADD: Statement = Statement::new(concat!(
        "INSERT INTO file (",
        columns!(),
        ", uploaded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
         ON CONFLICT (id) DO NOTHING"
    ));
    let card = &file.card;
    let pixels = card.pixels;
    let binds = [
        card.id.0.into(),
        Bind::Text(&card.address),
        file.conversation.0.into(),
        Bind::OptId(file.agent.map(|agent| agent.0)),
        Bind::Text(&card.name),
        word(card.kind).into(),
        i64::from(card.bytes).into(),
        Bind::OptInt(pixels.map(|(width, _)| width.into())),
        Bind::OptInt(pixels.map(|(_, height)| height.into())),
        Bind::Bytes(&file.hash),
        i64::from(file.ready).into(),
        i64::from(file.sent).into(),
        now.0.into(),
    ];
    Ok(connection.execute(&ADD, &binds).await? > 0)
}

/// Lets a file that is not complete come anew, under another address; returns whether it was so.
///
/// # Errors
/// What the database says.
pub async fn begin_anew(
    connection: &mut Connection,
    file: &Uploaded,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    static ANEW: Statement = Statement::new(
        "UPDATE file SET address = $2, name = $3, size = $4, uploaded_at = $5 \
         WHERE id = $1 AND ready = 0 AND sent = 0",
    );
    static CLEAR: Statement = Statement::new("DELETE FROM file_chunk WHERE file_id = $1");
    let card = &file.card;
    let binds = [
        card.id.0.into(),
        Bind::Text(&card.address),
        Bind::Text(&card.name),
        i64::from(card.bytes).into(),
        now.0.into(),
    ];
    if connection.dialect() == Dialect::Sqlite {
        return Ok(connection.execute(&ANEW, &binds).await? > 0);
    }
    connection.begin().await?;
    let anew = connection.execute(&ANEW, &binds).await? > 0;
    connection.execute(&CLEAR, &[card.id.0.into()]).await?;
    connection.commit().await?;
    Ok(anew)
}

/// Adds a piece of the content, to PostgreSQL; returns whether the file still comes under this
/// address. The row's lock keeps whoever begins it anew waiting for this piece.
///
/// # Errors
/// What the database says.
pub async fn add_chunk(
    connection: &mut Connection,
    file: FileId,
    address: &str,
    n: i64,
    bytes: &[u8],
) -> Result<bool, sqlx::Error> {
    static ADD: Statement = Statement::new(
        "INSERT INTO file_chunk (file_id, n, bytes) SELECT id, $3, $4 FROM file \
         WHERE id = $1 AND address = $2 AND ready = 0 FOR SHARE",
    );
    let binds = [file.0.into(), address.into(), n.into(), Bind::Bytes(bytes)];
    Ok(connection.execute(&ADD, &binds).await? > 0)
}

/// A piece of the content, from PostgreSQL; none after the last.
///
/// # Errors
/// What the database says.
pub async fn chunk(
    connection: &mut Connection,
    file: FileId,
    n: i64,
) -> Result<Option<Vec<u8>>, sqlx::Error> {
    static CHUNK: Statement =
        Statement::new("SELECT bytes FROM file_chunk WHERE file_id = $1 AND n = $2");
    let row = connection.row(&CHUNK, &[file.0.into(), n.into()]).await?;
    row.map(|row| row.get(0)).transpose()
}

/// Says that the content of a file is complete, and what it is; returns whether the file still came
/// under this address.
///
/// # Errors
/// What the database says.
pub async fn complete(connection: &mut Connection, file: &Uploaded) -> Result<bool, sqlx::Error> {
    static COMPLETE: Statement = Statement::new(
        "UPDATE file SET ready = 1, kind = $3, width = $4, height = $5, hash = $6 \
         WHERE id = $1 AND address = $2 AND ready = 0",
    );
    let card = &file.card;
    let binds = [
        card.id.0.into(),
        Bind::Text(&card.address),
        word(card.kind).into(),
        Bind::OptInt(card.pixels.map(|(width, _)| width.into())),
        Bind::OptInt(card.pixels.map(|(_, height)| height.into())),
        Bind::Bytes(&file.hash),
    ];
    Ok(connection.execute(&COMPLETE, &binds).await? > 0)
}

/// A file by its id.
///
/// # Errors
/// What the database says.
pub async fn by_id(
    connection: &mut Connection,
    file: FileId,
) -> Result<Option<Uploaded>, sqlx::Error> {
    static BY_ID: Statement =
        Statement::new(concat!("SELECT ", columns!(), " FROM file WHERE id = $1"));
    let row = connection.row(&BY_ID, &[file.0.into()]).await?;
    row.as_ref().map(from_row).transpose()
}

/// A file by its address.
///
/// # Errors
/// What the database says.
pub async fn by_address(
    connection: &mut Connection,
    address: &str,
) -> Result<Option<Uploaded>, sqlx::Error> {
    static BY_ADDRESS: Statement = Statement::new(concat!(
        "SELECT ",
        columns!(),
        " FROM file WHERE address = $1"
    ));
    let row = connection.row(&BY_ADDRESS, &[address.into()]).await?;
    row.as_ref().map(from_row).transpose()
}

/// Files by their ids, locked until the transaction ends.
///
/// # Errors
/// What the database says.
pub async fn lock(
    connection: &mut Connection,
    files: &[FileId],
) -> Result<Vec<Uploaded>, sqlx::Error> {
    static LOCK: Statement = Statement::new(concat!(
        "SELECT ",
        columns!(),
        " FROM file WHERE id IN ({ids $1}) ORDER BY id {for update}"
    ));
    let list = ids(files.iter().map(|file| file.0));
    let rows = connection.rows(&LOCK, &[Bind::Ids(&list)]).await?;
    rows.iter().map(from_row).collect()
}

/// Says that messages have these files.
///
/// # Errors
/// What the database says.
pub async fn sent(connection: &mut Connection, files: &[FileId]) -> Result<(), sqlx::Error> {
    static SENT: Statement = Statement::new("UPDATE file SET sent = 1 WHERE id IN ({ids $1})");
    if files.is_empty() {
        return Ok(());
    }
    let list = ids(files.iter().map(|file| file.0));
    connection
        .execute(&SENT, &[Bind::Ids(&list)])
        .await
        .map(drop)
}

/// How many files of a conversation no message has.
///
/// # Errors
/// What the database says.
pub async fn unsent(
    connection: &mut Connection,
    conversation: ConversationId,
) -> Result<usize, sqlx::Error> {
    static UNSENT: Statement =
        Statement::new("SELECT COUNT(*) FROM file WHERE conversation_id = $1 AND sent = 0");
    match connection.row(&UNSENT, &[conversation.0.into()]).await? {
        Some(row) => Ok(usize::try_from(row.get::<i64>(0)?).unwrap_or_default()),
        None => Ok(0),
    }
}

/// Takes what no message has, and what was uploaded before `before`, out of use, and names it.
///
/// # Errors
/// What the database says.
pub async fn retire(
    connection: &mut Connection,
    before: Timestamp,
) -> Result<Vec<(FileId, String)>, sqlx::Error> {
    static RETIRE: Statement = Statement::new(
        "UPDATE file SET ready = 0 WHERE sent = 0 AND uploaded_at < $1 RETURNING id, address",
    );
    let rows = connection.rows(&RETIRE, &[before.0.into()]).await?;
    rows.iter()
        .map(|row| Ok((FileId(row.get(0)?), row.get(1)?)))
        .collect()
}

/// Removes what was retired, and its content.
///
/// # Errors
/// What the database says.
pub async fn remove(connection: &mut Connection, files: &[FileId]) -> Result<(), sqlx::Error> {
    static REMOVE: Statement =
        Statement::new("DELETE FROM file WHERE id IN ({ids $1}) AND ready = 0 AND sent = 0");
    if files.is_empty() {
        return Ok(());
    }
    let list = ids(files.iter().map(|file| file.0));
    connection
        .execute(&REMOVE, &[Bind::Ids(&list)])
        .await
        .map(drop)
}

const KINDS: [(FileKind, &str); 8] = [
    (FileKind::Png, "png"),
    (FileKind::Jpeg, "jpeg"),
    (FileKind::Gif, "gif"),
    (FileKind::Webp, "webp"),
    (FileKind::Pdf, "pdf"),
    (FileKind::Zip, "zip"),
    (FileKind::Text, "text"),
    (FileKind::Other, "other"),
];

fn word(kind: FileKind) -> &'static str {
    let found = KINDS.into_iter().find(|(known, _)| *known == kind);
    found.map_or("other", |(_, word)| word)
}

fn from_row(row: &Row) -> Result<Uploaded, sqlx::Error> {
    let kind: String = row.get(5)?;
    let kind = KINDS.into_iter().find(|(_, word)| *word == kind);
    let pixels = |column| -> Result<Option<u16>, sqlx::Error> {
        let pixels: Option<i64> = row.get(column)?;
        pixels
            .map(u16::try_from)
            .transpose()
            .map_err(|_| unreadable("pixels"))
    };
    let hash: Vec<u8> = row.get(9)?;
    Ok(Uploaded {
        card: FileCard {
            id: FileId(row.get(0)?),
            address: row.get(1)?,
            name: row.get(4)?,
            kind: kind.ok_or_else(|| unreadable("kind of file"))?.0,
            bytes: u32::try_from(row.get::<i64>(6)?).map_err(|_| unreadable("size"))?,
            pixels: pixels(7)?.zip(pixels(8)?),
        },
        conversation: ConversationId(row.get(2)?),
        agent: row.get::<Option<Uuid>>(3)?.map(AgentId),
        hash: hash.try_into().map_err(|_| unreadable("hash"))?,
        ready: row.get::<i64>(10)? != 0,
        sent: row.get::<i64>(11)? != 0,
    })
}
