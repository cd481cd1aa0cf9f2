-- What agents are told of their calendars, one calendar and one meeting at a time.

-- `unanswered`: invitations that the agent has not answered make busy. `addresses`: under which the
-- agent is invited there, one a line; null: not asked yet. `any_port`: it was connected before
-- only some ports could be, and keeps its own.
ALTER TABLE calendar_account ADD COLUMN unanswered BIGINT NOT NULL DEFAULT 1;
ALTER TABLE calendar_account ADD COLUMN addresses TEXT;
ALTER TABLE calendar_account ADD COLUMN any_port BIGINT NOT NULL DEFAULT 0;
UPDATE calendar_account SET any_port = 1;

-- By the last reading. `fault`: why it was not read, or not wholly; null: it was. `unread`: how many
-- events were not understood; what the first is called, and when it begins.
ALTER TABLE calendar ADD COLUMN fault TEXT;
ALTER TABLE calendar ADD COLUMN unread BIGINT NOT NULL DEFAULT 0;
ALTER TABLE calendar ADD COLUMN unread_name TEXT;
ALTER TABLE calendar ADD COLUMN unread_at BIGINT;

-- `fault`: what the server said when it refused the event as it is wanted now; it is tried again.
ALTER TABLE calendar_event ADD COLUMN fault TEXT;
