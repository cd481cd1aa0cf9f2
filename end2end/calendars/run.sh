#!/bin/sh
# Generates the calendars, asks all three readers, and compares: the last line says how many checks
# passed and failed. Wants python with requirements.txt, node with package.json, and cargo.
#
#     ./run.sh                  the 10,000 whose disagreements are listed
#     ./run.sh --write          the same, and lists them anew
#     ./run.sh COUNT SEED       others
set -e
cd "$(dirname "$0")"
answers=../../target/calendars/answers
mkdir -p "$answers"
count=10000
seed=1
if [ -n "$2" ]; then
    count=$1
    seed=$2
    set -- --unlisted
fi

python grammar.py "$count" "$seed" > "$answers/calendars.jsonl"
python expand.py < "$answers/calendars.jsonl" > "$answers/python.jsonl" &
node expand.mjs < "$answers/calendars.jsonl" > "$answers/javascript.jsonl"
wait $!
cargo run --quiet --package calendar --example busy \
    < "$answers/calendars.jsonl" > "$answers/casella.jsonl"
python compare.py "$answers/calendars.jsonl" "$answers/casella.jsonl" \
    "$answers/python.jsonl" "$answers/javascript.jsonl" "$@"
