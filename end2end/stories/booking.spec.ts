import { MAYA } from '../support/agent.ts';
import { BookingCard, bookingItalian, canBeMet, withCard } from '../support/booking.ts';
import { expect, test } from '../support/story.ts';
import { Visitor } from '../support/visitor.ts';
import { italian } from '../support/words.ts';

const PRIYA = 'Priya Nair';

test('a visitor books by a card in the chat, and every tab of both sides knows at once', async ({ stage }) => {
  const { maya, visitor, card } = await withCard(stage, { name: PRIYA });
  await visitor.page.evaluate(() => {
    const host = window as unknown as { heard: number; Casella: { on(event: string, heard: () => void): void } };
    host.heard = 0;
    host.Casella.on('booked', () => (host.heard += 1));
  });
  const tab = new Visitor(await visitor.page.context().newPage());
  await tab.page.goto(stage.company.page());

  await test.step('without a time or an email it says what is missing', async () => {
    await card.book.click();
    await expect(card.alert).toHaveText('Choose a time');
    await card.chooseFirst();
    await expect(card.alert).toHaveCount(0);
    await card.email.fill('priya');
    await card.book.click();
    await expect(card.email).toHaveAccessibleDescription(/Please give an email address/);
    await expect(card.email).toBeFocused();
    await expect(card.chosen).toHaveCount(1);
  });

  const time = await card.chooseFirst();
  await card.email.fill('priya@example.com');
  await card.book.click();
  await expect(card.booked).toContainText('Meeting booked');
  await expect(card.booked).toContainText(time);
  await expect(card.group).toContainText('priya@example.com');
  await expect(card.book).toHaveCount(0);
  for (const link of ['Reschedule meeting', 'Cancel meeting']) {
    await expect(card.link(link)).toHaveAttribute('href', /^\/m\/[\w-]+\?/);
  }
  expect(await visitor.page.evaluate(() => (window as unknown as { heard: number }).heard)).toBe(1);
  await expect(BookingCard.of(tab.chat, MAYA.name).booked).toContainText(time);
  await expect(maya.said(`Calendar of ${MAYA.name}`)).toContainText('Meeting scheduled');

  await visitor.page.reload();
  await expect(card.booked).toContainText(time);
});

test('a slot that somebody else takes while the card is open is not booked twice, and nothing is typed twice', async ({ stage }) => {
  const { visitor, card } = await withCard(stage, { name: PRIYA });
  const maya = await stage.agent(MAYA);
  await maya.goto('/');
  const other = await stage.asking({ name: 'Tomás Beltrán' });
  await maya.accept('Tomás Beltrán');
  await maya.button('Share calendar').click();
  await maya.dialog('Share calendar').getByRole('radio', { name: `${MAYA.name} (you)`, exact: true }).check();
  await maya.dialog('Share calendar').getByRole('button', { name: 'Send', exact: true }).click();
  const others = BookingCard.of(other.chat, MAYA.name);

  const time = await card.chooseFirst();
  await card.email.fill('priya@example.com');
  await others.choose(time);
  await others.email.fill('tomas@example.com');
  await others.book.click();
  await expect(others.booked).toContainText(time);

  await card.book.click();
  await expect(card.alert).toHaveText('This time was just taken');
  await expect(card.time(time)).toHaveCount(0);
  await expect(card.email).toHaveValue('priya@example.com');
  const second = await card.chooseFirst();
  expect(second).not.toBe(time);
  await card.book.click();
  await expect(card.booked).toContainText(second);
  await expect(visitor.status).toHaveText(`Chatting with ${MAYA.name}`);
});

test('a card that was shared before the end still books, also after a reload', async ({ stage }) => {
  const { maya, visitor, card } = await withCard(stage, { name: PRIYA, email: 'priya@example.com' });
  await maya.endSession.click();
  await visitor.isOver(`Chat ended by ${MAYA.name}`);
  await visitor.page.reload();
  await expect(card.times.first()).toBeVisible();
  await expect(card.email, 'it is known').toHaveCount(0);
  const time = await card.chooseFirst();
  await card.book.click();
  await expect(card.booked).toContainText(time);
  await expect(visitor.button('Start a new chat')).toBeVisible();
});

test.describe('where the site offers meetings when nobody answers', () => {
  test.use({ siteSettings: ['--fallback-meetings', 'true'] });

  test('a visitor at night books with who can be met', async ({ stage }) => {
    await canBeMet(stage, MAYA);
    const visitor = await stage.visitor();
    await visitor.open();
    await visitor.field('Name').fill(PRIYA);
    await visitor.button('Start chat').click();
    await expect(visitor.status).toHaveText('Nobody is available');
    const card = BookingCard.of(visitor.chat, MAYA.name);
    await expect(visitor.button('Leave a message')).toBeVisible();
    await expect(visitor.field('Email'), 'one place for the email').toHaveCount(1);
    const time = await card.chooseFirst();
    await card.email.fill('priya@example.com');
    await card.book.click();
    await expect(card.booked).toContainText(time);
  });
});

test('the card speaks Italian', async ({ stage }) => {
  await canBeMet(stage, MAYA, 'mon-sun 09:00-17:00', 'Europe/Rome');
  const maya = await stage.availableAgent();
  const address = stage.company.page({ language: 'it' });
  const visitor = await stage.visitor({ words: italian, address, timezoneId: 'Europe/Rome' });
  await visitor.open();
  await visitor.ask({ name: 'Chiara Greco' });
  await maya.accept('Chiara Greco');
  await maya.button('Share calendar').click();
  await maya.dialog('Share calendar').getByRole('radio', { name: `${MAYA.name} (you)`, exact: true }).check();
  await maya.dialog('Share calendar').getByRole('button', { name: 'Send', exact: true }).click();
  const card = BookingCard.of(visitor.chat, MAYA.name, bookingItalian);
  await expect(card.zone).toHaveValue('Europe/Rome');
  const [first = ''] = await card.names();
  expect(first).toMatch(/^(lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica) /);
  expect(first).toMatch(/^[a-zì]+ \d{1,2} [a-z]+, \d\d:\d\d$/);
  await card.choose(first);
  await card.email.fill('chiara@example.com');
  await card.book.click();
  await expect(card.booked).toContainText('Appuntamento prenotato');
  await expect(card.link('Sposta appuntamento')).toBeVisible();
});
