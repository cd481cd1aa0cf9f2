//! A connection that a task of the node keeps for itself.

use super::{Connection, Dialect, Store};

/// A connection to PostgreSQL that is kept between uses. What its statements need is parsed,
/// planned and cached by the server once for each connection, which takes longer than the
/// statements themselves; the pool would hand out another one each time, and test it before and
/// after. It belongs to the runtime that first uses it. SQLite has one connection for all who
/// write: it is given back each time.
pub struct Kept {
    store: Store,
    connection: Option<Connection>,
}

impl Kept {
    /// Keeps nothing yet.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            connection: None,
        }
    }

    /// A connection in a new transaction. One that broke while it was kept is replaced.
    ///
    /// # Errors
    /// What the database says, or if no connection can be had in 10 s.
    pub async fn begin(&mut self) -> Result<Connection, sqlx::Error> {
        if let Some(mut kept) = self.connection.take()
            && kept.begin().await.is_ok()
        {
            return Ok(kept);
        }
        let mut connection = match self.store.own().await? {
            Some(own) => own,
            None => self.store.writer().await?,
        };
        connection.begin().await?;
        Ok(connection)
    }

    /// A connection that reads. One that broke while it was kept shows it by its first error.
    ///
    /// # Errors
    /// If no connection can be had in 10 s.
    pub async fn reader(&mut self) -> Result<Connection, sqlx::Error> {
        match self.connection.take() {
            Some(kept) => Ok(kept),
            None => match self.store.own().await? {
                Some(own) => Ok(own),
                None => self.store.reader().await,
            },
        }
    }

    /// Keeps a connection that is fit for the next use: nothing went wrong on it.
    pub fn keep(&mut self, connection: Connection) {
        self.connection = (connection.dialect() == Dialect::Postgres).then_some(connection);
    }

    /// Lets the connection go when the store is closed; never ends otherwise.
    pub async fn until_closed(&mut self) {
        if self.connection.is_none() {
            return std::future::pending().await;
        }
        self.store.closing().await;
        self.connection = None;
    }
}
