-- Each request writes a conversation of its visitor and what the visitor did. Looking the visitor up
-- and locking the row twice more cost a sixth of all that a request writes; visitors are never
-- removed, and the commit has written or read the row itself.
ALTER TABLE conversation DROP CONSTRAINT conversation_visitor_id_fkey;
ALTER TABLE activity DROP CONSTRAINT activity_visitor_id_fkey;
