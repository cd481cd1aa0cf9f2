import { withCard } from '../support/booking.ts';
import { expect, test } from '../support/story.ts';

const DAY = 24 * 60 * 60 * 1_000;
const NEW_YORK = 'America/New_York';
const ROME = 'Europe/Rome';

/** An instant in words, as a slot is named, in a zone. */
function named(at: number, timeZone: string): string {
  const word = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('en-GB', { ...options, timeZone }).format(at);
  const day = word({ weekday: 'long', day: 'numeric', month: 'long' }).replace(',', '');
  return `${day}, ${word({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })}`;
}

/** The instants at which it is 10:00 in Rome, from one on, for so many days. */
function tens(from: number, days: number): number[] {
  const hours = Array.from({ length: days * 24 }, (_, hour) => Math.ceil(from / 3_600_000) * 3_600_000 + hour * 3_600_000);
  return hours.filter((at) => named(at, ROME).endsWith(', 10:00'));
}

test('a visitor in another zone sees each day as it is there, over the changes of both clocks', async ({ stage }) => {
  // From 8 March on: clocks change in New York on the second Sunday, in Rome on the last.
  const year = new Date(stage.now()).getUTCFullYear();
  const starts = [year, year + 1].map((year) => Date.UTC(year, 2, 8, 12)).find((at) => at > stage.now()) ?? 0;
  await stage.pass(Math.ceil((starts - stage.now()) / 1_000));
  const { card } = await withCard(stage, { name: 'Priya Nair' }, { timezoneId: NEW_YORK }, 'mon-sun 10:00-10:30', ROME);
  await expect(card.zone).toHaveValue(NEW_YORK);

  // Not before a day has passed.
  const expected = tens(starts + DAY, 27);
  const seen = await card.names();
  await expect(card.earlier).toBeDisabled();
  while (seen.length < expected.length) {
    await card.later.click();
    const next = named(expected[seen.length] ?? 0, NEW_YORK);
    await expect(card.times.first()).toHaveAccessibleName(next);
    seen.push(...(await card.names()));
  }
  expect(seen).toEqual(expected.map((at) => named(at, NEW_YORK)));
  const times = new Set(seen.map((name) => name.slice(-5)));
  expect([...times].sort(), 'six hours apart, then five, then six').toEqual(['04:00', '05:00']);

  await test.step('the same times in the zone of the agent, from the same day on', async () => {
    const first = expected[seen.length - 3] ?? 0;
    await card.zone.selectOption(ROME);
    await expect(card.times.first()).toHaveAccessibleName(named(first, ROME));
    expect(new Set((await card.names()).map((name) => name.slice(-5)))).toEqual(new Set(['10:00']));
    await card.earlier.click();
    await expect(card.times.first()).toHaveAccessibleName(named(expected[seen.length - 6] ?? 0, ROME));
    await card.zone.selectOption(NEW_YORK);
  });

  const time = await card.chooseFirst();
  await card.email.fill('priya@example.com');
  await card.book.click();
  await expect(card.booked).toContainText(time);
});

/** Makes a browser tell this zone as its own. */
function tells(zone: string | undefined): void {
  const options = Intl.DateTimeFormat.prototype.resolvedOptions;
  Intl.DateTimeFormat.prototype.resolvedOptions = function () {
    return { ...options.call(this), timeZone: zone as string };
  };
}

for (const zone of ['Etc/Unknown', undefined]) {
  test(`a browser whose zone is ${zone ?? 'not told'} shows times in UTC, and another zone can be chosen`, async ({ stage }) => {
    const before = `(${tells})(${JSON.stringify(zone)})`;
    const { card } = await withCard(stage, { name: 'Priya Nair' }, { timezoneId: NEW_YORK, before }, 'mon-sun 10:00-10:30', 'UTC');
    await expect(card.zone).toHaveValue('UTC');
    await expect(card.times.first()).toHaveAccessibleName(/, 10:00$/);
    await card.zone.selectOption('Asia/Tokyo');
    await expect(card.times.first()).toHaveAccessibleName(/, 19:00$/);
    const time = await card.chooseFirst();
    await card.email.fill('priya@example.com');
    await card.book.click();
    await expect(card.booked).toContainText(time);
  });
}
