-- Files, saved replies, keys of signed identities; pictures that are no agent's.

-- What was uploaded; the content lies on the disk under the address. `agent_id`: null for the
-- visitor's. `ready`: the content is complete. `sent`: a message has it; what none has is removed.
CREATE TABLE file (
    id BLOB PRIMARY KEY,
    address TEXT NOT NULL UNIQUE,
    conversation_id BLOB NOT NULL REFERENCES conversation (id),
    agent_id BLOB REFERENCES agent (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    size INTEGER NOT NULL,
    width INTEGER,
    height INTEGER,
    hash BLOB NOT NULL,
    uploaded_at INTEGER NOT NULL,
    ready INTEGER NOT NULL,
    sent INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX file_unsent ON file (uploaded_at) WHERE sent = 0;
CREATE INDEX file_unsent_of ON file (conversation_id) WHERE sent = 0;

-- `agent_id`: null for every agent's.
CREATE TABLE saved_reply (
    id BLOB PRIMARY KEY,
    agent_id BLOB REFERENCES agent (id),
    shortcut TEXT NOT NULL,
    body TEXT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX saved_reply_shared ON saved_reply (shortcut) WHERE agent_id IS NULL;
CREATE UNIQUE INDEX saved_reply_own ON saved_reply (agent_id, shortcut) WHERE agent_id IS NOT NULL;

-- With what a site's server signs who its visitors are; sealed with the key of the configuration.
CREATE TABLE site_key (
    id TEXT PRIMARY KEY,
    site_id BLOB NOT NULL REFERENCES site (id),
    value BLOB NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX site_key_site ON site_key (site_id);

-- Sites have pictures too.
CREATE TABLE picture (
    name TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    bytes BLOB NOT NULL
) WITHOUT ROWID;
INSERT INTO picture SELECT name, kind, bytes FROM photo;
DROP TABLE photo;
ALTER TABLE picture RENAME TO photo;
