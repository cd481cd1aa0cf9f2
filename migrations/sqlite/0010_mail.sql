-- Letters on their way, and what became of them.
CREATE TABLE mail (
    id BLOB PRIMARY KEY,
    kind TEXT NOT NULL,
    -- The conversation or meeting that it is about.
    about BLOB NOT NULL,
    -- To whom, and what it says, as JSON; empty once nothing is left to do.
    letter TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- When it is tried next, or the claim on it runs out; none: nothing is left to do.
    due_at INTEGER,
    -- Who is sending it.
    claim BLOB,
    -- How often it was tried.
    tries INTEGER NOT NULL DEFAULT 0,
    give_up_at INTEGER NOT NULL,
    done_at INTEGER,
    -- `sent`, `refused`, `given up`, or `needless`.
    outcome TEXT
);
CREATE INDEX mail_due ON mail (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX mail_done ON mail (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX mail_about ON mail (about);

-- What an agent set of mails.
ALTER TABLE agent ADD COLUMN invitation TEXT NOT NULL DEFAULT '';
ALTER TABLE agent ADD COLUMN video TEXT NOT NULL DEFAULT '';
ALTER TABLE agent ADD COLUMN mail_requests INTEGER NOT NULL DEFAULT 0;
