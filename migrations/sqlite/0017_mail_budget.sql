-- What bounds how many letters anybody gets: whom a letter goes to, who caused it. All of it is
-- forgotten an hour after the letter went.

-- Which share of the recipient's budget it takes; none: it takes nothing of any.
ALTER TABLE mail ADD COLUMN share TEXT;
-- A keyed hash of the address that it goes to.
ALTER TABLE mail ADD COLUMN recipient BLOB;
-- How many letters within an hour its recipient gets at most, of those that strangers cause.
ALTER TABLE mail ADD COLUMN hourly INTEGER;
-- Of letters by which a meeting is first confirmed to a visitor: who booked it, and a keyed hash of
-- the network address from where.
ALTER TABLE mail ADD COLUMN visitor_id BLOB;
ALTER TABLE mail ADD COLUMN source BLOB;
-- Of letters that visitors of a site caused.
ALTER TABLE mail ADD COLUMN site_id BLOB;
CREATE INDEX mail_recipient ON mail (recipient) WHERE recipient IS NOT NULL;
CREATE INDEX mail_visitor ON mail (visitor_id) WHERE visitor_id IS NOT NULL;
CREATE INDEX mail_source ON mail (source) WHERE source IS NOT NULL;
CREATE INDEX mail_site ON mail (site_id) WHERE site_id IS NOT NULL;

-- Whether the visitor is told of the meeting by email: 0 where that went over a bound.
ALTER TABLE meeting ADD COLUMN mailed INTEGER NOT NULL DEFAULT 1;

-- When nobody could book by it any more, because an agent withdrew it.
ALTER TABLE calendar_card ADD COLUMN withdrawn_at INTEGER;
