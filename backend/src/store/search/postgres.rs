//! Searching with `tsvector` and GIN.
//!
//! GIN knows no order, so that the newest of two million hits would be found by sorting them all.
//! Hence stretches, from the newest entries back: a short one is read as it is, longer ones are
//! asked of the index with the word that names the stretch, each eight times as long as the one
//! before. Frequent words end in the first, rare ones cost a few cheap questions.

use domain::permission::Viewer;

use super::{Bind, Connection, Entry, Found, Statement, Terms, found, visible, word::join};

/// How far back entries are read without the index.
const READ: [i64; 2] = [1_024, 8_192];

/// The stretches that words name: how many bits of an entry's number lie within one. As in [`words!`].
const STRETCHES: [(char, u32); 3] = [('a', 16), ('b', 19), ('c', 22)];

/// The words of an entry with those that name its stretches.
macro_rules! words {
    ($words:literal, $id:literal) => {
        concat!(
            "(",
            $words,
            " || ' _a' || (",
            $id,
            " >> 16) || ' _b' || (",
            $id,
            " >> 19) || ' _c' || (",
            $id,
            " >> 22))::tsvector"
        )
    };
}

/// The entries of a subquery `e` that the agent may see. `OFFSET 0` keeps the planner from turning
/// the query round: it guesses badly how often a word occurs.
macro_rules! seen {
    ($entries:literal) => {
        concat!(
            "SELECT e.id, e.conversation_id, e.seq FROM (", $entries, " OFFSET 0) e \
             CROSS JOIN LATERAL (SELECT 1 FROM conversation c WHERE c.id = e.conversation_id AND ",
            visible!(),
            " OFFSET 0) c WHERE e.words @@ $3::tsquery ORDER BY e.id DESC LIMIT $4"
        )
    };
}

/// The way back through the entries.
struct Way<'a> {
    connection: &'a mut Connection,
    viewer: Viewer,
    question: String,
    limit: usize,
    found: Vec<Found>,
    /// All from here on have been looked at.
    upper: i64,
}

/// As [`super::find`].
pub async fn find(
    connection: &mut Connection,
    viewer: Viewer,
    terms: &Terms,
    before: i64,
    limit: usize,
) -> Result<Vec<Found>, sqlx::Error> {
    static LAST: Statement = Statement::new("SELECT COALESCE(MAX(id), 0) FROM search_entry");
    let last: i64 = match connection.row(&LAST, &[]).await? {
        Some(row) => row.get(0)?,
        None => 0,
    };
    // The words hold letters and digits alone, so that nothing in them is an operator.
    let mut question = join(&terms.whole, '\'', " & ");
    if !question.is_empty() {
        question.push_str(" & ");
    }
    question.push_str(&format!("'{}':*", terms.beginning));
    let mut way = Way {
        connection,
        viewer,
        question,
        limit,
        found: Vec::new(),
        upper: before.min(last.saturating_add(1)),
    };
    way.go().await?;
    Ok(way.found)
}

