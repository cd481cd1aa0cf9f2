//! The accounts that agents have connected, and the calendars in them.

pub mod consent;
pub mod event;
pub mod feed;
pub mod notice;

use domain::{
    AgentId, Timestamp,
    calendar::{CalendarKind, CalendarState, ListedCalendar},
};

use super::sql::{Bind, Connection, Row, Statement};

/// An account as it is stored.
#[derive(Clone, Debug)]
pub struct Account {
    pub agent: AgentId,
    pub kind: CalendarKind,
    /// Where it is: of CalDAV the address that was typed, of others nothing.
    pub address: String,
    pub user: String,
    /// Sealed.
    pub secret: Vec<u8>,
    pub state: CalendarState,
    pub read_at: Option<Timestamp>,
    /// How often in a row it did not answer.
    pub failures: i64,
    /// When it is to be read next.
    pub due_at: Timestamp,
    /// Whether invitations that the agent has not answered make busy.
    pub unanswered: bool,
    /// Under which the agent is invited there; none: not asked yet.
    pub addresses: Option<Vec<String>>,
    /// It was connected before only some ports could be.
    pub any_port: bool,
}

fn account(row: &Row) -> Result<Account, sqlx::Error> {
    let kind: String = row.get(1)?;
    let state: String = row.get(5)?;
    let unreachable: Option<i64> = row.get(6)?;
    Ok(Account {
        agent: AgentId(row.get(0)?),
        kind: CalendarKind::from_word(&kind)
            .ok_or_else(|| sqlx::Error::Decode(format!("no kind of calendar: {kind}").into()))?,
        address: row.get(2)?,
        user: row.get(3)?,
        secret: row.get(4)?,
        state: match (state.as_str(), unreachable) {
            ("ok", None) => CalendarState::Works,
            ("ok", Some(since)) => CalendarState::Unreachable {
                since: Timestamp(since),
            },
            _ => CalendarState::Refused,
        },
        read_at: row.get::<Option<i64>>(7)?.map(Timestamp),
        failures: row.get(8)?,
        due_at: Timestamp(row.get(9)?),
        unanswered: row.get::<i64>(10)? == 1,
        addresses: row
            .get::<Option<String>>(11)?
            .map(|all| all.lines().map(str::to_owned).collect()),
        any_port: row.get::<i64>(12)? == 1,
    })
}

/// Connects an account, or the same one with another secret: what is waiting to be written is
/// written then.
///
/// # Errors
/// What the database says.
pub async fn put(connection: &mut Connection, account: &Account) -> Result<(), sqlx::Error> {
    static PUT: Statement = Statement::new(
        "INSERT INTO calendar_account (agent_id, kind, address, user_name, secret, state, due_at) \
         VALUES ($1, $2, $3, $4, $5, 'ok', $6) ON CONFLICT (agent_id) DO UPDATE SET \
         kind = excluded.kind, address = excluded.address, user_name = excluded.user_name, \
         secret = excluded.secret, state = 'ok', due_at = excluded.due_at, unreachable_at = NULL, \
         claimed_until = 0, failures = 0, addresses = NULL",
    );
    static WRITES: Statement = Statement::new(
        "UPDATE calendar_event SET due_at = $2, attempts = 0, fault = NULL WHERE agent_id = $1 AND due_at IS NOT NULL",
    );
    let binds = [
        account.agent.0.into(),
        account.kind.as_str().into(),
        account.address.as_str().into(),
        account.user.as_str().into(),
        Bind::Bytes(&account.secret),
        account.due_at.0.into(),
    ];
    connection.execute(&PUT, &binds).await?;
    let binds = [account.agent.0.into(), account.due_at.0.into()];
    connection.execute(&WRITES, &binds).await.map(drop)
}

