-- The list of meetings shows cancelled ones too.
DROP INDEX meeting_start;
CREATE INDEX meeting_start ON meeting (start_at, id);
CREATE INDEX meeting_agent ON meeting (agent_id, start_at, id);
