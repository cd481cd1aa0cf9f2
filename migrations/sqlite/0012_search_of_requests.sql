-- What is in no list nobody may find: the entries of a request are written when it comes into one.
DELETE FROM search_entry WHERE conversation_id IN
    (SELECT id FROM conversation WHERE state IN ('requested', 'offered', 'fallback'));
