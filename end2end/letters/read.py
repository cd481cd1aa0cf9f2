"""Reads the letters of a folder with readers that know nothing of Casella, and says what they say.

Prints JSON: for each letter its head, its words and its invitation (by `icalendar`); and under
`calendars` what stands in each reader's calendar once all their invitations were taken in, in the
order of the letters (by `recurring_ical_events`).
"""

import datetime
import email
import email.policy
import json
import pathlib
import sys

import icalendar
import recurring_ical_events

UTC = datetime.timezone.utc
PROPERTIES = ["UID", "SEQUENCE", "SUMMARY", "DESCRIPTION", "LOCATION", "STATUS", "TRANSP"]


def person(value):
    name = str(value.params.get("CN", ""))
    return {"name": name, "address": str(value).removeprefix("mailto:")}


def invitation(part):
    raw = part.get_payload(decode=True)
    assert raw.endswith(b"END:VCALENDAR\r\n"), raw
    assert all(len(line) <= 75 for line in raw.split(b"\r\n")), raw
    assert b"\n" not in raw.replace(b"\r\n", b""), raw
    calendar = icalendar.Calendar.from_ical(raw)
    assert not calendar.errors, calendar.errors
    method = str(calendar["METHOD"])
    assert part.get_param("method") == method, part["Content-Type"]
    [event] = calendar.events
    assert not event.errors, event.errors
    read = {name.lower(): str(event[name]) for name in PROPERTIES if name in event}
    for name in ["DTSTAMP", "DTSTART", "DTEND"]:
        at = event[name].dt
        assert at.tzinfo is not None and at.utcoffset() == datetime.timedelta(0), at
        read[name.lower()] = at.isoformat()
    attendees = event.get("ATTENDEE", [])
    attendees = attendees if isinstance(attendees, list) else [attendees]
    read["organizer"] = person(event["ORGANIZER"])
    read["attendees"] = [person(attendee) for attendee in attendees]
    read["method"] = method
    return read, calendar


def letter(path):
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert not message.defects, message.defects
    read = {
        name.lower(): str(message[name] or "")
        for name in ["X-To", "To", "From", "Reply-To", "Subject", "Message-ID", "Auto-Submitted"]
    }
    read["text"] = message.get_body(("plain",)).get_content().replace("\r\n", "\n")
    calendar = None
    parts = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    if parts:
        [part] = parts
        read["invitation"], calendar = invitation(part)
        [file] = list(message.iter_attachments())
        assert file.get_filename() == "meeting.ics", file.get_filename()
        assert file.get_payload(decode=True) == part.get_payload(decode=True)
    return read, calendar


def take_in(book, read, calendar):
    """What a calendar does with an invitation (RFC 5546, 2.1.5)."""
    uid, sequence = read["uid"], int(read["sequence"])
    if uid in book and book[uid][0] > sequence:
        return
    book[uid] = (sequence, None if read["method"] == "CANCEL" else calendar)


def shown(calendar):
    begin = datetime.datetime(2000, 1, 1, tzinfo=UTC)
    end = datetime.datetime(2100, 1, 1, tzinfo=UTC)
    for event in recurring_ical_events.of(calendar).between(begin, end):
        yield [event["DTSTART"].dt.isoformat(), event["DTEND"].dt.isoformat(), str(event["SUMMARY"])]


def main(folder):
    letters, books = [], {}
    for path in sorted(folder.glob("*.eml")):
        read, calendar = letter(path)
        letters.append(read)
        if calendar is not None:
            take_in(books.setdefault(read["x-to"], {}), read["invitation"], calendar)
    calendars = {
        reader: [line for _, kept in book.values() if kept is not None for line in shown(kept)]
        for reader, book in books.items()
    }
    json.dump({"letters": letters, "calendars": calendars}, sys.stdout)


main(pathlib.Path(sys.argv[1]))
