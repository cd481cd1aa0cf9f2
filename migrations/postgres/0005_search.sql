-- What can be found: an entry for each conversation's visitor (seq 0: name and email) and one for
-- each message with words, numbered in the order of time, so that newest first is highest first.
-- `words` are cut and folded by the product; `_a…`, `_b…`, `_c…` among them say in which stretch of
-- 2^16, 2^19, 2^22 entries it lies, so that the newest can be searched alone.
CREATE SEQUENCE search_entry_id;
CREATE TABLE search_entry (
    id BIGINT PRIMARY KEY,
    conversation_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    words TSVECTOR NOT NULL
);
CREATE INDEX search_entry_visitor ON search_entry (conversation_id) WHERE seq = 0;

-- What visitors can be found by, to see when that changes.
CREATE TABLE search_visitor (
    visitor_id UUID PRIMARY KEY,
    words TEXT NOT NULL
);

-- While there is a row, conversations after it have no entries yet. A node makes them at its
-- start, and then the index `search_entry_words`.
CREATE TABLE search_missing (after_id UUID NOT NULL);
INSERT INTO search_missing (after_id) VALUES ('00000000-0000-0000-0000-000000000000');
