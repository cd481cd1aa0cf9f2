-- Offered ones are found by conversation_offered.
DROP INDEX conversation_waiting;
CREATE INDEX conversation_fallback ON conversation (visitor_id) WHERE state = 'fallback';
