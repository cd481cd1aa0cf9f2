"""Generates calendars by the grammar of docs/calendars.md, the same for the same seed.

    python grammar.py COUNT SEED > calendars.jsonl

Each line is one case: its number, the text, the zones that it defines, the reader's zone, the
window (in seconds since 1970), and which parts of the grammar the series of each UID uses.
"""

import json
import random
import sys
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

# The zone's name in the text, the zone it is, and how the text defines it: the offsets of standard
# and daylight time, and when each begins.
ROME = ("+0100", "+0200", "19701025T030000", "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
        "19700329T020000", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU")
YORK = ("-0500", "-0400", "19701101T020000", "FREQ=YEARLY;BYMONTH=11;BYDAY=1SU",
        "19700308T020000", "FREQ=YEARLY;BYMONTH=3;BYDAY=2SU")
SYDNEY = ("+1000", "+1100", "19700405T030000", "FREQ=YEARLY;BYMONTH=4;BYDAY=1SU",
          "19701004T020000", "FREQ=YEARLY;BYMONTH=10;BYDAY=1SU")
KOLKATA = ("+0530", None, "19700101T000000", None, None, None)
ZONES = [
    ("Europe/Rome", "Europe/Rome", ROME),
    ("America/New_York", "America/New_York", YORK),
    ("Australia/Sydney", "Australia/Sydney", SYDNEY),
    ("Asia/Kolkata", "Asia/Kolkata", KOLKATA),
    ("W. Europe Standard Time", "Europe/Berlin", ROME),
    ("Office", "Europe/Rome", ROME),
    ("Branch", "America/New_York", YORK),
]
READERS = ["Europe/Rome", "America/New_York", "Australia/Sydney", "Asia/Kolkata", "UTC"]
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def vtimezone(name, rules):
    standard, daylight, from_standard, rule_standard, from_daylight, rule_daylight = rules
    lines = ["BEGIN:VTIMEZONE", f"TZID:{name}"]
    lines += ["BEGIN:STANDARD", f"DTSTART:{from_standard}",
              f"TZOFFSETFROM:{daylight or standard}", f"TZOFFSETTO:{standard}"]
    lines += [f"RRULE:{rule_standard}"] if rule_standard else []
    lines += ["END:STANDARD"]
    if daylight:
        lines += ["BEGIN:DAYLIGHT", f"DTSTART:{from_daylight}", f"TZOFFSETFROM:{standard}",
                  f"TZOFFSETTO:{daylight}", f"RRULE:{rule_daylight}", "END:DAYLIGHT"]
    return lines + ["END:VTIMEZONE"]


class Clock:
    """How the times of one event are written."""

    def __init__(self, kind, zone=None):
        self.kind = kind
        self.zone = zone

    def value(self, at):
        if self.kind == "date":
            return at.strftime("%Y%m%d")
        return at.strftime("%Y%m%dT%H%M%S") + ("Z" if self.kind == "utc" else "")

    def parameters(self):
        if self.kind == "date":
            return ";VALUE=DATE"
        if self.kind == "zone":
            name = self.zone[0]
            return f';TZID="{name}"' if " " in name else f";TZID={name}"
        return ""

    def line(self, name, at, more=""):
        return f"{name}{more}{self.parameters()}:{self.value(at)}"

    def utc(self, at):
        """The same instant in UTC; times of no zone have none."""
        zone = ZoneInfo(self.zone[1]) if self.kind == "zone" else timezone.utc
        return at.replace(tzinfo=zone).astimezone(timezone.utc)


class Case:
    def __init__(self, seed, number):
        self.random = random.Random(f"{seed}/{number}")
        self.number = number
        self.used = {}
        self.series = None
        self.zones = {}
        self.starts = []

    def chance(self, share):
        return self.random.random() < share

    def pick(self, *values):
        return self.random.choice(values)

    def use(self, *names):
        self.used.setdefault(self.series, set()).update(names)

    def clock(self):
        kind = self.random.choices(["zone", "utc", "floating", "date"], [5, 2, 1, 2])[0]
        zone = self.random.choice(ZONES) if kind == "zone" else None
        if zone:
            self.zones[zone[0]] = zone[2]
        self.use(kind)
        return Clock(kind, zone)

    def start(self, clock):
        day = date(2024, 1, 1) + timedelta(days=self.random.randrange(3 * 365))
        self.starts.append(day)
        if clock.kind == "date":
            return datetime(day.year, day.month, day.day)
        hour = self.random.choices([self.random.randrange(24), 2, self.random.randrange(8, 18)],
                                   [3, 1, 6])[0]
        return datetime(day.year, day.month, day.day, hour, self.pick(0, 0, 15, 30, 45))

    def ends(self, clock, start):
        """The lines that say how long it lasts."""
        kind = self.random.choices(["end", "duration", "none"], [6, 3, 1])[0]
        if clock.kind == "date":
            days = self.pick(1, 1, 2, 3)
            if kind == "end":
                return [clock.line("DTEND", start + timedelta(days=days))]
            return [f"DURATION:P{days}D"] if kind == "duration" else []
        self.use(kind)
        minutes = self.pick(15, 30, 60, 90, 480, 1440, 1800)
        if kind == "end" and clock.kind == "zone" and self.chance(0.06):
            self.use("DTEND in UTC")
            return [f"DTEND:{clock.utc(start + timedelta(minutes=minutes)):%Y%m%dT%H%M%SZ}"]
        if kind == "end":
            return [clock.line("DTEND", start + timedelta(minutes=minutes))]
        if kind == "duration":
            text = {1440: "P1D", 1800: "P1DT6H", 480: "PT8H", 60: "PT1H"}
            return [f"DURATION:{text.get(minutes, f'PT{minutes}M')}"]
        return []

    def some_days(self, start, most):
        others = [day for day in range(7) if day != start.weekday()]
        days = [start.weekday()] + self.random.sample(others, self.random.randrange(most))
        return sorted(days)

    def rule(self, clock, start):
        """A rule, and its step in days if it has a plain one. It has the start, but for a few."""
        if self.chance(0.03):
            self.use("start not in rule")
            return "RRULE:FREQ=WEEKLY;BYDAY=" + DAYS[(start.weekday() + 2) % 7], None
        day, month = start.day, start.month
        last = (start.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        nth = (day - 1) // 7 + 1
        from_end = -((last.day - day) // 7) - 1
        weekday = DAYS[start.weekday()]
        frequency = self.random.choices(
            ["DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY"],
            [4, 6, 5, 4, 0 if clock.kind == "date" else 1])[0]
        interval = self.pick(1, 1, 1, 2, 3)
        parts, step = [], None
        if frequency == "DAILY":
            kind = self.pick("plain", "plain", "byday", "bymonth", "byhour")
            if kind == "plain":
                step = interval
            elif kind == "byday":
                parts = ["BYDAY=" + ",".join(DAYS[d] for d in self.some_days(start, 5))]
            elif kind == "bymonth":
                months = sorted({month, self.random.randrange(1, 13)})
                parts = ["BYMONTH=" + ",".join(map(str, months))]
            elif clock.kind != "date":
                hours = sorted({start.hour, self.random.randrange(start.hour, 24)})
                parts = ["BYHOUR=" + ",".join(map(str, hours))]
        elif frequency == "WEEKLY":
            kind = self.pick("plain", "byday", "byday", "wkst")
            if kind == "plain":
                step = 7 * interval
            else:
                parts = ["BYDAY=" + ",".join(DAYS[d] for d in self.some_days(start, 4))]
            if kind == "wkst":
                parts.append("WKST=" + self.pick("SU", "MO", "SA"))
        elif frequency == "MONTHLY":
            kind = self.pick("plain", "bymonthday", "negative", "nth", "last", "setpos", "thirteenth")
            if kind == "bymonthday":
                days = sorted({day, self.random.randrange(1, 32)})
                parts = ["BYMONTHDAY=" + ",".join(map(str, days))]
            elif kind == "negative":
                parts = [f"BYMONTHDAY={day - last.day - 1}"]
            elif kind == "nth":
                parts = [f"BYDAY={nth}{weekday}"]
            elif kind == "last":
                parts = [f"BYDAY={from_end}{weekday}"]
            elif kind == "setpos":
                days = self.some_days(start, 6)
                fitting = [d for d in range(1, last.day + 1)
                           if start.replace(day=d).weekday() in days]
                place = fitting.index(day) + 1
                place = self.pick(place, place - len(fitting) - 1)
                parts = ["BYDAY=" + ",".join(DAYS[d] for d in days), f"BYSETPOS={place}"]
            elif kind == "thirteenth":
                parts = [f"BYDAY={weekday}", f"BYMONTHDAY={day},{day % 28 + 1}"]
        elif frequency == "YEARLY":
            if day > 28:
                self.use("day that not all months have")
            interval = self.pick(1, 1, 1, 2)
            kind = self.pick("plain", "bymonth", "nth", "last", "nthofyear", "yearday", "weekno",
                             "monthday", "setpos")
            if kind == "bymonth":
                months = sorted({month, self.random.randrange(1, 13)})
                parts = ["BYMONTH=" + ",".join(map(str, months))]
            elif kind == "nth":
                parts = [f"BYMONTH={month}", f"BYDAY={nth}{weekday}"]
            elif kind == "last":
                parts = [f"BYMONTH={month}", f"BYDAY={from_end}{weekday}"]
            elif kind == "nthofyear":
                parts = [f"BYDAY={(start.timetuple().tm_yday - 1) // 7 + 1}{weekday}"]
            elif kind == "yearday":
                parts = [f"BYYEARDAY={start.timetuple().tm_yday},{self.random.randrange(1, 366)}"]
            elif kind == "weekno":
                parts = [f"BYWEEKNO={start.isocalendar()[1]}", f"BYDAY={weekday}"]
            elif kind == "monthday":
                parts = [f"BYMONTH={month}", f"BYMONTHDAY={day},{day % 28 + 1}"]
            elif kind == "setpos":
                days = self.some_days(start, 6)
                fitting = [d for d in range(1, last.day + 1)
                           if start.replace(day=d).weekday() in days]
                parts = [f"BYMONTH={month}", "BYDAY=" + ",".join(DAYS[d] for d in days),
                         f"BYSETPOS={fitting.index(day) + 1}"]
        else:
            kind = "plain"
            interval = self.pick(1, 2, 3, 5, 6, 12)
        parts = [f"FREQ={frequency}"] + ([f"INTERVAL={interval}"] if interval > 1 else []) + parts
        limit = "COUNT" if frequency == "HOURLY" else self.pick("COUNT", "UNTIL", "", "")
        if limit == "COUNT":
            parts.append(f"COUNT={self.random.randrange(1, 60)}")
        elif limit == "UNTIL":
            until = start + timedelta(days=self.random.randrange(700))
            if clock.kind == "date":
                parts.append(f"UNTIL={until:%Y%m%d}")
            elif clock.kind == "floating":
                parts.append(f"UNTIL={until:%Y%m%dT%H%M%S}")
            else:
                parts.append(f"UNTIL={clock.utc(until):%Y%m%dT%H%M%SZ}")
        self.use(f"{frequency} {kind}", *([limit] if limit else []))
        return "RRULE:" + ";".join(parts), step

    def other_date(self, clock, start, step):
        """A time at which an occurrence could begin: surely, where the rule has a plain step."""
        if step:
            return start + timedelta(days=step * self.random.randrange(0, 30))
        return start + timedelta(days=self.pick(0, 7, 14, 28, self.random.randrange(700)))

    def event(self, uid):
        self.series = uid
        clock = self.clock()
        start = self.start(clock)
        lines = [f"UID:{uid}", "DTSTAMP:20240101T000000Z", clock.line("DTSTART", start)]
        lines += self.ends(clock, start)
        lines += self.about()
        single = []
        self.excepted = None
        if self.chance(0.75):
            rule, step = self.rule(clock, start)
            lines.append(rule)
            if self.chance(0.25):
                self.use("EXDATE")
                excepted = self.other_date(clock, start, step)
                self.excepted = excepted
                if clock.kind == "zone" and self.chance(0.3):
                    self.use("EXDATE in UTC")
                    lines.append(f"EXDATE:{clock.utc(excepted):%Y%m%dT%H%M%SZ}")
                else:
                    lines.append(clock.line("EXDATE", excepted))
            if self.chance(0.15):
                extra = start + timedelta(days=self.random.randrange(200))
                if clock.kind == "date":
                    self.use("RDATE")
                    lines.append(clock.line("RDATE", extra))
                elif self.chance(0.25):
                    self.use("RDATE of a period")
                    value = f"{clock.value(extra)}/PT{self.pick(1, 2, 3)}H"
                    lines.append(f"RDATE;VALUE=PERIOD{clock.parameters()}:{value}")
                else:
                    self.use("RDATE")
                    extra += timedelta(hours=self.pick(0, 1, 1, 5))
                    other = extra + timedelta(days=1)
                    lines.append(clock.line("RDATE", extra) + f",{clock.value(other)}")
            if step and self.chance(0.6):
                single = self.instead(uid, clock, start, step)
        self.random.shuffle(lines)
        events = [["BEGIN:VEVENT"] + lines + self.alarm() + ["END:VEVENT"]] + single
        if self.chance(0.2):
            events.reverse()
        return [line for event in events for line in event]

    def instead(self, uid, clock, start, step):
        """Events that stand for one occurrence of another."""
        events = []
        numbers = self.random.sample(range(1, 30), self.pick(1, 1, 2))
        for number in sorted(numbers):
            of = start + timedelta(days=step * number)
            if of == self.excepted:
                self.use("EXDATE of a RECURRENCE-ID")
            moved = of + timedelta(days=self.pick(0, 0, 1, -1))
            if clock.kind != "date":
                moved += timedelta(minutes=self.pick(0, 30, -60, 120))
            range_ = len(numbers) == 1 and self.chance(0.35)
            self.use("RANGE" if range_ else "RECURRENCE-ID")
            lines = [f"UID:{uid}", "DTSTAMP:20240101T000000Z",
                     clock.line("RECURRENCE-ID", of, ";RANGE=THISANDFUTURE" if range_ else ""),
                     clock.line("DTSTART", moved)]
            lines += self.ends(clock, moved) + self.about()
            events.append(["BEGIN:VEVENT"] + lines + ["END:VEVENT"])
        return events

    def about(self):
        lines = []
        if self.chance(0.12):
            self.use("TRANSP")
            lines.append("TRANSP:" + self.pick("TRANSPARENT", "OPAQUE"))
        if self.chance(0.12):
            self.use("STATUS")
            lines.append("STATUS:" + self.pick("CANCELLED", "CONFIRMED", "TENTATIVE"))
        if self.chance(0.3):
            lines.append("SUMMARY:" + "Talk about everything\\, again; and again " * self.pick(1, 4))
        if self.chance(0.1):
            lines.append('X-NOTE;X-BY="a;b:c":BEGIN:VEVENT')
        return lines

    def alarm(self):
        if self.chance(0.15):
            return ["BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Soon", "TRIGGER:-PT15M",
                    "REPEAT:2", "DURATION:PT5M", "END:VALARM"]
        return []

    def perform(self):
        events = []
        for number in range(self.pick(1, 1, 2, 3)):
            events += self.event(f"{self.number}-{number}@example.com")
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Casella//Grammar//EN"]
        for name, rules in self.zones.items():
            lines += vtimezone(name, rules)
        lines += events + ["END:VCALENDAR"]
        end = self.pick("\r\n", "\r\n", "\n")
        text = "".join(folded(line, end) for line in lines)
        day = self.random.choice(self.starts)
        first = datetime(day.year, day.month, day.day, tzinfo=timezone.utc)
        first += timedelta(hours=self.pick(-20, 3, 40, 150) * 24 + self.random.randrange(24))
        return {
            "n": self.number,
            "text": text,
            "zones": {name: zone for name, zone, _ in ZONES if name in self.zones},
            "reader": self.pick(*READERS),
            "from": int(first.timestamp()),
            "to": int((first + timedelta(days=60)).timestamp()),
            "used": {uid: sorted(names) for uid, names in self.used.items()},
        }


def folded(line, end):
    parts = [line[:70]] + [line[at:at + 70] for at in range(70, len(line), 70)]
    return (end + " ").join(parts) + end


if __name__ == "__main__":
    count, seed = int(sys.argv[1]), sys.argv[2]
    for number in range(count):
        print(json.dumps(Case(seed, number).perform()))
