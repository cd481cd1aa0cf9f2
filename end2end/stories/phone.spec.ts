import type { Page } from '@playwright/test';
import { expect, test } from '../support/story.ts';

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

async function fits(page: Page): Promise<void> {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect(content, 'nothing is wider than the screen').toBeLessThanOrEqual(window ?? 0);
}

test('on a phone the chat fills the screen and the inbox shows one column', async ({ stage }) => {
  const maya = await stage.availableAgent(undefined, PHONE);
  await fits(maya.page);
  const note = maya.page.getByRole('status', { name: 'Availability', exact: true });
  await expect(note).toHaveText('Until midnight');
  const [height, cut] = await note.evaluate((note) => [note.getBoundingClientRect().height, note.scrollWidth - note.clientWidth]);
  expect(height, 'the note of the switch stands on one line').toBeLessThanOrEqual(24);
  expect(cut, 'and is not cut').toBe(0);
  const visitor = await stage.visitor(PHONE);
  const launcher = await visitor.openChat.boundingBox();
  expect(Math.min(launcher?.width ?? 0, launcher?.height ?? 0)).toBeGreaterThanOrEqual(44);

  await visitor.openChat.tap();
  await expect.poll(() => visitor.frame.boundingBox()).toMatchObject({ x: 0, width: 360 });
  await visitor.ask({ name: 'Priya Nair', firstMessage: 'From the train' });
  await expect(maya.offers('Priya Nair')).toHaveCount(1);
  await fits(maya.page);
  await maya.accept('Priya Nair');
  await visitor.isChattingWith('Maya Rossi');
  await fits(maya.page);

  await test.step('one column at a time, with a way back', async () => {
    await expect(maya.rows).toHaveCount(0);
    await maya.say('Hello from my phone');
    await expect(visitor.said('Hello from my phone')).toHaveCount(1);
    await maya.button('Show visitor').tap();
    await expect(maya.known('Name')).toHaveText('Priya Nair');
    await expect(maya.endSession).toBeVisible();
    await fits(maya.page);
    await maya.button('Back to chat').tap();
    await expect(maya.reply).toBeVisible();
    await maya.button('Back to conversations').tap();
    await expect(maya.row('Priya Nair')).toBeVisible();
    await expect(maya.reply).toHaveCount(0);
    await maya.row('Priya Nair').tap();
    await expect(maya.reply).toBeVisible();
  });

  await test.step('what is touched is large enough', async () => {
    for (const button of [visitor.button('Send'), visitor.button('End chat'), maya.button('Send'), maya.button('Back to conversations')]) {
      const box = await button.boundingBox();
      expect(Math.min(box?.width ?? 0, box?.height ?? 0), `size of ${button}`).toBeGreaterThanOrEqual(40);
    }
  });

  await test.step('the visitor closes the window', async () => {
    await visitor.say('Thanks');
    await expect(maya.said('Thanks')).toHaveCount(1);
    await visitor.closeChat.tap();
    await expect(visitor.openChat).toBeVisible();
    await expect(visitor.frame).toBeHidden();
  });
});

test('on a low screen the close button stays in the head of the window', async ({ stage }) => {
  const visitor = await stage.visitor({ viewport: { width: 1000, height: 560 } });
  await visitor.open();
  await expect(visitor.button('Start chat')).toBeVisible();
  const head = await visitor.chat.locator('header').boundingBox();
  const close = await visitor.closeChat.boundingBox();
  const [top = 0, bottom = 0] = [head?.y, (head?.y ?? 0) + (head?.height ?? 0)];
  expect(close?.y).toBeGreaterThanOrEqual(top);
  expect((close?.y ?? 0) + (close?.height ?? 0)).toBeLessThanOrEqual(bottom);
});
