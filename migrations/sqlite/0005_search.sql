-- What can be found: an entry for each conversation's visitor (seq 0: name and email) and one for
-- each message with words, numbered in the order of time, so that newest first is highest first.
CREATE TABLE search_entry (
    id INTEGER PRIMARY KEY,
    conversation_id BLOB NOT NULL,
    seq INTEGER NOT NULL
);
CREATE INDEX search_entry_visitor ON search_entry (conversation_id) WHERE seq = 0;

-- The words of entries, cut and folded by the product, hence `ascii`: nothing is left to do but to
-- split at spaces. Beginnings of up to three letters have lists of their own.
CREATE VIRTUAL TABLE search_text USING fts5 (
    words, content = '', columnsize = 0, detail = none, prefix = '1 2 3', tokenize = 'ascii'
);

-- Every word that there is, to find those with a longer beginning.
CREATE TABLE search_word (word TEXT PRIMARY KEY) WITHOUT ROWID;

-- What visitors can be found by, to see when that changes.
CREATE TABLE search_visitor (
    visitor_id BLOB PRIMARY KEY,
    words TEXT NOT NULL
) WITHOUT ROWID;

-- While there is a row, conversations after it have no entries yet. A node makes them at its start.
CREATE TABLE search_missing (after_id BLOB NOT NULL);
INSERT INTO search_missing (after_id) VALUES (zeroblob(16));
