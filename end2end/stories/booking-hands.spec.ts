import type { Locator, Page } from '@playwright/test';
import { MAYA } from '../support/agent.ts';
import { behind, BookingCard, withCard } from '../support/booking.ts';
import { expect, test } from '../support/story.ts';

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

const isFocused = (control: Locator) => control.evaluate((element) => element.ownerDocument.activeElement === element);

/** Presses a key until a control has the focus. */
async function walkTo(page: Page, key: 'Tab' | 'Shift+Tab', control: Locator): Promise<void> {
  for (let presses = 0; presses < 80 && !(await isFocused(control)); presses += 1) await page.keyboard.press(key);
  expect(await isFocused(control), `${key} reaches ${control}`).toBe(true);
}

/** Nothing is wider than the screen, and what is touched is large enough. */
async function fits(page: Page, card: BookingCard): Promise<void> {
  const tooWide = await card.group.evaluate((group) => group.scrollWidth - group.clientWidth);
  expect(tooWide).toBeLessThanOrEqual(0);
  const box = await card.group.boundingBox();
  expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(page.viewportSize()?.width ?? 0);
  for (const control of [card.zone, card.earlier, card.later, card.times.first(), card.book]) {
    const box = await control.boundingBox();
    expect(Math.min(box?.width ?? 0, box?.height ?? 0), `size of ${control}`).toBeGreaterThanOrEqual(44);
  }
}

test('a meeting is booked by keyboard alone', async ({ stage }) => {
  const { visitor, card } = await withCard(stage, { name: 'Priya Nair' });
  const keys = visitor.page.keyboard;
  await visitor.message.focus();
  await walkTo(visitor.page, 'Shift+Tab', card.later);
  const [before] = await card.names();
  await keys.press('Enter');
  await expect(card.times.first()).not.toHaveAccessibleName(before ?? '');
  expect(await isFocused(card.later), 'the focus stays where one goes on').toBe(true);
  await walkTo(visitor.page, 'Tab', card.times.nth(2));
  await keys.press('Space');
  await expect(card.times.nth(2)).toHaveAttribute('aria-pressed', 'true');
  expect(await isFocused(card.times.nth(2))).toBe(true);
  await walkTo(visitor.page, 'Tab', card.email);
  await keys.type('priya@example.com');
  await walkTo(visitor.page, 'Tab', card.book);
  await keys.press('Enter');
  await expect(card.booked).toBeVisible();
  // The focus is with what was booked: its links come next.
  await keys.press('Tab');
  expect(await isFocused(card.link('Reschedule meeting'))).toBe(true);
});

test('a meeting is booked on a phone, in the chat and by the link, and nothing jumps', async ({ stage }) => {
  const { visitor, card } = await withCard(stage, { name: 'Priya Nair' }, PHONE);
  await fits(visitor.page, card);
  const bottom = async () => (await card.book.boundingBox())?.y;
  const before = await bottom();
  await card.later.tap();
  expect(await bottom(), 'other days are as high').toBe(before);
  const time = await card.chooseFirst();
  expect(await bottom(), 'choosing moves nothing').toBe(before);
  await card.email.fill('priya@example.com');
  await card.book.tap();
  await expect(card.booked).toContainText(time);
  const reschedule = (await card.link('Reschedule meeting').getAttribute('href')) ?? '';

  const page = await behind(stage, reschedule, PHONE);
  const linked = BookingCard.of(page, MAYA.name);
  await linked.chooseFirst();
  const wide = await page.locator('html').evaluate((html) => html.scrollWidth);
  expect(wide).toBeLessThanOrEqual(360);
  const save = linked.group.getByRole('button', { name: 'Reschedule meeting', exact: true });
  await expect(save, 'what comes next is in sight').toBeInViewport();
  for (const control of [linked.zone, linked.later, linked.times.first(), save]) {
    const box = await control.boundingBox();
    expect(Math.min(box?.width ?? 0, box?.height ?? 0), `size of ${control}`).toBeGreaterThanOrEqual(44);
  }
});
