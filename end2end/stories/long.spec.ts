import type { Frame, Page } from '@playwright/test';
import { JUN, MAYA } from '../support/agent.ts';
import { numbered } from '../support/order.ts';
import { expect, type Stage, test } from '../support/story.ts';

/** What each visitor asks for: together more than a page of the list. */
const CHATS = 28;

/** Clicks whichever of these buttons is there, until the last of them stands there for the `times + 1`th time. */
function clickAway(where: Page | Frame, names: string[], times = Infinity): Promise<void> {
  return where.evaluate(
    ([names, times]) =>
      new Promise<void>((done) => {
        let count = 0;
        const look = () => {
          for (const button of document.querySelectorAll<HTMLButtonElement>('button:enabled')) {
            const name = button.textContent?.trim() ?? '';
            if (!names.includes(name) || button.ariaBusy === 'true' || !button.checkVisibility()) continue;
            if (name === names.at(-1)) {
              if (count === times) return done();
              count += 1;
            }
            button.click();
            break;
          }
          setTimeout(look, 30);
        };
        look();
      }),
    [names, times] as const,
  );
}

/** Two agents and two visitors have many short chats, one after the other. */
async function manyChats(stage: Stage) {
  const agents = [await stage.availableAgent(MAYA), await stage.availableAgent(JUN)] as const;
  for (const agent of agents) clickAway(agent.page, ['Accept', 'End session']).catch(() => {});
  await Promise.all(
    ['Priya Nair', 'Tomás Beltrán'].map(async (name) => {
      const visitor = await stage.visitor();
      await visitor.open();
      await visitor.ask({ name });
      const frame = await (await visitor.frame.elementHandle())?.contentFrame();
      if (!frame) throw new Error('the chat has no frame');
      await clickAway(frame, ['Start a new chat', 'Start chat'], CHATS - 1);
      await visitor.page.context().close();
    }),
  );
  return agents;
}

test('a list longer than a page is read to its end, with the chats of every agent', async ({ stage }) => {
  test.setTimeout(150_000);
  const [maya, jun] = await manyChats(stage);
  for (const agent of [maya, jun]) {
    await agent.goto('/all');
    await expect(agent.rows.first()).toBeVisible();
    const seen = new Set<string>();
    const look = async () => {
      for (const href of await agent.rows.evaluateAll((rows) => rows.map((row) => row.getAttribute('href') ?? ''))) {
        seen.add(href);
      }
    };
    await look();
    expect(seen.size, 'the first page').toBe(50);
    const more = agent.button('Load more');
    await more.evaluate((button: HTMLElement) => button.click());
    await expect(more).toHaveCount(0);
    for (let at = 0; at <= 2 * CHATS * 64; at += 400) {
      await agent.page.locator('#list .scroll').evaluate((list, at) => list.scrollTo(0, at), at);
      await look();
    }
    await expect
      .poll(async () => {
        await look();
        return seen.size;
      }, 'every chat, whoever had it')
      .toBe(2 * CHATS);
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
