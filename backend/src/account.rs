//! Accounts, as administrators set them.

mod import;

use domain::{
    AccountId, AgentId, Refusal,
    account::{Account, EmailDomain},
    text::Field,
};

pub use import::{Imported, LineError};

use crate::{
    Casella, Error,
    administration::taken,
    random,
    store::{self, account},
};

impl Casella {
    /// A page of accounts in the order of their domains, after one of them.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn accounts(
        &self,
        after: Option<&EmailDomain>,
        limit: u16,
    ) -> Result<Vec<Account>, Error> {
        let mut connection = self.store.reader().await?;
        Ok(account::page(&mut connection, after, limit.into()).await?)
    }

    /// Adds an account.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown owner; [`Refusal::NotNow`] if the domain has an account.
    pub async fn add_account(
        &self,
        name: Field,
        domain: EmailDomain,
        owner: AgentId,
    ) -> Result<Account, Error> {
        let now = self.clock.now();
        let added = Account {
            id: AccountId::new(now, random()),
            name,
            domain,
            owner,
        };
        let mut connection = self.store.writer().await?;
        store::agent::by_id(&mut connection, owner)
            .await?
            .ok_or(Refusal::NotFound)?;
        account::add(&mut connection, &added, now)
            .await
            .map_err(taken)?;
        Ok(added)
    }

    /// Adds the accounts of a CSV file (RFC 4180, in UTF-8 or marked UTF-16, with commas, semicolons or
    /// tabs, or what a first line `sep=` says): a line that names
    /// the columns `name`, `domain` and `owner` (the owner's email), then a line an account. An
    /// account whose domain is known gets the new name and owner. If any line is wrong, nothing
    /// is imported, and all wrong lines are told.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn import_accounts(
        &self,
        csv: &[u8],
    ) -> Result<Result<Imported, Vec<LineError>>, Error> {
        let agents = self.agents().await?;
        let now = self.clock.now();
        let accounts = match import::read(csv, &agents) {
            Ok(lines) => lines,
            Err(errors) => return Ok(Err(errors)),
        };
        let accounts: Vec<Account> = accounts
            .into_iter()
            .map(|line| Account {
                id: AccountId::new(now, random()),
                name: line.name,
                domain: line.domain,
                owner: line.owner,
            })
            .collect();
        let mut connection = self.store.writer().await?;
        connection.begin().await?;
        let before = account::count(&mut connection).await?;
        account::put(&mut connection, &accounts, now).await?;
        let after = account::count(&mut connection).await?;
        connection.commit().await?;
        let added = usize::try_from(after.saturating_sub(before)).unwrap_or(0);
        Ok(Ok(Imported {
            added,
            changed: accounts.len().saturating_sub(added),
        }))
    }
}
