-- How often passwords were tried of late, by email, or by agent and browser; the key is a hash.
CREATE TABLE guess (
    key BLOB PRIMARY KEY,
    tries INTEGER NOT NULL,
    -- When the next try is looked at.
    free_at INTEGER NOT NULL,
    at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX guess_at ON guess (at);

-- What is remembered of the database as a whole: that the demo made it, say.
CREATE TABLE mark (name TEXT PRIMARY KEY) WITHOUT ROWID;

-- Sites of one realm call the same person by the same `sub`; none: the site is on its own. Those that
-- are there were always read together.
ALTER TABLE site ADD COLUMN realm TEXT;
UPDATE site SET realm = 'common';
INSERT INTO mark (name) SELECT 'sites joined' WHERE (SELECT COUNT(*) FROM site) > 1;
