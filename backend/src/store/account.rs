//! Accounts: companies by the domain of their email addresses.

use std::collections::HashMap;

use domain::{
    AccountId, AgentId, Timestamp,
    account::{Account, EmailDomain},
    text::Field,
};
use serde_json::json;

use super::{
    conversation::unreadable,
    sql::{Bind, Connection, Row, Statement},
};

/// How many accounts one statement writes.
const CHUNK: usize = 1_000;

/// A page of accounts in the order of their domains, after one of them.
///
/// # Errors
/// What the database says.
pub async fn page(
    connection: &mut Connection,
    after: Option<&EmailDomain>,
    limit: i64,
) -> Result<Vec<Account>, sqlx::Error> {
    static PAGE: Statement = Statement::new(
        "SELECT id, name, domain, owner_id FROM account WHERE domain > $1 ORDER BY domain LIMIT $2",
    );
    let after = after.map_or("", EmailDomain::as_str);
    let rows = connection
        .rows(&PAGE, &[after.into(), limit.into()])
        .await?;
    rows.iter().map(from_row).collect()
}

/// How many accounts there are.
///
/// # Errors
/// What the database says.
pub async fn count(connection: &mut Connection) -> Result<i64, sqlx::Error> {
    static COUNT: Statement = Statement::new("SELECT COUNT(*) FROM account");
    connection
        .row(&COUNT, &[])
        .await?
        .map_or(Ok(0), |row| row.get(0))
}

/// The owners of the accounts with these domains.
///
/// # Errors
/// What the database says.
pub async fn owners_of(
    connection: &mut Connection,
    domains: &[EmailDomain],
) -> Result<HashMap<EmailDomain, AgentId>, sqlx::Error> {
    static OWNERS: Statement =
        Statement::new("SELECT domain, owner_id FROM account WHERE domain IN ({rows $1 text})");
    if domains.is_empty() {
        return Ok(HashMap::new());
    }
    let domains: Vec<_> = domains.iter().map(|domain| [domain.as_str()]).collect();
    let domains = json!(domains).to_string();
    let rows = connection.rows(&OWNERS, &[Bind::Text(&domains)]).await?;
    rows.iter()
        .map(|row| Ok((domain_of(row, 0)?, AgentId(row.get(1)?))))
        .collect()
}

/// Adds an account.
///
/// # Errors
/// What the database says; a taken domain is a unique violation.
pub async fn add(
    connection: &mut Connection,
    account: &Account,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static ADD: Statement = Statement::new(
        "INSERT INTO account (id, name, domain, owner_id, created_at) VALUES ($1, $2, $3, $4, $5)",
    );
    let binds = [
        account.id.0.into(),
        Bind::Text(&account.name),
        account.domain.as_str().into(),
        account.owner.0.into(),
        now.0.into(),
    ];
    connection.execute(&ADD, &binds).await.map(drop)
}

/// Adds accounts; one whose domain is known gets the new name and owner and keeps its id. For the
/// caller's transaction.
///
/// # Errors
/// What the database says.
pub async fn put(
    connection: &mut Connection,
    accounts: &[Account],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static PUT: Statement = Statement::new(
        "INSERT INTO account (id, name, domain, owner_id, created_at) {columns id text text id int} \
         ON CONFLICT (domain) DO UPDATE SET name = excluded.name, owner_id = excluded.owner_id",
    );
    for chunk in accounts.chunks(CHUNK) {
        let rows: Vec<_> = chunk
            .iter()
            .map(|account| {
                [
                    Bind::Id(account.id.0),
                    Bind::Text(&account.name),
                    Bind::Text(account.domain.as_str()),
                    Bind::Id(account.owner.0),
                    Bind::Int(now.0),
                ]
            })
            .collect();
        connection.write(&PUT, &rows).await?;
    }
    Ok(())
}

fn from_row(row: &Row) -> Result<Account, sqlx::Error> {
    Ok(Account {
        id: AccountId(row.get(0)?),
        name: Field::try_from(row.get::<String>(1)?).map_err(|_| unreadable("account's name"))?,
        domain: domain_of(row, 2)?,
        owner: AgentId(row.get(3)?),
    })
}

fn domain_of(row: &Row, column: usize) -> Result<EmailDomain, sqlx::Error> {
    EmailDomain::try_from(row.get::<String>(column)?).map_err(|_| unreadable("account's domain"))
}