impl Way<'_> {
    async fn go(&mut self) -> Result<(), sqlx::Error> {
        static READ_ALL: Statement = Statement::new(seen!(
            "SELECT id, conversation_id, seq, words FROM search_entry \
             WHERE id >= $5 AND id < $6 ORDER BY id DESC"
        ));
        // `+ 0` keeps the primary key out of it.
        static ASK: Statement = Statement::new(seen!(
            "SELECT id, conversation_id, seq, words FROM search_entry \
             WHERE words @@ $3::tsquery AND words @@ $7::tsquery AND id + 0 >= $5 AND id + 0 < $6"
        ));
        static ASK_ALL: Statement = Statement::new(seen!(
            "SELECT id, conversation_id, seq, words FROM search_entry \
             WHERE words @@ $3::tsquery AND id + 0 >= $5 AND id + 0 < $6"
        ));
        let start = self.upper;
        for length in READ {
            self.look(&READ_ALL, start.saturating_sub(length), None)
                .await?;
        }
        for (name, bits) in STRETCHES {
            let from = self.upper;
            // Two, since the first may begin just here.
            while !self.is_done() && from - self.upper < 1 << bits {
                let stretch = (self.upper - 1) >> bits;
                let word = format!("'_{name}{stretch}'");
                self.look(&ASK, stretch << bits, Some(&word)).await?;
            }
        }
        self.look(&ASK_ALL, 0, None).await
    }

    fn is_done(&self) -> bool {
        self.found.len() >= self.limit || self.upper <= 1
    }

    /// Looks at the entries from `lower` on.
    async fn look(
        &mut self,
        statement: &'static Statement,
        lower: i64,
        stretch: Option<&str>,
    ) -> Result<(), sqlx::Error> {
        if self.is_done() {
            return Ok(());
        }
        let lower = lower.max(0);
        let limit = self.limit.saturating_sub(self.found.len());
        let mut binds = vec![
            self.viewer.agent.0.into(),
            i64::from(self.viewer.sees_everyone()).into(),
            Bind::Text(&self.question),
            i64::try_from(limit).unwrap_or(i64::MAX).into(),
            lower.into(),
            self.upper.into(),
        ];
        binds.extend(stretch.map(Bind::Text));
        let rows = self.connection.rows(statement, &binds).await?;
        self.found.extend(found(&rows)?);
        self.upper = lower;
        Ok(())
    }
}

/// As [`super::add`].
pub async fn add(connection: &mut Connection, entries: &[Entry]) -> Result<(), sqlx::Error> {
    static ADD: Statement = Statement::new(concat!(
        "WITH new (conversation_id, seq, words) AS ({columns id int text}) \
         INSERT INTO search_entry (id, conversation_id, seq, words) \
         SELECT n.id, n.conversation_id, n.seq, ",
        words!("n.words", "n.id"),
        " FROM (SELECT nextval('search_entry_id') AS id, conversation_id, seq, words FROM new) n"
    ));
    let rows: Vec<_> = entries
        .iter()
        .map(|entry| {
            [
                Bind::Id(entry.conversation.0),
                Bind::Int(entry.seq.into()),
                Bind::Text(&entry.words),
            ]
        })
        .collect();
    connection.write(&ADD, &rows).await
}

/// As [`super::rename`].
pub async fn rename(
    connection: &mut Connection,
    visitors: &[[Bind<'_>; 2]],
) -> Result<(), sqlx::Error> {
    static RENAME: Statement = Statement::new(concat!(
        "WITH renamed (visitor_id, words) AS ({columns id text}) \
         UPDATE search_entry e SET words = ",
        words!("r.words", "e.id"),
        " FROM renamed r JOIN conversation c ON c.visitor_id = r.visitor_id \
         WHERE e.conversation_id = c.id AND e.seq = 0"
    ));
    connection.write(&RENAME, visitors).await
}

/// Moves new entries from the index's waiting list to their places, before a search has to read a
/// long one or a commit has to do it.
///
/// # Errors
/// What the database says.
pub async fn settle(connection: &mut Connection) -> Result<(), sqlx::Error> {
    static SETTLE: Statement =
        Statement::new("SELECT gin_clean_pending_list('search_entry_words')");
    connection.rows(&SETTLE, &[]).await.map(drop)
}

/// Makes the index, once all that there was has its entries.
///
/// # Errors
/// What the database says.
pub async fn index(connection: &mut Connection) -> Result<(), sqlx::Error> {
    static MEMORY: Statement = Statement::new("SET LOCAL maintenance_work_mem = '512MB'");
    static INDEX: Statement = Statement::new(
        "CREATE INDEX IF NOT EXISTS search_entry_words ON search_entry USING gin (words)",
    );
    connection.execute(&MEMORY, &[]).await?;
    connection.execute(&INDEX, &[]).await.map(drop)
}
