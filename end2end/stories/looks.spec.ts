import { SITE_KEY } from '../support/company.ts';
import { expect, test } from '../support/story.ts';

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

test.describe('a site with looks of its own', () => {
  test.use({
    siteSettings: ['--side', 'left', '--bottom-pixels', '96', '--side-pixels', '32', '--scheme', 'dark', '--colour', '#7a2fd0'],
  });

  test('the chat stands where the site wants it, dark on a light system', async ({ stage }) => {
    const visitor = await stage.visitor({ viewport: { width: 1280, height: 900 }, colorScheme: 'light' });
    expect(await visitor.openChat.boundingBox()).toMatchObject({ x: 32, y: 900 - 96 - 56 });
    await visitor.open();
    await expect(visitor.button('Start chat').or(visitor.button('Leave a message')).first()).toBeVisible();
    expect(await visitor.frame.boundingBox()).toMatchObject({ x: 32, y: 900 - 96 - 640, width: 384, height: 640 });
    const ground = await visitor.chat.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor);
    expect(ground).toBe('rgb(24, 28, 31)');
    const head = await visitor.chat.locator('.head').evaluate((head) => getComputedStyle(head).backgroundColor);
    expect(head).toBe('rgb(122, 47, 208)');
    const close = await visitor.closeChat.boundingBox();
    const frame = await visitor.frame.boundingBox();
    expect((close?.x ?? 0) + (close?.width ?? 0), 'closed from inside the head').toBeLessThanOrEqual((frame?.x ?? 0) + 384);
    expect(close?.y).toBeGreaterThanOrEqual(frame?.y ?? 0);
  });

  test('a low window keeps all of it in sight, and a phone gives it the screen', async ({ stage }) => {
    const low = await stage.visitor({ viewport: { width: 1000, height: 560 } });
    await low.open();
    const frame = await low.frame.boundingBox();
    expect(frame?.y).toBeGreaterThanOrEqual(0);
    expect((frame?.y ?? 0) + (frame?.height ?? 0)).toBeLessThanOrEqual(560);
    const phone = await stage.visitor(PHONE);
    await phone.openChat.tap();
    await expect.poll(() => phone.frame.boundingBox()).toMatchObject({ x: 0, y: 0, width: 360, height: 740 });
  });
});

test('nothing moves for who asked for less motion', async ({ stage }) => {
  const visitor = await stage.visitor({ reducedMotion: 'reduce' });
  await visitor.open();
  const slow = await visitor.chat.locator('body').evaluate(() =>
    [...document.querySelectorAll('*')].filter((element) => {
      const { transitionDuration, animationName } = getComputedStyle(element);
      return animationName !== 'none' || /[1-9]/.test(transitionDuration);
    }).length,
  );
  expect(slow).toBe(0);
});

test('an agent sees the chat of a site before its visitors do', async ({ stage }) => {
  const maya = await stage.agent();
  await maya.page.goto(`${stage.server.origin}/preview/${SITE_KEY}`);
  for (const pane of ['Light', 'Dark', 'Phone']) {
    const chat = maya.page.frameLocator(`iframe[title="${pane}"]`).frameLocator('iframe[title="Chat"]');
    await expect(chat.getByRole('status', { name: 'Chat status', exact: true }).or(chat.getByRole('heading'))).not.toHaveCount(0);
    await expect(chat.getByRole('button', { name: /Start chat|Leave a message/ }).first()).toBeVisible();
  }
  const ground = (pane: string) =>
    maya.page.frameLocator(`iframe[title="${pane}"]`).frameLocator('iframe[title="Chat"]').locator('body')
      .evaluate((body) => getComputedStyle(body).backgroundColor);
  expect(await ground('Light')).toBe('rgb(255, 255, 255)');
  expect(await ground('Dark')).toBe('rgb(24, 28, 31)');
  const stranger = await stage.newPage('stranger');
  await stranger.goto(`${stage.server.origin}/preview/${SITE_KEY}`);
  await expect(stranger.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
});
