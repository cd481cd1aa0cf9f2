import { JUN, MAYA } from '../support/agent.ts';
import { manyChats } from '../support/many.ts';
import { numbered } from '../support/order.ts';
import { expect, test } from '../support/story.ts';

/** What each visitor asks for: together more than a page of the list. */
const CHATS = 28;

test('a list longer than a page is read to its end, with the chats of every agent', async ({ stage }) => {
  test.setTimeout(150_000);
  const agents = [await stage.availableAgent(MAYA), await stage.availableAgent(JUN)];
  await manyChats(stage, agents, ['Priya Nair', 'Tomás Beltrán'], CHATS);
  for (const agent of agents) {
    await agent.goto('/all');
    await expect(agent.rows.first()).toBeVisible();
    await expect.poll(() => agent.rows.count(), 'only the rows around the visible ones are in the page').toBeLessThan(25);
    const places = agent.page.getByRole('list', { name: 'Conversation list', exact: true }).getByRole('listitem');
    await expect(places.first()).toHaveAttribute('aria-posinset', '1');
    await expect(places.first(), 'nobody knows how many there are').toHaveAttribute('aria-setsize', '-1');
    const seen = new Set<string>();
    const list = agent.page.locator('#list .scroll');
    let at = 0;
    const scrolled = async () => {
      // The next page is read when the end comes near.
      await list.evaluate((list, at) => list.scrollTo(0, at), at);
      at = at > 2 * CHATS * 64 ? 0 : at + 400;
      const hrefs = await agent.rows.evaluateAll((rows) => rows.map((row) => row.getAttribute('href') ?? ''));
      expect(hrefs.length).toBeLessThan(25);
      for (const href of hrefs) seen.add(href);
      return seen.size;
    };
    await expect.poll(scrolled, { message: 'every chat, whoever had it', intervals: [100], timeout: 30_000 }).toBe(2 * CHATS);
    await expect(agent.button('Load more conversations')).toHaveCount(0);
    await list.evaluate((list) => list.scrollTo(0, list.scrollHeight));
    await expect(places.last()).toHaveAttribute('aria-posinset', `${2 * CHATS}`);
    await expect(places.last()).toHaveAttribute('aria-setsize', `${2 * CHATS}`);
    await expect(agent.rows.last()).toBeInViewport();
    await agent.rows.last().click();
    await expect(agent.messages.last()).toContainText(/Chat ended by (you|Maya Rossi|Jun Li)/);
  }
});

test('earlier messages of a long chat come in above, and nothing moves', async ({ stage }) => {
  test.setTimeout(90_000);
  const { agent, visitor } = await stage.chat('Priya Nair');
  const total = 130;
  for (let n = 1; n <= total; n += 1) {
    await agent.reply.fill(`[maya ${n}]`);
    await agent.reply.press('Enter');
  }
  await expect(agent.said(`[maya ${total}]`)).toContainText(/Sent|Read/);
  await agent.page.reload();
  await expect(agent.messages.last()).toContainText(`[maya ${total}]`);
  await expect(agent.said('[maya 1]')).toHaveCount(0);

  const earlier = agent.button('Earlier messages');
  await earlier.scrollIntoViewIfNeeded();
  const first = agent.said(/\[maya \d+\]/).first();
  const text = (await numbered(agent.messages))[0] ?? '';
  const before = await first.locator('.bubble').boundingBox();
  await earlier.click();
  await expect(agent.said('[maya 1]')).toHaveCount(1);
  const after = await agent.said(text).locator('.bubble').boundingBox();
  expect(Math.abs((after?.y ?? 0) - (before?.y ?? 0)), 'the message in view stays where it is').toBeLessThan(2);
  await expect(earlier).toHaveCount(0);

  await visitor.say('One more thing');
  await expect(agent.button('1 new message')).toBeVisible();
  const later = await agent.said(text).locator('.bubble').boundingBox();
  expect(later?.y, 'nor does it move for new ones').toBeCloseTo(after?.y ?? 0, 0);
  expect(await numbered(agent.messages)).toEqual(Array.from({ length: total }, (_, n) => `[maya ${n + 1}]`));
});
