import type { Locator } from '@playwright/test';
import { expect, test } from '../support/story.ts';

const STRANGE = [
  ['markup', `<img src=x onerror="document.title='broken'"><b>bold</b> &amp; <script>alert(1)</script>`],
  ['right-to-left marks', 'abc \u202eevil\u202c \u2067\u05e9\u05dc\u05d5\u05dd\u2069 def'],
  ['zero-width characters', 'zero\u200bwidth\u200d\u2060\ufeff end'],
  ['emoji', '👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 é ﷽ Z͑ͫ̓a̴l̷g̸o'],
  ['template marks', '{{visitor.name}} ${1+1} %s {agent}'],
] as const;

/** Whether the entry holds the text as it is, not less and not more. */
const holds = (entry: Locator, text: string) => entry.evaluate((element, text) => element.textContent?.includes(text), text);

test('text is shown as text, whatever it contains', async ({ stage }) => {
  const { agent, visitor } = await stage.chat('Priya <i>Nair</i>');
  let count = await visitor.messages.count();
  for (const [what, text] of STRANGE) {
    await test.step(what, async () => {
      for (const sender of [visitor, agent]) {
        await sender.say(text);
        count += 1;
        for (const side of [visitor, agent]) {
          await expect(side.messages).toHaveCount(count);
          expect(await holds(side.messages.last(), text), `shown to ${side === agent ? 'the agent' : 'the visitor'}`).toBe(true);
        }
      }
    });
  }
  for (const side of [visitor, agent]) await expect(side.messages.locator('img, b, script, i')).toHaveCount(0);
  await expect(agent.page).not.toHaveTitle('broken');

  await test.step('and after a reload, when the server renders it', async () => {
    await Promise.all([agent.page.reload(), visitor.page.reload()]);
    await expect(agent.messages).toHaveCount(count);
    await expect(visitor.messages).toHaveCount(count);
    for (const [, text] of STRANGE) {
      for (const side of [visitor, agent]) {
        const all = await side.messages.allTextContents();
        expect(all.filter((entry) => entry.includes(text))).toHaveLength(2);
      }
    }
  });
});

test('8,000 lines of one character neither break the layout nor get lost', async ({ stage }) => {
  const { agent, visitor } = await stage.chat('Priya Nair');
  const text = Array.from({ length: 8_000 }, (_, at) => 'abcdefghij'[at % 10]).join('\n');
  // Pasted, not typed: the browser's own typing of so many lines takes a minute.
  await visitor.message.evaluate((box: HTMLTextAreaElement, text) => {
    box.value = text;
    box.dispatchEvent(new InputEvent('input', { bubbles: true }));
  }, text);
  await visitor.button('Send').click();
  await expect.poll(() => holds(agent.messages.last(), text)).toBe(true);
  await agent.say('That was long');
  await expect(visitor.said('That was long')).toBeVisible();
  await expect(agent.reply).toBeInViewport();
  await expect(visitor.message).toBeInViewport();
});

test('a message of 16 KB is taken; one byte more is refused and kept', async ({ stage }) => {
  const { agent, visitor } = await stage.chat('Priya Nair');
  await visitor.say('x'.repeat(16_384));
  await expect(agent.said('xxxxxxxxxx')).toHaveCount(1);
  await visitor.say('y'.repeat(16_385));
  await expect(visitor.chat.getByText('at most 16 KB').filter({ visible: true })).toHaveCount(1);
  await expect(agent.said('yyyyyyyyyy')).toHaveCount(0);
  const kept = (await visitor.said('yyyyyyyyyy').count()) + ((await visitor.message.inputValue()).includes('yyyyyyyyyy') ? 1 : 0);
  expect(kept, 'the text is kept').toBe(1);
  await visitor.message.fill('');
  await visitor.say('Short again');
  await expect(agent.said('Short again')).toHaveCount(1);
});
