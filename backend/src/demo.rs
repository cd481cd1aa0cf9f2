//! Whose a database is: the demo, whose people have a password that everybody knows, fills only what
//! it made itself.

use crate::{
    Casella, Error, StartError,
    store::{
        Store,
        mark::{self, DEMO},
        sql::{Connection, Statement},
    },
};

/// Who and what a demo has, so that a database is known that an older one made, which left no mark.
#[derive(Clone, Copy, Debug)]
pub struct DemoCast<'a> {
    pub site: &'a str,
    pub emails: &'a [&'a str],
}

impl Casella {
    /// Whether the demo may fill a database: nothing is in it, or the demo made it, and nobody else
    /// has added anybody. Changes nothing in it.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn is_for_demo(database_url: &str, cast: DemoCast<'_>) -> Result<bool, StartError> {
        let store = Store::open(database_url).await?;
        let mut connection = store.reader().await.map_err(StartError::Open)?;
        let is = is_for(&mut connection, cast).await;
        drop(connection);
        store.close().await;
        Ok(is)
    }

    /// Remembers that the demo made this database.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn mark_as_demo(&self) -> Result<(), Error> {
        let mut connection = self.store.writer().await?;
        Ok(mark::add(&mut connection, DEMO).await?)
    }

    /// Whether the demo made this database.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn is_demo(&self) -> Result<bool, Error> {
        let mut connection = self.store.reader().await?;
        Ok(mark::is(&mut connection, DEMO).await?)
    }
}

async fn is_for(connection: &mut Connection, cast: DemoCast<'_>) -> bool {
    static AGENTS: Statement = Statement::new("SELECT email FROM agent");
    static SITES: Statement = Statement::new("SELECT key FROM site");
    static TEAMS: Statement = Statement::new("SELECT name FROM team");
    if mark::is(connection, DEMO).await.unwrap_or(false) {
        return true;
    }
    let agents = texts(connection, &AGENTS).await;
    let sites = texts(connection, &SITES).await;
    if agents.is_empty() && sites.is_empty() {
        return texts(connection, &TEAMS).await.is_empty();
    }
    let known = |email: &String| cast.emails.contains(&email.as_str());
    sites == [cast.site] && agents.len() == cast.emails.len() && agents.iter().all(known)
}

/// The texts of one column; none from a table that is not there yet.
async fn texts(connection: &mut Connection, statement: &'static Statement) -> Vec<String> {
    let rows = connection.rows(statement, &[]).await.unwrap_or_default();
    rows.iter().filter_map(|row| row.get(0).ok()).collect()
}
