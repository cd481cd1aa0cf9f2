import { JUN, MAYA, NOOR } from './agent.ts';
import { BookingCard } from './booking.ts';
import { Meetings } from './meetings.ts';
import { expect, type Stage } from './story.ts';
import type { Look } from './tour.ts';

const PRIYA = 'Priya Nair';
const INGRID = 'Ingrid Solberg-Andersen of the Nordic Purchasing Department';

/** Brings what agents see of meetings to every state. */
export async function tourOfTheMeetings(stage: Stage, look: Look): Promise<void> {
  stage.watch.declare(/status of [45]\d\d|Failed to load resource/);
  const maya = await stage.agent(MAYA);
  const meetings = new Meetings(maya);
  await meetings.open();
  await expect(maya.page.getByText('No meetings yet.')).toBeVisible();
  await look('meetings-none', maya.page);

  await meetings.setHours();
  await maya.choose('Settings');
  await meetings.term('Length').fill('4');
  await meetings.day('Monday').getByLabel('To', { exact: true }).fill('8');
  await meetings.save.click();
  await meetings.hours.getByRole('heading', { name: 'Meeting hours', exact: true }).scrollIntoViewIfNeeded();
  await look('meetings-hours', maya.page);
  await meetings.save.scrollIntoViewIfNeeded();
  await look('meetings-hours-refused', maya.page);
  await maya.page.getByRole('link', { name: 'Inbox', exact: true }).click();

  await maya.goAvailable();
  const visitor = await stage.asking({ name: PRIYA, email: 'priya@example.com' });
  await maya.accept(PRIYA);
  await visitor.isChattingWith(MAYA.name);
  await maya.button('Share calendar').click();
  await expect(meetings.calendar(MAYA)).toBeEnabled();
  await look('meetings-share', maya.page);
  await meetings.dialog.getByRole('searchbox', { name: 'Find an agent', exact: true }).fill('nobody');
  await expect(meetings.dialog.getByText('No agent has such a name.')).toBeVisible();
  await look('meetings-share-nobody', maya.page);
  await meetings.dialog.getByRole('button', { name: 'Close', exact: true }).click();
  await maya.page.route('**/api/calendars', (route) => route.abort());
  await maya.button('Share calendar').click();
  await expect(meetings.dialog.getByText('The agents could not be read.')).toBeVisible();
  await look('meetings-share-failed', maya.page);
  await meetings.dialog.getByRole('button', { name: 'Close', exact: true }).click();
  await maya.page.unroute('**/api/calendars');

  await maya.say('Let us look at it together. Please choose a time:');
  await meetings.share(MAYA);
  await expect(maya.said('Not booked yet')).toHaveCount(1);
  await look('meetings-shared', maya.page);
  const card = BookingCard.of(visitor.chat, MAYA.name);
  await card.chooseFirst();
  await card.book.click();
  await expect(maya.did('Meeting scheduled')).toHaveCount(1);
  await look('meetings-booked', maya.page);

  const ingrid = await stage.asking({ name: INGRID, email: 'ingrid.solberg-andersen@purchasing.nordmark.example.com' });
  await maya.accept(INGRID);
  await ingrid.isChattingWith(MAYA.name);
  await meetings.share(MAYA);
  const other = BookingCard.of(ingrid.chat, MAYA.name);
  await other.chooseFirst();
  await other.book.click();
  await expect(other.booked).toBeVisible();
  await meetings.open();
  await expect(meetings.row(PRIYA)).toContainText('Coming');
  await look('meetings-own', maya.page);

  const jun = await stage.agent(JUN);
  await new Meetings(jun).setHours();
  await stage.casella('agent', 'disable', MAYA.email);
  const noor = await stage.agent(NOOR);
  const all = new Meetings(noor);
  await all.open();
  await expect(all.row(PRIYA)).toContainText('Disabled');
  await look('meetings-orphaned', noor.page);
  await all.row(PRIYA).getByRole('button', { name: 'Reassign', exact: true }).click();
  await expect(noor.dialog('Reassign meeting').getByRole('radio', { name: JUN.name, exact: true })).toBeEnabled();
  await look('meetings-reassign', noor.page);
  await noor.dialog('Reassign meeting').getByRole('button', { name: 'Close', exact: true }).click();
  await all.row(PRIYA).getByRole('button', { name: 'Cancel meeting', exact: true }).click();
  const question = noor.dialog('Cancel this meeting?');
  await expect(question).toBeVisible();
  await look('meetings-cancel', noor.page);
  await question.getByRole('button', { name: 'Cancel meeting', exact: true }).click();
  await expect(all.row(PRIYA)).toContainText('Cancelled');
  await look('meetings-cancelled', noor.page);
  await stage.pass(3 * 24 * 60 * 60);
  await noor.page.reload();
  await expect(all.row(INGRID)).toContainText('Past');
  await look('meetings-past', noor.page);
  await noor.page.route('**/api/meetings', (route) => route.abort());
  await noor.page.reload();
  await expect(noor.page.getByText('The meetings could not be read.')).toBeVisible();
  await look('meetings-failed', noor.page);
}
