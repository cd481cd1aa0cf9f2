import { JUN, MAYA } from '../support/agent.ts';
import { expect, test } from '../support/story.ts';

const MINUTE = 60;
const DAYS_90 = 90 * 24 * 60 * MINUTE;

test('the activity history says what a visitor did, with the transcripts of earlier chats in place', async ({ stage }) => {
  const maya = await stage.availableAgent(MAYA);
  const visitor = await stage.asking({ name: 'Priya Nair', email: 'priya@example.com', firstMessage: 'Do you invoice yearly?' });
  await maya.accept('Priya Nair');
  await visitor.isChattingWith(MAYA.name);
  await expect(maya.did('Page viewed')).toContainText('Pricing');
  await expect(maya.did('Form filled')).toContainText(/Name.*Email/);
  await expect(maya.did('Chat started')).toHaveCount(1);
  await expect(maya.did('Chat started').locator('time')).toHaveAttribute('datetime', /^20\d\d-.*Z$/);
  await expect(maya.button('Show transcript'), 'the open chat has none here').toHaveCount(0);
  for (const name of ['Load more activities', 'Load more conversations']) {
    const more = maya.page.getByRole('button', { name, exact: true, includeHidden: true });
    await expect(more, 'both lists say what they would load').toHaveText('Load more');
  }

  await maya.say('Yes, by the year');
  await maya.endSession.click();
  await visitor.isOver(`Chat ended by ${MAYA.name}`);
  await expect(maya.did('Chat ended')).toContainText(`with ${MAYA.name}`);
  await expect(maya.did('Chat started')).toHaveCount(1);

  await visitor.button('Start a new chat').click();
  await visitor.ask({});
  await maya.accept('Priya Nair');
  await visitor.isChattingWith(MAYA.name);
  await expect(maya.activities.first()).toContainText(/Chat started|Form filled/);
  const show = maya.did('Chat ended').getByRole('button', { name: 'Show transcript', exact: true });
  await expect(show).toHaveAttribute('aria-expanded', 'false');
  await show.click();
  await expect(show).toHaveAttribute('aria-expanded', 'true');
  const transcript = maya.did('Chat ended').getByRole('list', { name: 'Transcript', exact: true });
  await expect(transcript.getByRole('listitem')).toContainText([
    /Priya Nair|Visitor/,
    `${MAYA.name} has joined`,
    'Yes, by the year',
    'Chat ended by you',
  ]);
  await expect(transcript).toContainText('Do you invoice yearly?');
  await show.click();
  await expect(transcript).toHaveCount(0);

  await test.step('the chat that is active with Maya shows another agent nothing', async () => {
    const jun = await stage.agent(JUN);
    await jun.openFrom('All', 'Priya Nair');
    await expect(jun.did('Chat ended')).toHaveCount(1);
    await expect(jun.did('Chat started')).toHaveCount(1);
  });
});

test('an activity of 90 days ago shows, an older one does not', async ({ stage }) => {
  test.setTimeout(90_000);
  const maya = await stage.availableAgent(MAYA);
  const visitor = await stage.visitor();
  await visitor.open();
  const chat = async (answer: string) => {
    await stage.somebodyIsThere(visitor);
    await visitor.ask({ name: 'Priya Nair', email: 'priya@example.com' });
    await maya.accept('Priya Nair');
    await visitor.isChattingWith(MAYA.name);
    await maya.say(answer);
    await expect(visitor.said(answer)).toHaveCount(1);
    await maya.endSession.click();
    await visitor.isOver(`Chat ended by ${MAYA.name}`);
  };
  await chat('the older one');
  await stage.pass(8 * MINUTE);
  await chat('the younger one');
  await expect(maya.did('Chat ended')).toHaveCount(2);

  // Five minutes more and the second is as old as the history reaches.
  await stage.pass(DAYS_90 - 5 * MINUTE);
  const jun = await stage.agent(JUN);
  await jun.tab('All').click();
  await jun.rows.first().click();
  await expect(jun.did('Chat ended')).toHaveCount(1);
  await jun.did('Chat ended').getByRole('button', { name: 'Show transcript', exact: true }).click();
  await expect(jun.did('Chat ended')).toContainText('the younger one');

  await stage.pass(5 * MINUTE);
  await jun.page.reload();
  await expect(jun.page.getByText('Nothing in the last 90 days.')).toBeVisible();
  await expect(jun.rows, 'All has no such limit').toHaveCount(2);
});

test('the history that cannot be read says so, and is read by a click', async ({ stage }) => {
  stage.watch.declare(/net::ERR_/, /status of 5\d\d/);
  const maya = await stage.availableAgent(MAYA);
  const visitor = await stage.asking({ name: 'Priya Nair' });
  await maya.page.route('**/api/history', (route) => route.abort());
  await maya.accept('Priya Nair');
  await visitor.isChattingWith(MAYA.name);
  await expect(maya.page.getByText('The history could not be read.')).toBeVisible();
  await maya.page.unroute('**/api/history');
  const region = maya.page.getByRole('region', { name: 'Activity history', exact: true });
  await region.getByRole('button', { name: 'Retry', exact: true }).click();
  await expect(maya.did('Chat started')).toHaveCount(1);
});