/// An agent's account.
///
/// # Errors
/// What the database says.
pub async fn of(
    connection: &mut Connection,
    agent: AgentId,
) -> Result<Option<Account>, sqlx::Error> {
    static OF: Statement = Statement::new(
        "SELECT agent_id, kind, address, user_name, secret, state, unreachable_at, read_at, failures, due_at, \
         unanswered, addresses, any_port FROM calendar_account WHERE agent_id = $1",
    );
    let found = connection.row(&OF, &[agent.0.into()]).await?;
    found.as_ref().map(account).transpose()
}

/// Forgets an account with everything that was read of it. What was written there stays there.
///
/// # Errors
/// What the database says.
pub async fn remove(connection: &mut Connection, agent: AgentId) -> Result<(), sqlx::Error> {
    static REMOVE: [Statement; 3] = [
        Statement::new("DELETE FROM busy WHERE agent_id = $1"),
        Statement::new("DELETE FROM calendar_event WHERE agent_id = $1"),
        Statement::new("DELETE FROM calendar_account WHERE agent_id = $1"),
    ];
    for statement in &REMOVE {
        connection.execute(statement, &[agent.0.into()]).await?;
    }
    Ok(())
}

/// Accounts that are to be read, longest due first.
///
/// # Errors
/// What the database says.
pub async fn due(
    connection: &mut Connection,
    now: Timestamp,
    most: i64,
) -> Result<Vec<AgentId>, sqlx::Error> {
    static DUE: Statement = Statement::new(
        "SELECT c.agent_id FROM calendar_account c JOIN agent a ON a.id = c.agent_id \
         WHERE c.state = 'ok' AND c.due_at <= $1 AND c.claimed_until <= $1 AND a.disabled = 0 \
         ORDER BY c.due_at LIMIT $2",
    );
    let rows = connection.rows(&DUE, &[now.0.into(), most.into()]).await?;
    rows.iter().map(|row| Ok(AgentId(row.get(0)?))).collect()
}

