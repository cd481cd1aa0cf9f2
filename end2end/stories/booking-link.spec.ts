import { MAYA } from '../support/agent.ts';
import { behind, BookingCard, bookingItalian, withCard } from '../support/booking.ts';
import { expect, test } from '../support/story.ts';

test('a meeting is moved and cancelled by its link, signed out and without any script, and the chat shows it', async ({ stage }) => {
  const { maya, card } = await withCard(stage, { name: 'Priya Nair', email: 'priya@example.com' });
  const zone = await card.zone.inputValue();
  const time = await card.chooseFirst();
  await card.book.click();
  await expect(card.booked).toContainText(time);
  const reschedule = (await card.link('Reschedule meeting').getAttribute('href')) ?? '';
  const cancel = (await card.link('Cancel meeting').getAttribute('href')) ?? '';

  const calendar = (await card.link('Add to calendar').getAttribute('href')) ?? '';

  const page = await behind(stage, reschedule);
  const file = await page.request.get(new URL(calendar, stage.server.origin).href);
  expect(file.headers()['content-disposition']).toContain('.ics');
  expect(await file.text()).toContain('BEGIN:VEVENT');
  const linked = BookingCard.of(page, MAYA.name);
  await test.step('choosing changes nothing', async () => {
    await expect(linked.zone).toHaveValue(zone);
    await linked.later.click();
    await linked.earlier.click();
    await expect(linked.time(time), 'its own time is no other time').toHaveCount(0);
    await linked.chooseFirst();
    await expect(card.booked).toContainText(time);
  });
  const moved = await linked.chooseFirst();
  await linked.group.getByRole('button', { name: 'Reschedule meeting', exact: true }).click();
  const status = page.getByRole('status', { name: 'Meeting booked', exact: true });
  await expect(status).toContainText(moved.split(',')[1] ?? '');
  await expect(card.booked).toContainText(moved);
  await expect(maya.did('Meeting rescheduled')).toHaveCount(1);

  await test.step('cancelling asks once', async () => {
    await page.goto(new URL(cancel, stage.server.origin).href);
    await page.getByRole('link', { name: 'Keep meeting', exact: true }).click();
    await expect(status).toBeVisible();
    await page.getByRole('link', { name: 'Cancel meeting', exact: true }).click();
    await page.getByRole('button', { name: 'Cancel meeting', exact: true }).click();
    await expect(page.getByRole('status', { name: 'Meeting cancelled', exact: true })).toBeVisible();
    await expect(card.group).toContainText(`Meeting cancelled: ${moved}`);
    await expect(card.time(moved), 'its time is free again').toHaveCount(1);
  });

  await test.step('another time is booked by the link of the card', async () => {
    await page.getByRole('link', { name: 'Book another time', exact: true }).click();
    const again = await linked.chooseFirst();
    await linked.book.click();
    await expect(status).toContainText(again.split(',')[1] ?? '');
    await expect(card.booked).toContainText(again);
  });
});

test('the page behind a link says calmly what is not possible', async ({ stage }) => {
  stage.watch.declare(/status of 4\d\d/);
  const { visitor, card } = await withCard(stage, { name: 'Priya Nair' });
  const time = await card.chooseFirst();
  await card.email.fill('priya@example.com');
  await card.book.click();
  await expect(card.booked).toContainText(time);
  const reschedule = (await card.link('Reschedule meeting').getAttribute('href')) ?? '';

  await test.step('a time that somebody else takes meanwhile', async () => {
    const [mine, theirs] = await Promise.all([behind(stage, reschedule), behind(stage, reschedule)]);
    const [slow, quick] = [mine, theirs].map((page) => BookingCard.of(page, MAYA.name));
    const second = (await slow?.chooseFirst()) ?? '';
    await quick?.choose(second);
    await theirs.getByRole('button', { name: 'Reschedule meeting', exact: true }).click();
    await expect(theirs.getByRole('status', { name: 'Meeting booked', exact: true })).toBeVisible();
    await mine.getByRole('button', { name: 'Reschedule meeting', exact: true }).click();
    // It is the same meeting, which stands there already: nothing is lost.
    await expect(card.booked).toContainText(second);
  });

  await test.step('an address that was not given out', async () => {
    const page = await behind(stage, '/m/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
    await expect(page.getByRole('heading', { name: 'This link does not work', exact: true })).toBeVisible();
    const answer = await page.request.get(new URL('/m/no-address', stage.server.origin).href);
    expect(answer.status()).toBe(404);
  });

  await test.step('in Italian, and nothing by a request from elsewhere', async () => {
    const page = await behind(stage, reschedule.replace('lang=en', 'lang=it'));
    await expect(BookingCard.of(page, MAYA.name, bookingItalian).times.first()).toBeVisible();
    const answer = await page.request.post(new URL(reschedule, stage.server.origin).href, {
      headers: { origin: stage.company.origin },
      form: { do: 'cancel', act: 'yes' },
    });
    expect(answer.status()).toBe(403);
    await expect(card.booked).toBeVisible();
  });
  await expect(visitor.status).toHaveText(`Chatting with ${MAYA.name}`);
});
