-- Nothing: looking up what a request refers to costs SQLite next to nothing.
SELECT 1;
