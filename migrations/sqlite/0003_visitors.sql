-- Private notes, scores and ratings; what is known of visitors beyond the five fields; what they did.

ALTER TABLE conversation ADD COLUMN last_note INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN score INTEGER;
ALTER TABLE conversation ADD COLUMN rating INTEGER;
-- The history of a visitor: what ended, by when. What began stands in conversation_visitor.
CREATE INDEX conversation_ended_of ON conversation (visitor_id, state_at, id) WHERE state = 'ended' AND accepted_at IS NOT NULL;

-- The fields that what a visitor types no longer changes, one bit each in the panel's order.
ALTER TABLE visitor ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE visitor ADD COLUMN zone TEXT NOT NULL DEFAULT '';
-- What the site says besides: pairs of name and value as JSON.
ALTER TABLE visitor ADD COLUMN attributes TEXT NOT NULL DEFAULT '[]';
-- Who the site's server vouches for: visitors of one identity are one person.
ALTER TABLE visitor ADD COLUMN identity TEXT;
CREATE INDEX visitor_identity ON visitor (identity) WHERE identity IS NOT NULL;

-- What a message that is a file shows, as JSON; its body is the file's name then.
ALTER TABLE message ADD COLUMN file TEXT;

-- Private notes: a sequence of their own in each conversation, never told to a visitor.
CREATE TABLE note (
    conversation_id BLOB NOT NULL REFERENCES conversation (id),
    n INTEGER NOT NULL,
    -- The message that it stands after.
    after_seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    command_id BLOB NOT NULL,
    agent_id BLOB NOT NULL REFERENCES agent (id),
    agent_name TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (conversation_id, n)
) WITHOUT ROWID;
CREATE UNIQUE INDEX note_command ON note (command_id);

-- What visitors did, besides chats, which are in `conversation`; `tie` orders what is of one
-- instant. `page` is the address of a page that was viewed; `what` is JSON.
CREATE TABLE activity (
    visitor_id BLOB NOT NULL REFERENCES visitor (id),
    at INTEGER NOT NULL,
    tie BLOB NOT NULL,
    page TEXT,
    what TEXT NOT NULL,
    PRIMARY KEY (visitor_id, at, tie)
) WITHOUT ROWID;

-- What is told has another form now: whoever was away reads everything again.
UPDATE run SET forgotten_n = COALESCE((SELECT MAX(e.n) FROM event e WHERE e.run = run.id), forgotten_n);
DELETE FROM event;
