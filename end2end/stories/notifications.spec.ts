import { Agent, MAYA } from '../support/agent.ts';
import { listen, setInFront, told } from '../support/senses.ts';
import { expect, type Stage, test } from '../support/story.ts';

/** Longer than tabs take to agree on which of them tells. */
const SETTLED = 1_500;

/** Maya, available, in a browser that keeps what it sounds and shows. */
async function heard(stage: Stage): Promise<Agent> {
  const page = await stage.newPage(MAYA.name, { permissions: ['notifications'] });
  await listen(page.context());
  const maya = new Agent(page, MAYA, stage.server.origin);
  await maya.signIn();
  await maya.goAvailable();
  return maya;
}

/** The tab may sound from now on: it was clicked. */
async function wake(tab: Agent): Promise<void> {
  await tab.page.getByText('Casella', { exact: true }).first().click();
}

const sum = (counts: number[]) => counts.reduce((all, count) => all + count);

test('of two tabs one sounds, and neither notifies while one is in front', async ({ stage }) => {
  const one = await heard(stage);
  const two = await one.anotherTab();
  await wake(two);
  const pages = [one.page, two.page];
  await stage.asking({ name: 'Priya Nair', firstMessage: 'Hello' });
  for (const tab of [one, two]) {
    await expect(tab.offers('Priya Nair')).toHaveCount(1);
    await expect(tab.page).toHaveTitle(/^\(1\)/);
  }
  await expect.poll(async () => sum((await told(pages)).rings)).toBe(1);
  await two.page.waitForTimeout(SETTLED);
  expect(sum((await told(pages)).rings)).toBe(1);
  expect((await told(pages)).notes).toEqual([]);
  await one.accept('Priya Nair');
  for (const tab of [one, two]) await expect(tab.page).not.toHaveTitle(/^\(/);
});

test('of two tabs, none of them in front, one sounds and notifies', async ({ stage }) => {
  const one = await heard(stage);
  const two = await one.anotherTab();
  await wake(two);
  const pages = [one.page, two.page];
  for (const page of pages) await setInFront(page, false);
  await stage.asking({ name: 'Tomás Beltrán', firstMessage: 'Can you help?' });
  await expect.poll(async () => (await told(pages)).notes).toEqual(['New chat: Tomás Beltrán\nCan you help?']);
  await two.page.waitForTimeout(SETTLED);
  const { rings, notes } = await told(pages);
  expect(sum(rings)).toBe(1);
  expect(notes).toHaveLength(1);
});

test('a message in a chat that is not in front is heard once', async ({ stage }) => {
  const one = await heard(stage);
  const visitor = await stage.asking({ name: 'Priya Nair' });
  await one.accept('Priya Nair');
  await visitor.isChattingWith(MAYA.name);
  await one.tab('All').click();
  const two = await one.anotherTab('/unanswered');
  await wake(two);
  const pages = [one.page, two.page];
  const before = sum((await told(pages)).rings);
  for (const page of pages) await setInFront(page, false);
  await visitor.say('Are you there?');
  await expect.poll(async () => (await told(pages)).notes).toEqual(['Priya Nair: Are you there?']);
  await two.page.waitForTimeout(SETTLED);
  const { rings, notes } = await told(pages);
  expect(sum(rings)).toBe(before + 1);
  expect(notes).toHaveLength(1);
});

test('sound and browser notifications are switched off each by itself', async ({ stage }) => {
  const maya = await heard(stage);
  await maya.choose('Settings');
  const turn = (name: string) => maya.page.getByRole('switch', { name, exact: true });
  await expect(turn('Sound')).toBeChecked();
  await turn('Sound').click();
  await expect(turn('Sound')).not.toBeChecked();
  await setInFront(maya.page, false);
  const visitor = await stage.asking({ name: 'Priya Nair' });
  await expect.poll(async () => (await told([maya.page])).notes).toHaveLength(1);
  expect((await told([maya.page])).rings).toEqual([0]);
  await maya.decline('Priya Nair');
  await visitor.button('Start a new chat').click();

  await turn('Sound').click();
  await expect(turn('Sound')).toBeChecked();
  await turn('Browser notifications').click();
  await expect(turn('Browser notifications')).not.toBeChecked();
  await visitor.ask({});
  await expect.poll(async () => (await told([maya.page])).rings).toEqual([1]);
  expect((await told([maya.page])).notes).toHaveLength(1);
});

test('a browser that was not asked yet is asked by a button; a refusal is said plainly', async ({ stage }) => {
  const maya = await stage.agent(MAYA);
  await maya.page.evaluate(() => {
    const refuse = async () => {
      Object.defineProperty(Notification, 'permission', { get: () => 'denied' });
      return 'denied' as const;
    };
    Notification.requestPermission = refuse;
    Object.defineProperty(Notification, 'permission', { get: () => 'default', configurable: true });
    window.dispatchEvent(new Event('focus'));
  });
  await maya.button('Enable notifications').click();
  await expect(maya.page.getByText('This browser refuses notifications from Casella.')).toBeVisible();
  await expect(maya.button('Enable notifications')).toHaveCount(0);
  await maya.button('Dismiss').click();
  await expect(maya.page.getByText('This browser refuses notifications')).toHaveCount(0);
});
