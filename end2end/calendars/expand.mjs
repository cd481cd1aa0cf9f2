// Says when calendars make busy, by `ical.js`.
//
//     node expand.mjs < calendars.jsonl > javascript.jsonl

import { createInterface } from "node:readline";

import ICAL from "ical.js";

const DAY = 24 * 60 * 60;

/** How far a zone is ahead of UTC at an instant, in seconds. */
const formats = new Map();
function ahead(zone, seconds) {
  if (!formats.has(zone)) {
    formats.set(
      zone,
      new Intl.DateTimeFormat("en-US", {
        timeZone: zone,
        hourCycle: "h23",
        year: "numeric",
        month: "numeric",
        day: "numeric",
        hour: "numeric",
        minute: "numeric",
        second: "numeric",
      }),
    );
  }
  const parts = {};
  for (const { type, value } of formats.get(zone).formatToParts(seconds * 1000)) {
    parts[type] = Number(value);
  }
  const { year, month, day, hour, minute, second } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - seconds;
}

/** Seconds since 1970 at which a clock shows a time: the first of two, after a skip. */
function inZone(shown, zone) {
  const offsets = [ahead(zone, shown - DAY), ahead(zone, shown + DAY)];
  const fitting = offsets.map((offset) => shown - offset).filter((at) => at + ahead(zone, at) === shown);
  return fitting.length ? Math.min(...fitting) : shown - offsets[0];
}

function instant(time, reader) {
  if (time.isDate || time.zone === ICAL.Timezone.localTimezone || time.zone.tzid === "floating") {
    const { year, month, day, hour, minute, second } = time;
    const shown = Date.UTC(year, month - 1, day, time.isDate ? 0 : hour, time.isDate ? 0 : minute, time.isDate ? 0 : second);
    return inZone(shown / 1000, reader);
  }
  return time.toUnixTime();
}

function read(master, to, reader, add) {
  if (!master.isRecurring()) {
    add(master, master.startDate, master.endDate);
    return;
  }
  const occurrences = master.iterator();
  for (let next = occurrences.next(); next; next = occurrences.next()) {
    const { item, startDate, endDate } = master.getOccurrenceDetails(next);
    add(item, startDate, endDate);
    if (instant(next, reader) > to + 4 * DAY) break;
  }
  // What stands for an occurrence is one, wherever it was moved.
  for (const single of Object.values(master.exceptions)) {
    add(single, single.startDate, single.endDate);
  }
}

/** The times of a text, and the series that cannot be read. */
function busy({ text, reader, from, to }) {
  ICAL.TimezoneService.reset();
  const calendar = new ICAL.Component(ICAL.parse(text));
  for (const zone of calendar.getAllSubcomponents("vtimezone")) {
    ICAL.TimezoneService.register(zone);
  }
  const events = calendar.getAllSubcomponents("vevent").map(
    // Without these options every exception of the text would be taken for one of each event.
    (component) => new ICAL.Event(component, { strictExceptions: true, exceptions: [] }),
  );
  const masters = events.filter((event) => !event.isRecurrenceException());
  for (const event of events.filter((each) => each.isRecurrenceException())) {
    masters.find((master) => master.uid === event.uid)?.relateException(event);
  }
  const times = new Map();
  const add = (item, start, end) => {
    const component = item.component;
    if (component.getFirstPropertyValue("transp") === "TRANSPARENT") return;
    if (component.getFirstPropertyValue("status") === "CANCELLED") return;
    const span = [instant(start, reader), instant(end, reader)];
    if (span[0] < span[1] && span[0] < to && from < span[1]) times.set([item.uid, ...span].join(), [item.uid, ...span]);
  };
  const failed = [];
  for (const master of masters) {
    try {
      read(master, to, reader, add);
    } catch {
      failed.push(master.uid);
    }
  }
  return { busy: [...times.values()], failed };
}

for await (const line of createInterface({ input: process.stdin })) {
  const found = JSON.parse(line);
  let answer;
  try {
    answer = { n: found.n, ...busy(found) };
  } catch (error) {
    answer = { n: found.n, error: String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
