-- How much is said in a conversation, for its bounds: what the visitor wrote, what agents wrote, notes.
ALTER TABLE conversation ADD COLUMN visitor_messages BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN visitor_bytes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN agent_messages BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN agent_bytes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN note_bytes BIGINT NOT NULL DEFAULT 0;
UPDATE conversation SET
    visitor_messages = (SELECT COUNT(*) FROM message m WHERE m.conversation_id = conversation.id AND m.author = 0),
    visitor_bytes = (SELECT COALESCE(SUM(OCTET_LENGTH(m.body)), 0) FROM message m WHERE m.conversation_id = conversation.id AND m.author = 0),
    agent_messages = (SELECT COUNT(*) FROM message m WHERE m.conversation_id = conversation.id AND m.author = 1),
    agent_bytes = (SELECT COALESCE(SUM(OCTET_LENGTH(m.body)), 0) FROM message m WHERE m.conversation_id = conversation.id AND m.author = 1),
    note_bytes = (SELECT COALESCE(SUM(OCTET_LENGTH(n.body)), 0) FROM note n WHERE n.conversation_id = conversation.id)
    WHERE state <> 'ended';

-- From where it was asked for, as a hash made with a key of this installation; no address is kept.
ALTER TABLE conversation ADD COLUMN source UUID;

-- Whose request an agent missed last, and from where it came.
ALTER TABLE agent ADD COLUMN missed_visitor UUID;
ALTER TABLE agent ADD COLUMN missed_source UUID;
