//! Searching with FTS5: lists of entry numbers, which are read from the highest down.

use domain::permission::Viewer;

use super::{Bind, Connection, Entry, Found, Statement, Terms, found, visible, word::join};

/// Beginnings of so many letters have lists of their own in the index.
const LISTED_CHARS: usize = 3;

/// How many words with one beginning are looked for each. With more, FTS5 has to put the whole
/// list together before it tells the newest: only rare words have so many relatives.
const RELATIVES: usize = 128;

/// As [`super::find`].
pub async fn find(
    connection: &mut Connection,
    viewer: Viewer,
    terms: &Terms,
    before: i64,
    limit: usize,
) -> Result<Vec<Found>, sqlx::Error> {
    static FIND: Statement = Statement::new(concat!(
        "SELECT e.id, e.conversation_id, e.seq FROM search_text t \
         CROSS JOIN search_entry e ON e.id = t.rowid CROSS JOIN conversation c ON c.id = e.conversation_id \
         WHERE t.search_text MATCH $3 AND t.rowid < $4 AND ",
        visible!(),
        " ORDER BY t.rowid DESC LIMIT $5"
    ));
    let Some(question) = question(connection, terms).await? else {
        return Ok(Vec::new());
    };
    let binds = [
        viewer.agent.0.into(),
        i64::from(viewer.sees_everyone()).into(),
        Bind::Text(&question),
        before.into(),
        i64::try_from(limit).unwrap_or(i64::MAX).into(),
    ];
    found(&connection.rows(&FIND, &binds).await?)
}

/// What FTS5 is asked; none: no word begins so. The words hold letters and digits alone, so that
/// nothing in them is an operator.
async fn question(
    connection: &mut Connection,
    terms: &Terms,
) -> Result<Option<String>, sqlx::Error> {
    static RELATED: Statement = Statement::new(
        "SELECT word FROM search_word WHERE word >= $1 AND word < $2 ORDER BY word LIMIT $3",
    );
    let beginning = &terms.beginning;
    let mut last = format!("\"{beginning}\" *");
    if beginning.chars().count() > LISTED_CHARS {
        let end = format!("{beginning}{}", char::MAX);
        let limit = i64::try_from(RELATIVES + 1).unwrap_or(i64::MAX);
        let binds = [Bind::Text(beginning), Bind::Text(&end), limit.into()];
        let words: Vec<String> = connection
            .rows(&RELATED, &binds)
            .await?
            .iter()
            .map(|row| row.get(0))
            .collect::<Result<_, _>>()?;
        if words.is_empty() {
            return Ok(None);
        }
        if words.len() <= RELATIVES {
            last = format!("({})", join(&words, '"', " OR "));
        }
    }
    let mut all = join(&terms.whole, '"', " AND ");
    if !all.is_empty() {
        all.push_str(" AND ");
    }
    Ok(Some(all + &last))
}

/// As [`super::add`].
pub async fn add(connection: &mut Connection, entries: &[Entry]) -> Result<(), sqlx::Error> {
    static LAST: Statement = Statement::new("SELECT COALESCE(MAX(id), 0) FROM search_entry");
    static ENTRIES: Statement =
        Statement::new("INSERT INTO search_entry (id, conversation_id, seq) {columns int id int}");
    static TEXTS: Statement =
        Statement::new("INSERT INTO search_text (rowid, words) {columns int text}");
    // There is one writer: nobody gives out the same numbers.
    let last: i64 = match connection.row(&LAST, &[]).await? {
        Some(row) => row.get(0)?,
        None => 0,
    };
    let rows: Vec<_> = (last + 1..)
        .zip(entries)
        .map(|(id, entry)| {
            [
                Bind::Int(id),
                Bind::Id(entry.conversation.0),
                Bind::Int(entry.seq.into()),
            ]
        })
        .collect();
    connection.write(&ENTRIES, &rows).await?;
    let rows: Vec<_> = (last + 1..)
        .zip(entries)
        .map(|(id, entry)| [Bind::Int(id), Bind::Text(&entry.words)])
        .collect();
    connection.write(&TEXTS, &rows).await?;
    know(connection, entries.iter().map(|entry| entry.words.as_str())).await
}

/// As [`super::rename`]. The words are added to those that the entries had: the index cannot
/// forget, and whoever searches looks at the name itself.
pub async fn rename(
    connection: &mut Connection,
    visitors: &[[Bind<'_>; 2]],
) -> Result<(), sqlx::Error> {
    static RENAME: Statement = Statement::new(
        "WITH renamed (visitor_id, words) AS ({columns id text}) \
         INSERT INTO search_text (rowid, words) SELECT e.id, r.words FROM renamed r \
         JOIN conversation c ON c.visitor_id = r.visitor_id \
         JOIN search_entry e ON e.conversation_id = c.id AND e.seq = 0 ORDER BY e.id",
    );
    connection.write(&RENAME, visitors).await?;
    let lines = visitors.iter().filter_map(|visitor| match visitor {
        [_, Bind::Text(words)] => Some(*words),
        _ => None,
    });
    know(connection, lines).await
}

/// Adds words to those that there are.
async fn know<'a>(
    connection: &mut Connection,
    lines: impl Iterator<Item = &'a str>,
) -> Result<(), sqlx::Error> {
    static KNOW: Statement =
        Statement::new("INSERT INTO search_word (word) {columns text} ON CONFLICT DO NOTHING");
    let mut words: Vec<&str> = lines.flat_map(str::split_ascii_whitespace).collect();
    words.sort_unstable();
    words.dedup();
    let rows: Vec<_> = words.into_iter().map(|word| [Bind::Text(word)]).collect();
    if rows.is_empty() {
        return Ok(());
    }
    connection.write(&KNOW, &rows).await
}
