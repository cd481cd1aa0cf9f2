import type { Locator } from '@playwright/test';
import { MAYA } from '../support/agent.ts';
import { manyChats } from '../support/many.ts';
import { expect, test } from '../support/story.ts';

const top = async (of: Locator) => (await of.boundingBox())?.y ?? Number.NaN;

test('a list that reorders while the agent reads further down does not move under the eye', async ({ stage }) => {
  test.setTimeout(90_000);
  const past = await stage.availableAgent(MAYA);
  await manyChats(stage, [past], ['Ada Okafor'], 14);
  await past.page.context().close();

  // A low window, so that the list is longer than it.
  const maya = await stage.agent(MAYA, { viewport: { width: 1280, height: 560 } });
  const visitor = await stage.asking({ name: 'Priya Nair' });
  await maya.accept('Priya Nair');
  await visitor.isChattingWith(MAYA.name);
  await maya.tab('All').click();
  await expect(maya.rows.first()).toContainText('Priya Nair');
  await expect(maya.rows.nth(8)).toBeAttached();
  const list = maya.page.locator('#list .scroll');
  const newer = maya.page.getByRole('button', { name: '1 newer', exact: true });

  const other = await test.step('new words in a chat above: nothing moves, a button says so', async () => {
    await list.evaluate((list) => list.scrollTo(0, 300));
    const href = await maya.rows.nth(8).getAttribute('href');
    const read = maya.page.locator(`#list a[href="${href}"]`);
    await read.focus();
    const before = await top(read);
    await visitor.say('Are you there?');
    await expect(newer).toBeVisible();
    expect(await top(read)).toBe(before);
    await expect(read, 'the keyboard stays').toBeFocused();
    return read;
  });

  await test.step('a new chat at the top: the same', async () => {
    const before = await top(other);
    const tomas = await stage.asking({ name: 'Tomás Beltrán' });
    await maya.offers('Tomás Beltrán').getByRole('button', { name: 'Accept', exact: true }).click();
    await tomas.isChattingWith(MAYA.name);
    await maya.tab('All').click();
    await expect(maya.page.getByRole('button', { name: '2 newer', exact: true })).toBeVisible();
    expect(await top(other)).toBe(before);
  });

  await test.step('a row in view that goes to the top leaves the others where they are', async () => {
    await list.evaluate((list) => list.scrollTo(0, 64));
    await expect(maya.row('Priya Nair')).toBeInViewport();
    const next = maya.rows.filter({ hasText: 'Ada Okafor' }).first();
    const before = await top(next);
    await visitor.say('Hello?');
    await expect(maya.rows.first()).toContainText('Hello?');
    expect(await top(next)).toBe(before);
  });

  await test.step('the button leads to the top, and goes', async () => {
    const button = maya.page.getByRole('button', { name: /newer$/ });
    await button.click();
    await expect(button).toHaveCount(0);
    await expect(maya.rows.first()).toBeInViewport();
    await expect(maya.rows.first()).toContainText('Priya Nair');
  });

  await test.step('each tab remembers how far it was scrolled', async () => {
    await list.evaluate((list) => list.scrollTo(0, 500));
    await maya.tab('Active').click();
    await expect(maya.rows).toHaveCount(2);
    await maya.tab('All').click();
    await expect.poll(() => list.evaluate((list) => list.scrollTop)).toBe(500);
  });
});

test('a row keeps the keyboard when its chat goes to the top, and the open chat stays marked', async ({ stage }) => {
  const maya = await stage.availableAgent(MAYA);
  const visitors = [];
  for (const name of ['Priya Nair', 'Tomás Beltrán', 'Ada Okafor']) {
    const visitor = await stage.asking({ name });
    await maya.accept(name);
    await visitor.isChattingWith(MAYA.name);
    visitors.push(visitor);
  }
  await expect(maya.rows.first()).toContainText('Ada Okafor');
  await maya.row('Priya Nair').focus();
  await visitors[0]?.say('Back to the top');
  await expect(maya.rows.first()).toContainText('Priya Nair');
  await expect(maya.row('Priya Nair')).toBeFocused();
  await maya.page.keyboard.press('Enter');
  await expect(maya.chatWith('Priya Nair')).toBeVisible();
  await expect(maya.row('Priya Nair')).toHaveAttribute('aria-current', 'page');
  await visitors[1]?.say('And now this one');
  await expect(maya.rows.first()).toContainText('Tomás Beltrán');
  await expect(maya.row('Priya Nair')).toHaveAttribute('aria-current', 'page');
});
