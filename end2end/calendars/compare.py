"""Compares what three readers of calendars say of the same cases.

    python compare.py calendars.jsonl casella.jsonl python.jsonl javascript.jsonl [--write | --unlisted]

Where `recurring-ical-events` and `ical.js` say the same of a series, Casella must as well. Where
they do not, the series must be in disagreements.tsv, with the class of docs/calendars.md that it
falls under; `--write` writes that file anew, `--unlisted` leaves it aside, for cases of another seed.
Ends with the numbers of checks passed and failed.
"""

import json
import sys
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

LIST = Path(__file__).with_name("disagreements.tsv")
HOUR = 3600


def lines(file):
    with open(file, encoding="utf-8") as found:
        return [json.loads(line) for line in found]


def of_series(answer, uid):
    """The times of one series; None if the reader failed on it."""
    if "busy" not in answer or uid in answer.get("failed", []):
        return None
    return sorted((start, end) for name, start, end in answer["busy"] if name == uid)


def near_a_change(second, zones):
    """Whether a clock is changed within two days of an instant."""
    at = datetime.fromtimestamp(second, timezone.utc)
    two_days = timedelta(days=2)
    return any((at - two_days).astimezone(zone).utcoffset() != (at + two_days).astimezone(zone).utcoffset()
               for zone in zones)


def clock_changes(case, python, javascript):
    """Whether the times are the same but for an hour here and there, as a clock is put on or back."""
    if python is None or javascript is None:
        return False
    zones = [ZoneInfo(zone) for zone in [*case["zones"].values(), case["reader"]]]
    only_python = sorted(set(python) - set(javascript))
    only_javascript = sorted(set(javascript) - set(python))
    if len(only_python) == len(only_javascript):
        pairs = zip(only_python, only_javascript)
        return all(abs(one[0] - other[0]) in (0, HOUR) and abs(one[1] - other[1]) in (0, HOUR)
                   for one, other in pairs)
    # What begins in a skipped hour may end before it begins, and is left out by one of them.
    return all(near_a_change(start, zones) for start, _ in only_python + only_javascript)


def kind(case, uid, python, javascript):
    """The class of a disagreement in docs/calendars.md."""
    used = set(case["used"][uid])
    if javascript is None and "RDATE of a period" in used:
        return "period"
    if "YEARLY weekno" in used:
        return "week"
    if "YEARLY nthofyear" in used:
        return "nth"
    if "start not in rule" in used:
        return "start"
    if "EXDATE of a RECURRENCE-ID" in used:
        return "excepted"
    if {"EXDATE", "DAILY byhour"} <= used:
        return "hours"
    if used & {"YEARLY bymonth", "YEARLY plain"} and "day that not all months have" in used:
        return "short"
    if used & {"MONTHLY setpos", "YEARLY setpos"} and len(python or []) > len(javascript or []):
        return "position"
    if clock_changes(case, python, javascript):
        return "clock"
    return None


def main():
    cases, casella, python, javascript = map(lines, sys.argv[1:5])
    passed, failed = 0, 0
    found, sides = [], Counter()
    for case, *answers in zip(cases, casella, python, javascript, strict=True):
        assert all(answer["n"] == case["n"] for answer in answers), "the answers are of other cases"
        for uid in case["used"]:
            ours, one, other = (of_series(answer, uid) for answer in answers)
            if one is not None and one == other:
                if ours == one:
                    passed += 1
                else:
                    failed += 1
                    print(f"{uid}: both say {one}, Casella says {ours}")
                continue
            name = kind(case, uid, one, other)
            if name is None:
                failed += 1
                print(f"{uid}: they disagree, of no known class: {one} and {other}")
                continue
            side = {ours == one: "python", ours == other: "javascript"}.get(True, "neither")
            if one is None and ours is None:
                side = "neither"
            sides[name, side] += 1
            found.append(f"{uid}\t{name}\t{side}\n")
    text = "series\tclass\tCasella is with\n" + "".join(found)
    if "--write" in sys.argv:
        LIST.write_text(text, encoding="utf-8")
    elif "--unlisted" in sys.argv:
        pass
    elif LIST.read_text(encoding="utf-8") == text:
        passed += 1
    else:
        failed += 1
        print(f"the disagreements are others than in {LIST.name}: write them anew and look at them")
    for (name, side), count in sorted(sides.items()):
        print(f"{name:10} {side:11} {count:5}")
    print(f"{passed} passed, {failed} failed, {len(found)} disagreements of the others")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
