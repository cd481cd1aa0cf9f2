-- Ids are UUIDs, times microseconds since 1970 UTC, switches 0 or 1.

CREATE TABLE run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    started_at INTEGER NOT NULL,
    heartbeat_at INTEGER NOT NULL,
    -- Up to where its events were removed.
    forgotten_n INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE site (
    id BLOB PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    settings TEXT NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE agent (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    language TEXT,
    chat_limit INTEGER NOT NULL,
    available INTEGER NOT NULL,
    disabled INTEGER NOT NULL,
    password_hash TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX agent_email ON agent (lower(email));

CREATE TABLE session (
    id BLOB PRIMARY KEY,
    token_hash BLOB NOT NULL UNIQUE,
    agent_id BLOB NOT NULL REFERENCES agent (id),
    created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX session_agent ON session (agent_id);

CREATE TABLE visitor (
    id BLOB PRIMARY KEY,
    site_id BLOB NOT NULL REFERENCES site (id),
    token_hash BLOB NOT NULL UNIQUE,
    name TEXT,
    job_title TEXT,
    email TEXT,
    phone TEXT,
    crm_status TEXT,
    page_url TEXT NOT NULL,
    page_title TEXT NOT NULL,
    page_referrer TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    language TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Which columns are set depends on the state; the rules are in the product's code.
CREATE TABLE conversation (
    id BLOB PRIMARY KEY,
    site_id BLOB NOT NULL REFERENCES site (id),
    visitor_id BLOB NOT NULL REFERENCES visitor (id),
    state TEXT NOT NULL,
    agent_id BLOB REFERENCES agent (id),
    tried_id BLOB REFERENCES agent (id),
    round INTEGER,
    state_at INTEGER NOT NULL,
    warned INTEGER NOT NULL,
    end_reason TEXT,
    due_at INTEGER,
    version INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    agent_read INTEGER NOT NULL,
    visitor_read INTEGER NOT NULL,
    agent_unread INTEGER NOT NULL,
    visitor_unread INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    accepted_at INTEGER,
    activity_at INTEGER NOT NULL,
    preview TEXT NOT NULL,
    preview_by_agent INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX conversation_visitor ON conversation (visitor_id, created_at);
-- A visitor has at most one open conversation.
CREATE UNIQUE INDEX conversation_open ON conversation (visitor_id) WHERE state <> 'ended';
CREATE INDEX conversation_active ON conversation (agent_id, activity_at, id) WHERE state = 'active';
CREATE INDEX conversation_ended ON conversation (activity_at, id) WHERE state = 'ended' AND accepted_at IS NOT NULL;
CREATE INDEX conversation_offered ON conversation (agent_id) WHERE state = 'offered';
CREATE INDEX conversation_waiting ON conversation (state) WHERE state IN ('offered', 'fallback');
CREATE INDEX conversation_due ON conversation (due_at) WHERE due_at IS NOT NULL;

-- author: 0 visitor, 1 agent, 2 system. A system message has its kind and values as JSON.
CREATE TABLE message (
    conversation_id BLOB NOT NULL REFERENCES conversation (id),
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    command_id BLOB,
    author INTEGER NOT NULL,
    agent_id BLOB REFERENCES agent (id),
    body TEXT NOT NULL,
    PRIMARY KEY (conversation_id, seq)
) WITHOUT ROWID;
CREATE UNIQUE INDEX message_command ON message (command_id) WHERE command_id IS NOT NULL;

-- What commands other than messages were answered, so that a repeated one gets the same answer.
CREATE TABLE command (
    id BLOB PRIMARY KEY,
    actor BLOB NOT NULL,
    answer BLOB NOT NULL,
    at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX command_at ON command (at);

-- Whose turn it was last, per pool of agents.
CREATE TABLE turn (
    pool BLOB PRIMARY KEY,
    agent_id BLOB REFERENCES agent (id)
) WITHOUT ROWID;
INSERT INTO turn (pool) VALUES (zeroblob(16));

-- Which agents and visitors are connected to which run of a node; stands under the run's lease.
CREATE TABLE presence (
    subject BLOB NOT NULL,
    run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    PRIMARY KEY (subject, run)
) WITHOUT ROWID;

-- What changed, per run in the order of commits, kept for one hour.
CREATE TABLE event (
    run INTEGER NOT NULL,
    n INTEGER NOT NULL,
    at INTEGER NOT NULL,
    payload BLOB NOT NULL,
    PRIMARY KEY (run, n)
) WITHOUT ROWID;
CREATE INDEX event_at ON event (at);
