import { MAYA } from '../support/agent.ts';
import { BookingCard, canBeMet } from '../support/booking.ts';
import { Calendar } from '../support/calendar.ts';
import { Meetings } from '../support/meetings.ts';
import { Radicale } from '../support/radicale.ts';
import { expect, type Stage, test as base } from '../support/story.ts';

const HOUR = 60 * 60 * 1_000;
const DAY = 24 * HOUR;
const PRIYA = 'Priya Nair';

/** With a calendar server that Casella may reach. */
const test = base.extend<{ radicale: Radicale }>({
  radicale: async ({ stage }, use, info) => {
    info.skip(!Radicale.isThere, 'needs a Python with Radicale');
    const radicale = await Radicale.start();
    await stage.server.restartWith('--allow-outgoing', radicale.host);
    await use(radicale);
    await radicale.close();
  },
});

/** Keeps all of the days that a card shows but their last hour. */
async function busyUntilFour(stage: Stage, radicale: Radicale): Promise<void> {
  const today = stage.now() - (stage.now() % DAY);
  for (let day = 1; day <= 8; day += 1) await radicale.busy(today + day * DAY + 9 * HOUR, today + day * DAY + 16 * HOUR);
}

test('a calendar elsewhere is connected, keeps time free, gets the meetings, and is let go', async ({ stage, radicale }) => {
  await canBeMet(stage, MAYA);
  await busyUntilFour(stage, radicale);
  const maya = await stage.agent(MAYA);
  const calendar = new Calendar(maya);
  await calendar.open();

  await test.step('what is wrong is said, and what was typed stays', async () => {
    await calendar.connect(radicale.origin, 'not mine');
    await expect(calendar.region).toContainText('The account refuses access: check user and password');
    await expect(calendar.field('Calendar address')).toHaveValue(radicale.origin);
    await calendar.connect('ftp://example.com');
    await expect(calendar.region).toContainText('This is no address of a calendar server');
  });
  await calendar.connect(radicale.origin);
  await expect(calendar.region).toContainText('CalDAV: maya');
  await expect(calendar.counts('Work')).toBeChecked();

  await maya.goto('/');
  await maya.goAvailable();
  const visitor = await stage.asking({ name: PRIYA, email: 'priya@example.com' }, { timezoneId: 'UTC' });
  await maya.accept(PRIYA);
  await new Meetings(maya).share(MAYA);
  const card = BookingCard.of(visitor.chat, MAYA.name);
  for (const name of await card.names()) expect(name).toMatch(/ 16:(00|30)$/);
  await card.chooseFirst();
  await card.book.click();
  await expect(card.booked).toBeVisible();
  await expect.poll(() => radicale.text()).toContain(PRIYA);

  await calendar.open();
  await calendar.counts('Work').uncheck();
  await calendar.field('Meetings are written to').selectOption('No calendar');
  await calendar.button('Save').click();
  await expect(calendar.region.getByText('Saved', { exact: true })).toBeVisible();
  await expect.poll(() => radicale.text()).not.toContain(PRIYA);
  await maya.page.reload();
  await expect(calendar.counts('Work')).not.toBeChecked();
  await calendar.button('Disconnect').click();
  await expect(calendar.button('Connect')).toBeVisible();
});

test('while the calendar server is down meetings are booked by what was last known, and written when it is back', async ({ stage, radicale }) => {
  await canBeMet(stage, MAYA);
  await busyUntilFour(stage, radicale);
  const maya = await stage.agent(MAYA);
  const calendar = new Calendar(maya);
  await calendar.open();
  await calendar.connect(radicale.origin);
  await expect(calendar.region).toContainText('CalDAV: maya');
  await maya.goto('/');
  await maya.goAvailable();
  const visitor = await stage.asking({ name: PRIYA, email: 'priya@example.com' }, { timezoneId: 'UTC' });
  await maya.accept(PRIYA);

  await radicale.stop();
  await stage.pass(2 * 60);
  await new Meetings(maya).share(MAYA);
  const card = BookingCard.of(visitor.chat, MAYA.name);
  for (const name of await card.names()) expect(name).toMatch(/ 16:(00|30)$/);
  const time = await card.chooseFirst();
  await card.book.click();
  await expect(card.booked).toContainText(time);
  const strip = maya.page.getByText('Your calendar cannot be reached, or refuses something.');
  await expect(strip).toBeVisible();
  await calendar.open();
  await expect(calendar.region).toContainText('The calendar does not answer at present.');

  await radicale.start();
  await expect(async () => {
    await stage.pass(60);
    expect(await radicale.text()).toContain(PRIYA);
  }).toPass();
  await expect(strip).toHaveCount(0);
});

test('the private feed is read without signing in, until it gets a new address', async ({ stage }) => {
  await canBeMet(stage, MAYA);
  const maya = await stage.availableAgent(MAYA);
  const visitor = await stage.asking({ name: PRIYA, email: 'priya@example.com' });
  await maya.accept(PRIYA);
  await new Meetings(maya).share(MAYA);
  const card = BookingCard.of(visitor.chat, MAYA.name);
  await card.chooseFirst();
  await card.book.click();
  await expect(card.booked).toBeVisible();

  const calendar = new Calendar(maya);
  await calendar.open();
  await calendar.button('Make feed').click();
  const first = await calendar.field('Feed').inputValue();
  const feed = await fetch(first);
  expect(feed.headers.get('content-type')).toContain('text/calendar');
  expect(await feed.text()).toContain(PRIYA);
  await calendar.button('New address').click();
  await expect(calendar.field('Feed')).not.toHaveValue(first);
  const second = await calendar.field('Feed').inputValue();
  expect((await fetch(first)).status).toBe(404);
  expect((await fetch(second)).status).toBe(200);
  // The address is shown when it is made, and never again.
  await calendar.open();
  await expect(calendar.region.getByText('The feed is on')).toBeVisible();
  await expect(calendar.field('Feed')).toHaveCount(0);
  await calendar.button('End feed').click();
  await expect(calendar.button('Make feed')).toBeVisible();
  expect((await fetch(second)).status).toBe(404);
});
