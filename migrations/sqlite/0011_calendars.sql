-- Calendars that agents have elsewhere: what is read from them, and what is to be written there.

-- One account an agent. `secret` is sealed: a password, or the tokens of OAuth. `state`: 'ok', or
-- 'refused' until the agent connects anew. `unreachable_at`: since when it does not answer.
-- `claimed_until`: a node works on it.
CREATE TABLE calendar_account (
    agent_id BLOB PRIMARY KEY REFERENCES agent (id),
    kind TEXT NOT NULL,
    address TEXT NOT NULL,
    user_name TEXT NOT NULL,
    secret BLOB NOT NULL,
    state TEXT NOT NULL,
    unreachable_at INTEGER,
    read_at INTEGER,
    due_at INTEGER NOT NULL,
    claimed_until INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX calendar_account_due ON calendar_account (due_at) WHERE state = 'ok';

-- The account's calendars. `busy`: its events make the agent busy; `written`: meetings are written
-- to it, at most one of an agent's.
CREATE TABLE calendar (
    agent_id BLOB NOT NULL REFERENCES calendar_account (agent_id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    writable INTEGER NOT NULL,
    busy INTEGER NOT NULL,
    written INTEGER NOT NULL,
    PRIMARY KEY (agent_id, address)
) WITHOUT ROWID;
CREATE UNIQUE INDEX calendar_written ON calendar (agent_id) WHERE written = 1;

-- When agents are busy, by the last reading that succeeded; stretches that touch are one.
CREATE TABLE busy (
    agent_id BLOB NOT NULL REFERENCES agent (id),
    start_at INTEGER NOT NULL,
    end_at INTEGER NOT NULL,
    PRIMARY KEY (agent_id, start_at)
) WITHOUT ROWID;

-- Meetings in agents' calendars, wanted and as they were last written. `wanted`: the event as JSON;
-- null: none. `calendar`, `item`, `tag`: where it stands, and the mark of its version there.
-- `due_at`: when it is written next; null: it is as wanted.
CREATE TABLE calendar_event (
    agent_id BLOB NOT NULL REFERENCES agent (id),
    meeting_id BLOB NOT NULL,
    wanted TEXT,
    revision INTEGER NOT NULL,
    calendar TEXT,
    item TEXT,
    tag TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER,
    PRIMARY KEY (agent_id, meeting_id)
) WITHOUT ROWID;
CREATE INDEX calendar_event_due ON calendar_event (due_at) WHERE due_at IS NOT NULL;

-- A consent that an agent was sent to give; `secret` is sealed.
CREATE TABLE calendar_consent (
    agent_id BLOB PRIMARY KEY REFERENCES agent (id),
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    secret BLOB NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Private feeds of agents' meetings; who has the address may read.
CREATE TABLE calendar_feed (
    agent_id BLOB PRIMARY KEY REFERENCES agent (id),
    address TEXT NOT NULL UNIQUE
) WITHOUT ROWID;
