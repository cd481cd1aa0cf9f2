import { MAYA } from './agent.ts';
import { BookingCard, behind, withCard } from './booking.ts';
import { expect, type Stage } from './story.ts';
import type { Look } from './tour.ts';

/** Brings booking cards and the pages behind their links to every state. */
export async function tourOfTheBooking(stage: Stage, look: Look): Promise<void> {
  stage.watch.declare(/status of 4\d\d/);
  const address = stage.company.page({ language: 'en' });
  const kind = { address, timezoneId: 'America/Argentina/Buenos_Aires' };
  const { visitor, card } = await withCard(stage, { name: 'Priya Nair' }, kind);
  await look('booking-card', visitor.page);
  await card.chooseFirst();
  await card.email.fill('priya@');
  await card.book.click();
  await expect(card.email).toBeFocused();
  await look('booking-refused', visitor.page);
  const time = await card.chooseFirst();
  await card.email.fill('priya@example.com');
  await card.book.click();
  await expect(card.booked).toContainText(time);
  await look('booking-booked', visitor.page);

  const href = async (name: string) => (await card.link(name).getAttribute('href')) ?? '';
  const [reschedule, cancel] = [await href('Reschedule meeting'), await href('Cancel meeting')];
  // With script, by which axe looks; the page itself has none.
  const page = await behind(stage, reschedule, { javaScriptEnabled: true });
  const linked = BookingCard.of(page, MAYA.name);
  await look('link-reschedule', page);
  await linked.group.getByRole('button', { name: 'Reschedule meeting', exact: true }).click();
  await expect(linked.alert).toHaveText('Choose a time');
  await look('link-nothing-chosen', page);
  await linked.chooseFirst();
  await look('link-chosen', page);
  await page.goto(new URL(reschedule.replace(/\?.*/, '?lang=en'), stage.server.origin).href);
  await expect(page.getByRole('status', { name: 'Meeting booked', exact: true })).toBeVisible();
  await look('link-meeting', page);
  await page.goto(new URL(reschedule.replace('lang=en', 'lang=it'), stage.server.origin).href);
  await look('link-reschedule-italian', page);
  await page.goto(new URL(cancel, stage.server.origin).href);
  await look('link-cancel', page);
  await page.getByRole('button', { name: 'Cancel meeting', exact: true }).click();
  await expect(page.getByRole('status', { name: 'Meeting cancelled', exact: true })).toBeVisible();
  await look('link-cancelled', page);
  await expect(card.group).toContainText('Meeting cancelled');
  await look('booking-cancelled', visitor.page);

  await page.getByRole('link', { name: 'Book another time', exact: true }).click();
  await linked.chooseFirst();
  await look('link-card', page);
  await page.goto(new URL('/m/no-address', stage.server.origin).href);
  await look('link-unknown', page);

  await stage.casella('agent', 'set', MAYA.email, '--no-meeting-hours');
  await visitor.page.reload();
  await expect(card.group).toContainText('No more meetings are booked here. Ask for another time in the chat.');
  await look('booking-none', visitor.page);
}
