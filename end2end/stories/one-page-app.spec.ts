import type { Page } from '@playwright/test';
import type { Host } from '../support/api.ts';
import { expect, test } from '../support/story.ts';

/** What an app replaces to show another page. */
type Part = 'main' | 'body' | 'document';

/**
 * Shows another page as apps do that never load one: new content, a new address, the script again, and with
 * `queues` the page's own calls of it.
 */
async function leadsTo(page: Page, path: string, part: Part, queues: boolean): Promise<void> {
  await page.evaluate(
    async ({ path, part, queues }) => {
      const name = path.slice(1);
      const main = document.createElement('main');
      main.append(name);
      const body = document.createElement('body');
      history.pushState({}, '', path);
      document.title = name;
      if (part === 'main') {
        document.querySelector('main')?.replaceWith(main);
      } else {
        body.append(main);
        if (part === 'body') document.body.replaceWith(body);
        else document.documentElement.replaceChildren(document.head, body);
      }
      const before = document.querySelector<HTMLScriptElement>('script[src*="/w/"]');
      const script = document.createElement('script');
      script.src = before?.src ?? '';
      const ran = new Promise((done) => script.addEventListener('load', done));
      if (queues) (window as unknown as { Casella: unknown }).Casella = [['setAttributes', { Step: name }]];
      before?.remove();
      document.head.append(script);
      await ran;
    },
    { path, part, queues },
  );
}

test('the chat stays through an app that replaces its page, closed, open and with a draft', async ({ stage }) => {
  const maya = await stage.availableAgent();
  const visitor = await stage.visitor();
  const { page } = visitor;
  await expect(visitor.openChat).toBeVisible();

  await test.step('closed, before there is a chat', async () => {
    await leadsTo(page, '/first', 'body', false);
    await expect(visitor.openChat).toHaveCount(1);
    await page.evaluate(() => (window as unknown as Host).Casella.open());
    await expect(visitor.closeChat).toBeVisible();
    await visitor.ask({ name: 'Priya Nair', firstMessage: 'Hello' });
    await maya.accept('Priya Nair');
    await visitor.isChattingWith('Maya Rossi');
    await expect(maya.visitor).toContainText('first');
  });

  const pages = [['/second', 'body', true], ['/third', 'document', false], ['/fourth', 'main', true]] as const;
  for (const [path, part, queues] of pages) {
    await test.step(`open, with a draft, where the ${part} is replaced`, async () => {
      await visitor.message.fill(`Not sent on ${path}`);
      await leadsTo(page, path, part, queues);
      await page.evaluate(() => (window as unknown as Host).Casella.open());
      await expect(visitor.closeChat).toHaveCount(1);
      await expect(visitor.frame).toHaveCount(1);
      await expect(visitor.frame).toBeVisible();
      await visitor.isChattingWith('Maya Rossi');
      await expect(visitor.message).toHaveValue(`Not sent on ${path}`);
      await expect(maya.chatWith('Priya Nair')).toContainText(path.slice(1));
      if (queues) await expect(maya.visitor).toContainText(new RegExp(`Step\\s*${path.slice(1)}`));
      await visitor.say(`Sent on ${path}`);
      await expect(maya.said(`Sent on ${path}`)).toHaveCount(1);
    });
  }

  await test.step('closed, with a chat', async () => {
    await visitor.closeChat.click();
    await leadsTo(page, '/fifth', 'body', false);
    await expect(visitor.openChat).toHaveCount(1);
    await expect(maya.chatWith('Priya Nair')).toContainText('fifth');
    await maya.say('Are you there?');
    await expect(visitor.openChat).toHaveAccessibleDescription('1 unread message');
    await visitor.open();
    await expect(visitor.said('Are you there?')).toHaveCount(1);
  });

  await test.step('each page is told once', async () => {
    await maya.page.reload();
    for (const name of ['second', 'third', 'fourth', 'fifth']) {
      await expect(maya.did('Page viewed').filter({ hasText: name })).toHaveCount(1);
    }
  });
});

test('two script tags make one chat', async ({ stage }) => {
  const visitor = await stage.visitor({ address: stage.company.page({ twice: true }) });
  await expect(visitor.openChat).toHaveCount(1);
  await visitor.open();
  await expect(visitor.frame).toHaveCount(1);
  await expect(visitor.field('Name')).toBeVisible();
});
