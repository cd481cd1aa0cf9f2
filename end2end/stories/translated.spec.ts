import { SITE_KEY } from '../support/company.ts';
import { expect, test } from '../support/story.ts';
import { translate } from '../support/translator.ts';

test('an inbox that the browser translates stays in step', async ({ stage }) => {
  const { agent: maya, visitor: priya } = await stage.chat('Priya Nair');
  await priya.say('From Priya');
  await expect(maya.said('From Priya')).toHaveCount(1);
  await translate(maya.page);
  await expect(maya.said('From Priya').locator('.translated').first(), 'what people write is translated').toBeVisible();

  await test.step('an offer comes and another chat is opened: names and words are its own', async () => {
    const chiara = await stage.asking({ name: 'Chiara Greco', firstMessage: 'From Chiara' });
    await expect(maya.offers('Chiara Greco')).toBeVisible();
    await maya.accept('Chiara Greco');
    const head = maya.page.getByRole('heading', { level: 1 });
    await expect(head).toHaveText('Chiara Greco');
    await expect(maya.known('Name')).toHaveText('Chiara Greco');
    await expect(maya.said('From Chiara')).toHaveCount(1);
    await expect(maya.said('From Priya')).toHaveCount(0);
    await priya.say('Are you there?');
    await expect(maya.row('Priya Nair')).toContainText('1 unread');
    await expect(maya.row('Priya Nair')).toContainText('Are you there?');
    await expect(maya.row('Chiara Greco')).not.toContainText('Are you there?');
    await maya.row('Priya Nair').click();
    await expect(head).toHaveText('Priya Nair');
    await expect(maya.known('Name')).toHaveText('Priya Nair');
    await expect(maya.said('From Chiara')).toHaveCount(0);
    await expect(maya.said('Are you there?')).toHaveCount(1);
    await expect(maya.row('Priya Nair')).not.toContainText('unread');
    await chiara.end();
    await expect(maya.rows.filter({ hasText: 'Chiara Greco' })).toHaveCount(0);
  });

  await test.step('messages go both ways, a correction shows, and the end', async () => {
    await maya.say('An answer');
    await expect(maya.said('An answer')).toContainText(/Sent|Read/);
    await expect(priya.said('An answer')).toHaveCount(1);
    await maya.edit({ Name: 'Priya N.' });
    await expect(maya.page.getByRole('heading', { level: 1 })).toHaveText('Priya N.');
    await maya.endSession.click();
    await maya.isOver('Chat ended by you');
  });

  await test.step('a page that is translated while it loads comes alive', async () => {
    await maya.page.route(/\.wasm$/, async (route) => {
      await maya.page.waitForLoadState('domcontentloaded');
      await translate(maya.page);
      await route.continue();
    });
    await maya.page.reload();
    await expect(maya.available).toBeEnabled();
    await expect(maya.page.getByRole('heading', { level: 1 })).toHaveText('Priya N.');
  });
});

test('a chat that the browser translates stays in step, and says nothing twice', async ({ stage }) => {
  const maya = await stage.availableAgent();
  const visitor = await stage.visitor();
  await visitor.open();
  await expect(visitor.field('Name')).toBeVisible();
  const frame = visitor.page.frames().find((frame) => frame.url().includes(`/w/${SITE_KEY}/frame`));
  if (!frame) throw new Error('no frame');
  await translate(frame);
  await visitor.ask({ name: 'Priya Nair', firstMessage: 'Hello' });
  await expect(visitor.status).toHaveText('Finding someone…');
  await maya.accept('Priya Nair');
  await visitor.isChattingWith('Maya Rossi');
  await expect(visitor.chat.getByRole('heading', { level: 1 })).toHaveText('Maya Rossi');
  await visitor.status.evaluate((status) => {
    const host = window as unknown as { changes: number };
    host.changes = 0;
    new MutationObserver(() => (host.changes += 1)).observe(status, { childList: true, characterData: true, subtree: true });
  });
  for (const n of [1, 2, 3]) {
    await visitor.say(`[priya ${n}]`);
    await maya.say(`[maya ${n}]`);
    await expect(visitor.said(`[maya ${n}]`)).toHaveCount(1);
  }
  expect(await visitor.status.evaluate(() => (window as unknown as { changes: number }).changes)).toBe(0);
  await visitor.end();
  await visitor.isOver('Chat ended by you');
  await expect(visitor.status).toHaveText('Chat ended');
});
