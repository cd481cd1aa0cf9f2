"""Says when calendars make busy, by `recurring-ical-events`.

    python expand.py < calendars.jsonl > python.jsonl
"""

import json
import sys
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events


def instant(value, reader, zones):
    """Seconds since 1970 of a date or time; without a zone it is the reader's.

    The clock times are the expander's. Which instants they are is worked out here, by RFC 5545,
    3.3.5, in the zones that the texts define: `dateutil`, which reads those for the expander, does
    not follow it for times that a clock skips.
    """
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if value.tzinfo is None:
        value = value.replace(tzinfo=reader)
    name = getattr(value.tzinfo, "_tzid", None) or getattr(value.tzinfo, "key", None)
    if name in zones:
        value = value.replace(tzinfo=ZoneInfo(zones[name]), fold=0)
    return int(value.astimezone(timezone.utc).timestamp())


def busy(case):
    reader = ZoneInfo(case["reader"])
    calendar = icalendar.Calendar.from_ical(case["text"])
    # Wider than asked for: times without a zone are compared as if they were UTC.
    first = datetime.fromtimestamp(case["from"], timezone.utc) - timedelta(days=4)
    last = datetime.fromtimestamp(case["to"], timezone.utc) + timedelta(days=4)
    times = set()
    for event in recurring_ical_events.of(calendar).between(first, last):
        if event.get("TRANSP") == "TRANSPARENT" or event.get("STATUS") == "CANCELLED":
            continue
        start = instant(event["DTSTART"].dt, reader, case["zones"])
        end = instant(event["DTEND"].dt, reader, case["zones"])
        if start < end and start < case["to"] and case["from"] < end:
            times.add((event["UID"], start, end))
    return sorted(times)


if __name__ == "__main__":
    for line in sys.stdin:
        case = json.loads(line)
        try:
            answer = {"n": case["n"], "busy": busy(case)}
        except Exception as error:  # What it cannot read is an answer too.
            answer = {"n": case["n"], "error": repr(error)}
        print(json.dumps(answer))
