-- Ids are UUIDs, times microseconds since 1970 UTC, switches 0 or 1.

CREATE TABLE run (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    started_at BIGINT NOT NULL,
    heartbeat_at BIGINT NOT NULL,
    -- Up to where its events were removed.
    forgotten_n BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE site (
    id UUID PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    settings TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE agent (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    language TEXT,
    chat_limit BIGINT NOT NULL,
    available BIGINT NOT NULL,
    disabled BIGINT NOT NULL,
    password_hash TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX agent_email ON agent (lower(email));

CREATE TABLE session (
    id UUID PRIMARY KEY,
    token_hash BYTEA NOT NULL UNIQUE,
    agent_id UUID NOT NULL REFERENCES agent (id),
    created_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL
);
CREATE INDEX session_agent ON session (agent_id);

CREATE TABLE visitor (
    id UUID PRIMARY KEY,
    site_id UUID NOT NULL REFERENCES site (id),
    token_hash BYTEA NOT NULL UNIQUE,
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
    seen_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Which columns are set depends on the state; the rules are in the product's code.
CREATE TABLE conversation (
    id UUID PRIMARY KEY,
    site_id UUID NOT NULL REFERENCES site (id),
    visitor_id UUID NOT NULL REFERENCES visitor (id),
    state TEXT NOT NULL,
    agent_id UUID REFERENCES agent (id),
    tried_id UUID REFERENCES agent (id),
    round BIGINT,
    state_at BIGINT NOT NULL,
    warned BIGINT NOT NULL,
    end_reason TEXT,
    due_at BIGINT,
    version BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    agent_read BIGINT NOT NULL,
    visitor_read BIGINT NOT NULL,
    agent_unread BIGINT NOT NULL,
    visitor_unread BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    accepted_at BIGINT,
    activity_at BIGINT NOT NULL,
    preview TEXT NOT NULL,
    preview_by_agent BIGINT NOT NULL
);
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
    conversation_id UUID NOT NULL REFERENCES conversation (id),
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    command_id UUID,
    author BIGINT NOT NULL,
    agent_id UUID REFERENCES agent (id),
    body TEXT NOT NULL,
    PRIMARY KEY (conversation_id, seq)
);
CREATE UNIQUE INDEX message_command ON message (command_id) WHERE command_id IS NOT NULL;

-- What commands other than messages were answered, so that a repeated one gets the same answer.
CREATE TABLE command (
    id UUID PRIMARY KEY,
    actor BYTEA NOT NULL,
    answer BYTEA NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX command_at ON command (at);

-- Whose turn it was last, per pool of agents.
CREATE TABLE turn (
    pool UUID PRIMARY KEY,
    agent_id UUID REFERENCES agent (id)
);
INSERT INTO turn (pool) VALUES ('00000000-0000-0000-0000-000000000000');

-- Which agents and visitors are connected to which run of a node; stands under the run's lease.
CREATE TABLE presence (
    subject UUID NOT NULL,
    run BIGINT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    PRIMARY KEY (subject, run)
);

-- What changed, per run in the order of commits, kept for one hour.
CREATE TABLE event (
    run BIGINT NOT NULL,
    n BIGINT NOT NULL,
    at BIGINT NOT NULL,
    payload BYTEA NOT NULL,
    PRIMARY KEY (run, n)
);
CREATE INDEX event_at ON event (at);
