import { type Agent, JUN, MAYA } from '../support/agent.ts';
import { expect, type Stage, test } from '../support/story.ts';

/** An agent with these hours, in two tabs of a browser in the zone of the hours. */
async function twoTabs(stage: Stage, zone: string, hours?: string): Promise<[Agent, Agent]> {
  const schedule = hours ? ['--hours', hours] : [];
  await stage.casella('agent', 'set', MAYA.email, '--zone', zone, ...schedule);
  const one = await stage.agent(MAYA, { timezoneId: zone });
  return [one, await one.anotherTab()];
}

/** From now on a tab keeps when its switch turns. */
async function keepsTime(tab: Agent): Promise<() => Promise<number | undefined>> {
  await tab.available.evaluate((button) => {
    const kept = button as HTMLElement & { turnedAt?: number };
    const watch = new MutationObserver(() => (kept.turnedAt ??= Date.now()));
    watch.observe(button, { attributeFilter: ['aria-checked'] });
  });
  return () => tab.available.evaluate((button: HTMLElement & { turnedAt?: number }) => button.turnedAt);
}

/** Waits until the switch has turned in both tabs: within a second of this time of the server. */
async function turnAt(stage: Stage, tabs: [Agent, Agent], hours: number, minutes: number): Promise<void> {
  const kept = await Promise.all(tabs.map(keepsTime));
  await stage.passUntil(hours, minutes, 3);
  const end = Math.round(stage.now() / 60_000) * 60_000;
  const wait = end - stage.now();
  for (const turnedAt of kept) {
    await expect.poll(turnedAt).toBeDefined();
    // The page has the system's clock.
    const late = Number(await turnedAt()) + (stage.now() - Date.now()) - end;
    expect(late, 'not before the end, and within a second').toBeGreaterThanOrEqual(-50);
    expect(late, `an end ${wait} ms ahead`).toBeLessThan(1_000);
  }
}

test('switched on without hours, an agent is off at midnight, in every tab', async ({ stage }) => {
  const tabs = await twoTabs(stage, 'UTC');
  const [one, two] = tabs;
  await expect(one.button('Reset')).toHaveCount(0);
  await one.goAvailable();
  for (const tab of tabs) {
    await expect(tab.available).toBeChecked();
    await expect(tab.available).toHaveAccessibleDescription('Until midnight');
    await expect(tab.availability).toHaveText('Until midnight');
    await expect(tab.button('Reset')).toBeVisible();
  }
  await turnAt(stage, tabs, 0, 0);
  for (const tab of tabs) {
    await expect(tab.available).not.toBeChecked();
    await expect(tab.availability).toHaveText('By schedule');
    await expect(tab.button('Reset')).toHaveCount(0);
  }
  const visitor = await stage.visitor();
  await visitor.open();
  await expect(visitor.status).toHaveText('Nobody is available');
  await two.goAvailable();
  await expect(one.available).toBeChecked();
});

test('switched off within hours, an agent is on again when the next block starts', async ({ stage }) => {
  await stage.passUntil(9, 30);
  const tabs = await twoTabs(stage, 'UTC', 'mon-sun 09:00-12:00,13:00-17:00');
  const [one, two] = tabs;
  for (const tab of tabs) {
    await expect(tab.available).toBeChecked();
    await expect(tab.availability).toHaveText('By schedule');
  }
  await one.available.click();
  for (const tab of tabs) {
    await expect(tab.available).not.toBeChecked();
    await expect(tab.availability).toHaveText('Until 13:00');
  }
  await turnAt(stage, tabs, 13, 0);
  for (const tab of tabs) {
    await expect(tab.available).toBeChecked();
    await expect(tab.availability).toHaveText('By schedule');
    await expect(tab.button('Reset')).toHaveCount(0);
  }
  await stage.asking({ name: 'Priya Nair' });
  await two.accept('Priya Nair');
});

test('switched on before hours, an agent goes over into the block by schedule', async ({ stage }) => {
  await stage.passUntil(8, 30);
  const [one, two] = await twoTabs(stage, 'UTC', 'mon-sun 09:00-17:00');
  await one.goAvailable();
  await expect(two.availability).toHaveText('Until 09:00');
  await stage.passUntil(9, 0);
  for (const tab of [one, two]) {
    await expect(tab.availability).toHaveText('By schedule');
    await expect(tab.available).toBeChecked();
  }
});

test('an override is taken back by Reset, and by switching to what the schedule says', async ({ stage }) => {
  await stage.passUntil(10, 0);
  const tabs = await twoTabs(stage, 'UTC', 'mon-sun 09:00-17:00');
  const [one, two] = tabs;
  for (const back of [two.button('Reset'), two.available]) {
    await one.available.click();
    for (const tab of tabs) {
      await expect(tab.available).not.toBeChecked();
      // At nine the next block starts: on the next day of the reader.
      await expect(tab.availability).toHaveText(/^Until .*09:00$|^Until midnight$/);
    }
    await back.click();
    for (const tab of tabs) {
      await expect(tab.available).toBeChecked();
      await expect(tab.availability).toHaveText('By schedule');
      await expect(tab.button('Reset')).toHaveCount(0);
    }
  }
});

test('going unavailable leaves active chats as they are', async ({ stage }) => {
  const { agent: maya, visitor } = await stage.chat('Priya Nair');
  await maya.available.click();
  await expect(maya.available).not.toBeChecked();
  await visitor.say('Still there?');
  await expect(maya.said('Still there?')).toHaveCount(1);
  await maya.say('Of course');
  await expect(visitor.said('Of course')).toHaveCount(1);
  await visitor.isChattingWith(MAYA.name);
});

test('two offers missed in a row set an agent unavailable, and say so', async ({ stage }) => {
  // All visitors here come from one address, and of one address only the first counts: so the second
  // offer is a colleague's.
  const { agent: maya } = await stage.chat('Priya Nair');
  const jun = await stage.availableAgent(JUN);
  const two = await jun.anotherTab();
  const missed = (tab: Agent) => tab.page.getByText('You missed two chats in a row');
  await maya.available.click();
  await expect(maya.available).not.toBeChecked();
  for (const name of ['Tomás Beltrán', 'Ada Okafor']) {
    const visitor = await stage.asking({ name });
    await expect(jun.offers(name)).toHaveCount(1);
    await stage.pass(100);
    await expect(visitor.status).toHaveText('Nobody is available');
    await expect(jun.offers()).toHaveCount(0);
    await expect(jun.available).toBeChecked();
  }
  await maya.transfer(JUN);
  await expect(jun.offers('Priya Nair')).toHaveCount(1);
  await stage.pass(100);
  for (const tab of [jun, two]) {
    await expect(tab.available).not.toBeChecked();
    await expect(missed(tab)).toBeVisible();
  }
  await two.goAvailable();
  for (const tab of [jun, two]) await expect(missed(tab)).toHaveCount(0);
});

test('a declined offer ends the row of missed ones', async ({ stage }) => {
  const maya = await stage.availableAgent(MAYA);
  for (const name of ['Priya Nair', 'Tomás Beltrán', 'Ada Okafor']) {
    const visitor = await stage.asking({ name });
    await expect(maya.offers(name)).toHaveCount(1);
    if (name.startsWith('Tomás')) await maya.decline(name);
    else await stage.pass(100);
    await expect(visitor.status).toHaveText('Nobody is available');
  }
  await expect(maya.available).toBeChecked();
});
