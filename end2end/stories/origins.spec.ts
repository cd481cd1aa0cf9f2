import { SITE_KEY } from '../support/company.ts';
import { expect, test } from '../support/story.ts';

test('a page of an origin that is not allowed cannot carry the chat, and says which to allow', async ({ stage }) => {
  const { company, watch } = stage;
  // The browser's own words for a frame that refuses its ancestor, and Casella's.
  watch.declare(/frame-ancestors/, /net::ERR_BLOCKED_BY_RESPONSE/, new RegExp(`Casella.*${company.foreignOrigin}`));
  const visitor = await stage.visitor({ address: company.page({}, company.foreignOrigin) });
  await visitor.openChat.click();
  await expect(visitor.page.getByText('The chat cannot be reached')).toBeVisible({ timeout: 15_000 });
  await expect.poll(() => watch.has(new RegExp(`Casella.*${company.foreignOrigin}`))).toBe(true);
  await expect(visitor.field('Name')).toHaveCount(0);
});

test('the visit of a page of another origin is refused', async ({ stage }) => {
  const { company, server } = stage;
  const visit = (origin: string) =>
    fetch(`${server.origin}/w/${SITE_KEY}/visit`, { method: 'POST', headers: { origin }, body: '' });
  expect((await visit(company.foreignOrigin)).status).toBe(403);
  expect((await visit(company.origin)).status).not.toBe(403);
});

test("a page with a strict Content-Security-Policy chats when it allows Casella's origin", async ({ stage }) => {
  const maya = await stage.availableAgent();
  const visitor = await stage.visitor({ address: stage.company.page({ strict: true }) });
  await visitor.open();
  await visitor.ask({ name: 'Priya Nair', firstMessage: 'From a strict page' });
  await maya.accept('Priya Nair');
  await visitor.isChattingWith('Maya Rossi');
  await maya.say('Welcome');
  await expect(visitor.said('Welcome')).toHaveCount(1);
  await visitor.page.reload();
  await expect(visitor.said('Welcome')).toHaveCount(1);
  const launcher = await visitor.closeChat.boundingBox();
  expect(launcher?.width, 'the launcher is styled').toBeGreaterThanOrEqual(44);
});
