import type { Page } from '@playwright/test';
import { expect, test } from '../support/story.ts';
import type { Visitor } from '../support/visitor.ts';

/** Something that would tell if it ran. */
const SCRIPT = "document.title = 'ran'; parent.postMessage('ran', '*')";
const HTML = `<!doctype html><title>plain</title><script>${SCRIPT}</script>`;
const SVG = `<svg xmlns="http://www.w3.org/2000/svg"><script>${SCRIPT}</script></svg>`;
/** A red pixel. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';

function file(name: string, mimeType: string, content: string | Buffer) {
  return { name, mimeType, buffer: Buffer.from(content) };
}

async function attach(visitor: Visitor, ...files: ReturnType<typeof file>[]): Promise<void> {
  const chooses = visitor.page.waitForEvent('filechooser');
  await visitor.button('Attach file').click();
  await (await chooses).setFiles(files);
}

/** Opens the address as whoever has it could, and waits for what would run. */
async function opened(page: Page, address: string): Promise<string> {
  const downloads = page.waitForEvent('download', { timeout: 3_000 }).then(() => 'downloaded', () => 'shown');
  await page.goto(address).catch(() => undefined);
  const fate = await downloads;
  return fate === 'downloaded' ? fate : `shown, titled ${await page.title()}`;
}

test.describe('where the site allows files', () => {
  test.use({ siteSettings: ['--visitor-files', 'true'] });

  test('what a visitor attaches reaches the agent in order, and nothing of it ever runs', async ({ stage }) => {
    const { agent, visitor } = await stage.chat('Priya Nair');
    await visitor.say('first');
    await attach(visitor, file('page.html', 'text/html', HTML), file('drawing.svg', 'image/svg+xml', SVG));
    await attach(visitor, file('dot.png', 'image/png', Buffer.from(PNG, 'base64')));
    await visitor.say('last');
    const words = ['first', 'page.html', 'drawing.svg', '', 'last'];
    const own = visitor.chat.locator('.messages .own');
    await expect(own).toContainText(words);
    await expect(own.last()).toContainText(/Sent|Read/);
    await expect(agent.said('last')).toHaveCount(1);
    await expect(agent.said('page.html')).toHaveCount(1);

    await test.step('an image is shown, in its size, without moving anything', async () => {
      const image = visitor.chat.getByRole('img', { name: 'dot.png' });
      await expect.poll(() => image.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1);
      await expect(image).toHaveAttribute('width', '1');
    });

    await test.step('page and drawing are no pages', async () => {
      for (const name of ['page.html', 'drawing.svg']) {
        const link = visitor.chat.getByRole('link', { name: new RegExp(name) });
        const address = new URL((await link.getAttribute('href')) ?? '', stage.server.origin).href;
        const answer = await fetch(address);
        expect(answer.headers.get('content-type')).toMatch(/^text\/plain|^application\/octet-stream/);
        expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
        expect(answer.headers.get('content-security-policy')).toContain('sandbox');
        const page = await stage.newPage('stranger');
        expect(await opened(page, address)).not.toContain('ran');
      }
    });

    await test.step('after a reload all is there', async () => {
      await visitor.page.reload();
      await expect(own).toContainText(words);
    });
  });

  test('a file that is too large is refused with words, and one that fails can be tried again', async ({ stage }) => {
    const { agent, visitor } = await stage.chat('Priya Nair');
    await attach(visitor, file('large.bin', 'application/octet-stream', Buffer.alloc(10 * 1024 * 1024 + 1)));
    await expect(visitor.chat.getByRole('alert')).toHaveText('This file is too large: at most 10 MB');

    stage.watch.declareLostConnection();
    await visitor.page.route('**/upload/visitor', (route) => route.abort());
    await attach(visitor, file('notes.txt', 'text/plain', 'Some notes'));
    await expect(visitor.said('notes.txt')).toContainText('Not sent');
    await visitor.say('meanwhile');
    await expect(agent.said('meanwhile')).toHaveCount(1);
    await visitor.page.unroute('**/upload/visitor');
    await visitor.button('Retry').click();
    await expect(agent.said('notes.txt')).toHaveCount(1);
    await expect(visitor.said('notes.txt')).toContainText(/Sent|Read/);
  });

  test('a proxy that takes no large request is named as what it is, and nothing is tried again', async ({ stage }) => {
    stage.watch.declare(/status of 413/);
    const { agent, visitor } = await stage.chat('Priya Nair');
    let asked = 0;
    for (const [page, upload] of [[visitor.page, '**/upload/visitor'], [agent.page, '**/api/upload']] as const) {
      await page.route(upload, (route) => {
        asked += 1;
        return route.fulfill({ status: 413, contentType: 'text/html', body: '<h1>413 Request Entity Too Large</h1>' });
      });
    }
    const large = file('plan.pdf', 'application/pdf', Buffer.alloc(3 * 1024 * 1024));
    const words = "Not sent. Too large for this site's server";
    await attach(visitor, large);
    await expect(visitor.said('plan.pdf')).toContainText(words);
    await expect(visitor.button('Retry')).toHaveCount(0);
    await agent.attach(large);
    await expect(agent.said('plan.pdf')).toContainText(words);
    await expect(agent.button('Retry')).toHaveCount(0);
    await visitor.say('after it');
    await expect(agent.said('after it')).toHaveCount(1);
    expect(asked).toBe(2);
  });
});

test('a site that does not allow files offers none', async ({ stage }) => {
  const { visitor } = await stage.chat('Priya Nair');
  await expect(visitor.message).toBeVisible();
  await expect(visitor.button('Attach file')).toHaveCount(0);
});
