-- A thousand requests at once. PostgreSQL looks each reference up and locks the row referred to,
-- which is more work than the row that is written; none of these is ever removed.
ALTER TABLE conversation DROP CONSTRAINT conversation_site_id_fkey;
ALTER TABLE conversation DROP CONSTRAINT conversation_agent_id_fkey;
ALTER TABLE conversation DROP CONSTRAINT conversation_tried_id_fkey;
ALTER TABLE visitor DROP CONSTRAINT visitor_site_id_fkey;
-- Removed after its run, by a statement of the product.
ALTER TABLE presence DROP CONSTRAINT presence_run_fkey;

-- Offered ones are found by conversation_offered.
DROP INDEX conversation_waiting;
CREATE INDEX conversation_fallback ON conversation (visitor_id) WHERE state = 'fallback';
