-- Files, saved replies, keys of signed identities; pictures that are no agent's.

-- What was uploaded; the content stands in `file_chunk`. `agent_id`: null for the visitor's.
-- `ready`: the content is complete. `sent`: a message has it; what none has is removed.
CREATE TABLE file (
    id UUID PRIMARY KEY,
    address TEXT NOT NULL UNIQUE,
    conversation_id UUID NOT NULL REFERENCES conversation (id),
    agent_id UUID REFERENCES agent (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    size BIGINT NOT NULL,
    width BIGINT,
    height BIGINT,
    hash BYTEA NOT NULL,
    uploaded_at BIGINT NOT NULL,
    ready BIGINT NOT NULL,
    sent BIGINT NOT NULL
);
CREATE INDEX file_unsent ON file (uploaded_at) WHERE sent = 0;
CREATE INDEX file_unsent_of ON file (conversation_id) WHERE sent = 0;

CREATE TABLE file_chunk (
    file_id UUID NOT NULL REFERENCES file (id) ON DELETE CASCADE,
    n BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (file_id, n)
);
-- What is uploaded is mostly packed already.
ALTER TABLE file_chunk ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- `agent_id`: null for every agent's.
CREATE TABLE saved_reply (
    id UUID PRIMARY KEY,
    agent_id UUID REFERENCES agent (id),
    shortcut TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE UNIQUE INDEX saved_reply_shared ON saved_reply (shortcut) WHERE agent_id IS NULL;
CREATE UNIQUE INDEX saved_reply_own ON saved_reply (agent_id, shortcut) WHERE agent_id IS NOT NULL;

-- With what a site's server signs who its visitors are; sealed with the key of the configuration.
CREATE TABLE site_key (
    id TEXT PRIMARY KEY,
    site_id UUID NOT NULL REFERENCES site (id),
    value BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX site_key_site ON site_key (site_id);

-- Sites have pictures too.
ALTER TABLE photo DROP COLUMN agent_id;