/// Takes an account, so that one node at a time works on it. Whether it was to be had.
///
/// # Errors
/// What the database says.
pub async fn claim(
    connection: &mut Connection,
    agent: AgentId,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool, sqlx::Error> {
    static CLAIM: Statement = Statement::new(
        "UPDATE calendar_account SET claimed_until = $3 WHERE agent_id = $1 AND claimed_until <= $2 AND state = 'ok'",
    );
    let binds = [agent.0.into(), now.0.into(), until.0.into()];
    Ok(connection.execute(&CLAIM, &binds).await? == 1)
}

/// Whether an account is still held by who took it until `claim`: it has not been connected anew or
/// removed since. Locks it, in the caller's transaction.
///
/// # Errors
/// What the database says.
pub async fn held(
    connection: &mut Connection,
    agent: AgentId,
    claim: Timestamp,
) -> Result<bool, sqlx::Error> {
    static HELD: Statement = Statement::new(
        "SELECT 1 FROM calendar_account WHERE agent_id = $1 AND claimed_until = $2 {for update}",
    );
    let binds = [agent.0.into(), claim.0.into()];
    Ok(connection.row(&HELD, &binds).await?.is_some())
}

/// Keeps what became of an account, and gives it back; also when it is to be read next, unless that
/// is no longer `before`: somebody wants it sooner.
///
/// # Errors
/// What the database says.
pub async fn note(
    connection: &mut Connection,
    account: &Account,
    before: Timestamp,
) -> Result<(), sqlx::Error> {
    static NOTE: Statement = Statement::new(
        "UPDATE calendar_account SET state = $2, unreachable_at = $3, read_at = $4, \
         due_at = CASE WHEN due_at = $8 THEN $5 ELSE due_at END, failures = $6, \
         secret = $7, addresses = $9, claimed_until = 0 WHERE agent_id = $1",
    );
    let (state, unreachable) = match account.state {
        CalendarState::Works => ("ok", None),
        CalendarState::Unreachable { since } => ("ok", Some(since.0)),
        CalendarState::Refused => ("refused", None),
    };
    let addresses = account.addresses.as_ref().map(|all| all.join("\n"));
    let binds = [
        account.agent.0.into(),
        state.into(),
        Bind::OptInt(unreachable),
        Bind::OptInt(account.read_at.map(|at| at.0)),
        account.due_at.0.into(),
        account.failures.into(),
        Bind::Bytes(&account.secret),
        before.0.into(),
        Bind::OptText(addresses.as_deref()),
    ];
    connection.execute(&NOTE, &binds).await.map(drop)
}

/// Marks no calendar as the one that meetings are written to, while the account is held.
///
/// # Errors
/// What the database says.
pub async fn write_nowhere(
    connection: &mut Connection,
    agent: AgentId,
    claim: Timestamp,
) -> Result<(), sqlx::Error> {
    static NOWHERE: Statement = Statement::new(
        "UPDATE calendar SET written = 0 WHERE agent_id = $1 AND EXISTS \
         (SELECT 1 FROM calendar_account WHERE agent_id = $1 AND claimed_until = $2)",
    );
    let binds = [agent.0.into(), claim.0.into()];
    connection.execute(&NOWHERE, &binds).await.map(drop)
}

/// Wants an account read now.
///
/// # Errors
/// What the database says.
pub async fn hasten(
    connection: &mut Connection,
    agent: AgentId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static HASTEN: Statement = Statement::new(
        "UPDATE calendar_account SET due_at = $2 WHERE agent_id = $1 AND due_at > $2",
    );
    let binds = [agent.0.into(), now.0.into()];
    connection.execute(&HASTEN, &binds).await.map(drop)
}

/// Says whether invitations that an agent has not answered make busy.
///
/// # Errors
/// What the database says.
pub async fn set_unanswered(
    connection: &mut Connection,
    agent: AgentId,
    unanswered: bool,
) -> Result<(), sqlx::Error> {
    static SET: Statement =
        Statement::new("UPDATE calendar_account SET unanswered = $2 WHERE agent_id = $1");
    let binds = [agent.0.into(), i64::from(unanswered).into()];
    connection.execute(&SET, &binds).await.map(drop)
}

/// An account's calendars, by name.
///
/// # Errors
/// What the database says.
pub async fn calendars(
    connection: &mut Connection,
    agent: AgentId,
) -> Result<Vec<ListedCalendar>, sqlx::Error> {
    static CALENDARS: Statement = Statement::new(
        "SELECT address, name, writable, busy, written FROM calendar WHERE agent_id = $1 \
         ORDER BY name, address",
    );
    let rows = connection.rows(&CALENDARS, &[agent.0.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(ListedCalendar {
                address: row.get(0)?,
                name: row.get(1)?,
                writable: row.get::<i64>(2)? == 1,
                busy: row.get::<i64>(3)? == 1,
                written: row.get::<i64>(4)? == 1,
            })
        })
        .collect()
}

/// Replaces an account's calendars, in the caller's transaction.
///
/// # Errors
/// What the database says.
pub async fn put_calendars(
    connection: &mut Connection,
    agent: AgentId,
    calendars: &[ListedCalendar],
) -> Result<(), sqlx::Error> {
    static CLEAR: Statement = Statement::new("DELETE FROM calendar WHERE agent_id = $1");
    static ADD: Statement = Statement::new(
        "INSERT INTO calendar (agent_id, address, name, writable, busy, written) \
         {columns id text text int int int}",
    );
    connection.execute(&CLEAR, &[agent.0.into()]).await?;
    let rows: Vec<[Bind<'_>; 6]> = calendars
        .iter()
        .map(|calendar| {
            [
                agent.0.into(),
                calendar.address.as_str().into(),
                calendar.name.as_str().into(),
                i64::from(calendar.writable).into(),
                i64::from(calendar.busy).into(),
                i64::from(calendar.written).into(),
            ]
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    connection.write(&ADD, &rows).await
}
