-- Meeting hours, booking cards, meetings.

-- An agent's meeting hours as JSON; `open` is 0 while there are none in it. Whoever books, moves or
-- gives away a meeting of the agent, on any node, holds the row's lock, so that no two look at the
-- same free time at once.
CREATE TABLE meeting_hours (
    agent_id BLOB PRIMARY KEY REFERENCES agent (id),
    hours TEXT NOT NULL,
    open INTEGER NOT NULL
) WITHOUT ROWID;

-- One sharing of a calendar in a conversation. `agent_id`: whose calendar it is.
CREATE TABLE calendar_card (
    id BLOB PRIMARY KEY,
    conversation_id BLOB NOT NULL REFERENCES conversation (id),
    agent_id BLOB NOT NULL REFERENCES agent (id),
    at INTEGER NOT NULL
) WITHOUT ROWID;

-- The card that a message is; its body is the agent's name.
ALTER TABLE message ADD COLUMN card_id BLOB;

-- `state`: booked or cancelled. `sequence` rises with every change.
CREATE TABLE meeting (
    id BLOB PRIMARY KEY,
    card_id BLOB NOT NULL REFERENCES calendar_card (id),
    conversation_id BLOB NOT NULL REFERENCES conversation (id),
    visitor_id BLOB NOT NULL REFERENCES visitor (id),
    agent_id BLOB NOT NULL REFERENCES agent (id),
    start_at INTEGER NOT NULL,
    end_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    email TEXT NOT NULL,
    zone TEXT NOT NULL,
    booked_at INTEGER NOT NULL
) WITHOUT ROWID;
-- Of an agent at most one meeting begins at an instant; that none overlap is seen to under the
-- calendar's lock.
CREATE UNIQUE INDEX meeting_slot ON meeting (agent_id, start_at) WHERE state = 'booked';
CREATE INDEX meeting_start ON meeting (start_at, id) WHERE state = 'booked';
CREATE INDEX meeting_conversation ON meeting (conversation_id);
CREATE INDEX meeting_visitor ON meeting (visitor_id, start_at);
