#!/bin/sh
# Generates the calendars, asks all three readers, and compares: the last line says how many checks
# passed and failed. Wants python with requirements.txt, node with package.json, and cargo (or in
# CASELLA_BUSY the example `busy` of `calendar`); `cargo xtask test calendars` brings all of them.
#
#     ./run.sh                  the 10,000 whose disagreements are listed
#     ./run.sh --write          the same, and lists them anew
#     ./run.sh COUNT SEED       others
set -e
cd "$(dirname "$0")"
answers=../../target/calendars/answers
mkdir -p "$answers"
# The zones of requirements.txt, whatever this machine has: the list depends on them.
export PYTHONTZPATH=
count=10000
seed=1
if [ -n "$2" ]; then
    count=$1
    seed=$2
    set -- --unlisted
fi

python grammar.py "$count" "$seed" > "$answers/calendars.jsonl"
python expand.py < "$answers/calendars.jsonl" > "$answers/python.jsonl" &
python=$!
node expand.mjs < "$answers/calendars.jsonl" > "$answers/javascript.jsonl" &
javascript=$!
trap 'kill $python $javascript' EXIT
if [ -z "$CASELLA_BUSY" ]; then
    cargo build --quiet --package calendar --example busy
    CASELLA_BUSY=../../target/debug/examples/busy
fi
"$CASELLA_BUSY" < "$answers/calendars.jsonl" > "$answers/casella.jsonl"
wait $python
wait $javascript
trap - EXIT
python compare.py "$answers/calendars.jsonl" "$answers/casella.jsonl" \
    "$answers/python.jsonl" "$answers/javascript.jsonl" "$@"
