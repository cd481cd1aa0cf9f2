import { type Agent, JUN, MAYA } from '../support/agent.ts';
import { expect, test } from '../support/story.ts';

const PRIYA = { name: 'Priya Nair', email: 'priya@nordmark.example', firstMessage: 'About the quarterly invoice' };

/** Types what to look for. */
async function lookFor(agent: Agent, words: string): Promise<void> {
  await agent.search.fill(words);
}

test('what stands in another agent’s active chat is found only after its end', async ({ stage }) => {
  const maya = await stage.availableAgent(MAYA);
  const visitor = await stage.asking(PRIYA);
  await maya.accept(PRIYA.name);
  await visitor.isChattingWith(MAYA.name);
  const jun = await stage.agent(JUN);
  for (const words of ['invoice', 'Priya', 'nordmark']) {
    await lookFor(jun, words);
    await expect(jun.page.getByText(`No matches for “${words}”`)).toBeVisible();
    await expect(jun.rows).toHaveCount(0);
    await lookFor(maya, words);
    await expect(maya.row(PRIYA.name), words).toHaveCount(1);
  }
  await maya.endSession.click();
  await visitor.isOver(`Chat ended by ${MAYA.name}`);

  await lookFor(jun, 'quarterly inv');
  await expect(jun.row(PRIYA.name)).toHaveCount(1);
  await expect(jun.row(PRIYA.name).locator('mark')).toHaveText(['quarterly', 'invoice']);
  await jun.row(PRIYA.name).click();
  await expect(jun.chatWith(PRIYA.name)).toBeVisible();
  await expect(jun.row(PRIYA.name), 'the hits stay beside it').toHaveAttribute('aria-current', 'page');
  await lookFor(jun, 'priya');
  await expect(jun.row(PRIYA.name).locator('mark').first()).toHaveText(/priya/i);
});

test('a name is found, and marked, without its accents', async ({ stage }) => {
  const { agent: maya } = await stage.chat('Tomás Beltrán');
  await lookFor(maya, 'beltran');
  await expect(maya.row('Tomás Beltrán').locator('mark')).toHaveText(['Beltrán']);
  await lookFor(maya, 'TOMAS belt');
  await expect(maya.row('Tomás Beltrán').locator('mark')).toHaveText(['Tomás', 'Beltrán']);
  await maya.page.reload();
  await expect(maya.row('Tomás Beltrán').locator('mark'), 'as the server draws it').toHaveText(['Tomás', 'Beltrán']);
});

test('a search survives a reload, and Escape leads back to the list', async ({ stage }) => {
  const maya = await stage.availableAgent(MAYA);
  const visitor = await stage.asking(PRIYA);
  await maya.accept(PRIYA.name);
  await visitor.isChattingWith(MAYA.name);
  await lookFor(maya, 'nothing & like 100% this');
  await expect(maya.page.getByText('No matches for “nothing & like 100% this”')).toBeVisible();
  await maya.page.reload();
  await expect(maya.search).toHaveValue('nothing & like 100% this');
  await expect(maya.page.getByText('No matches for “nothing & like 100% this”')).toBeVisible();
  await expect(maya.chatWith(PRIYA.name), 'the open chat stays open').toBeVisible();
  await maya.search.press('Escape');
  await expect(maya.search).toHaveValue('');
  await expect(maya.row(PRIYA.name)).toHaveCount(1);
  expect(new URL(maya.page.url()).search).toBe('');

  await lookFor(maya, 'invoice');
  await expect(maya.row(PRIYA.name).locator('mark')).toHaveText(['invoice']);
  await maya.tab('All').click();
  await expect(maya.search, 'a tab is another list').toHaveValue('');
  await maya.page.goBack();
  await expect(maya.search).toHaveValue('invoice');
  await expect(maya.row(PRIYA.name).locator('mark')).toHaveText(['invoice']);
});

test('a search that fails says so and is tried again', async ({ stage }) => {
  stage.watch.declare(/net::ERR_/);
  const maya = await stage.availableAgent(MAYA);
  const visitor = await stage.asking(PRIYA);
  await maya.accept(PRIYA.name);
  await visitor.isChattingWith(MAYA.name);
  await maya.page.route('**/api/search', (route) => route.abort());
  await lookFor(maya, 'invoice');
  await expect(maya.page.getByText('The search could not be carried out.')).toBeVisible();
  await maya.page.unroute('**/api/search');
  await maya.button('Try again').click();
  await expect(maya.row(PRIYA.name).locator('mark')).toHaveText(['invoice']);
});
