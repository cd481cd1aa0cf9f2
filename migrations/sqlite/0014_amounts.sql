-- How much is said in a conversation, for its bounds: what the visitor wrote, what agents wrote, notes.
ALTER TABLE conversation ADD COLUMN visitor_messages INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN visitor_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN agent_messages INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN agent_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN note_bytes INTEGER NOT NULL DEFAULT 0;
UPDATE conversation SET
    visitor_messages = (SELECT COUNT(*) FROM message m WHERE m.conversation_id = conversation.id AND m.author = 0),
    visitor_bytes = (SELECT COALESCE(SUM(LENGTH(CAST(m.body AS BLOB))), 0) FROM message m WHERE m.conversation_id = conversation.id AND m.author = 0),
    agent_messages = (SELECT COUNT(*) FROM message m WHERE m.conversation_id = conversation.id AND m.author = 1),
    agent_bytes = (SELECT COALESCE(SUM(LENGTH(CAST(m.body AS BLOB))), 0) FROM message m WHERE m.conversation_id = conversation.id AND m.author = 1),
    note_bytes = (SELECT COALESCE(SUM(LENGTH(CAST(n.body AS BLOB))), 0) FROM note n WHERE n.conversation_id = conversation.id)
    WHERE state <> 'ended';

-- From where it was asked for, as a hash made with a key of this installation; no address is kept.
ALTER TABLE conversation ADD COLUMN source BLOB;

-- Whose request an agent missed last, and from where it came.
ALTER TABLE agent ADD COLUMN missed_visitor BLOB;
ALTER TABLE agent ADD COLUMN missed_source BLOB;
