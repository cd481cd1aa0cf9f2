-- Schedules, teams, accounts, notifications. `schedule` is a week of hours as JSON; `over` is the
-- switch set by hand, above it; `available` is what both say, until `change_at`.

ALTER TABLE agent ADD COLUMN photo TEXT;
ALTER TABLE agent ADD COLUMN schedule TEXT NOT NULL DEFAULT '{"zone":null,"days":[[],[],[],[],[],[],[]]}';
ALTER TABLE agent ADD COLUMN over BIGINT;
ALTER TABLE agent ADD COLUMN over_until BIGINT;
ALTER TABLE agent ADD COLUMN over_midnight BIGINT NOT NULL DEFAULT 0;
ALTER TABLE agent ADD COLUMN change_at BIGINT;
-- Offers that were missed in a row.
ALTER TABLE agent ADD COLUMN missed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE agent ADD COLUMN sound BIGINT NOT NULL DEFAULT 1;
ALTER TABLE agent ADD COLUMN browser_notifications BIGINT NOT NULL DEFAULT 1;
ALTER TABLE agent ADD COLUMN when_closed BIGINT NOT NULL DEFAULT 0;
CREATE INDEX agent_change ON agent (change_at) WHERE change_at IS NOT NULL;

-- Who is switched on stays so until midnight, as if they had just done it.
UPDATE agent SET over = 1, over_midnight = 1,
    over_until = (EXTRACT(EPOCH FROM date_trunc('day', now() AT TIME ZONE 'UTC') + INTERVAL '1 day')::BIGINT) * 1000000,
    change_at = (EXTRACT(EPOCH FROM date_trunc('day', now() AT TIME ZONE 'UTC') + INTERVAL '1 day')::BIGINT) * 1000000
    WHERE available = 1;

CREATE TABLE photo (
    name TEXT PRIMARY KEY,
    agent_id UUID NOT NULL REFERENCES agent (id),
    kind TEXT NOT NULL,
    bytes BYTEA NOT NULL
);
CREATE INDEX photo_agent ON photo (agent_id);

ALTER TABLE session ADD COLUMN user_agent TEXT NOT NULL DEFAULT '';

ALTER TABLE visitor ADD COLUMN blocked_at BIGINT;

-- pool_id: null while the owner is asked, zero for all agents, else the team.
ALTER TABLE conversation ADD COLUMN pool_id UUID;
ALTER TABLE conversation ADD COLUMN clock_waits BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN away BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN transfer_to UUID REFERENCES agent (id);
ALTER TABLE conversation ADD COLUMN transfer_note TEXT;
ALTER TABLE conversation ADD COLUMN transfer_until BIGINT;
UPDATE conversation SET pool_id = '00000000-0000-0000-0000-000000000000' WHERE state = 'offered';
CREATE INDEX conversation_unanswered ON conversation (activity_at, id) WHERE state = 'unanswered' OR away = 1;
CREATE INDEX conversation_everyone ON conversation (activity_at, id) WHERE state = 'active';
CREATE INDEX conversation_transfer ON conversation (transfer_to) WHERE transfer_to IS NOT NULL;

CREATE TABLE team (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX team_name ON team (lower(name));

-- Chats go round in the order of `place`. A team's turn is the row of its id in `turn`.
CREATE TABLE team_member (
    team_id UUID NOT NULL REFERENCES team (id),
    agent_id UUID NOT NULL REFERENCES agent (id),
    place BIGINT NOT NULL,
    PRIMARY KEY (team_id, agent_id)
);

CREATE TABLE account (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    domain TEXT NOT NULL UNIQUE,
    owner_id UUID NOT NULL REFERENCES agent (id),
    created_at BIGINT NOT NULL
);

-- Browsers that take notifications while the inbox is closed. `id` is a hash of the address;
-- `worked_at` is when the push service last took one.
CREATE TABLE push_subscription (
    id BYTEA PRIMARY KEY,
    agent_id UUID NOT NULL REFERENCES agent (id),
    endpoint TEXT NOT NULL,
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    worked_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX push_subscription_agent ON push_subscription (agent_id);

-- What all nodes share and nobody may read: sealed with the key of the configuration.
CREATE TABLE secret (
    name TEXT PRIMARY KEY,
    value BYTEA NOT NULL
);

-- What people did with a role's power over others: `subject` is a conversation, visitor or agent.
CREATE TABLE audit (
    id UUID PRIMARY KEY,
    at BIGINT NOT NULL,
    agent_id UUID NOT NULL REFERENCES agent (id),
    action TEXT NOT NULL,
    subject UUID NOT NULL
);

-- What is told has another form now: whoever was away reads everything again.
UPDATE run SET forgotten_n = COALESCE((SELECT MAX(e.n) FROM event e WHERE e.run = run.id), forgotten_n);
DELETE FROM event;
