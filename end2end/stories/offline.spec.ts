import { COMES_BACK, Line } from '../support/line.ts';
import { nothingLostOrDoubled } from '../support/order.ts';
import { expect, test } from '../support/story.ts';

test('a visitor whose line is cut writes on, and it arrives when the line is back', async ({ stage }) => {
  stage.watch.declareLostConnection();
  const line = await Line.to(stage.server.origin);
  stage.company.casella = line.origin;
  const { agent, visitor } = await stage.chat('Priya Nair');
  await visitor.say('[priya 1]');
  await expect(agent.said('[priya 1]')).toHaveCount(1);

  await line.cut();
  await visitor.page.context().setOffline(true);
  await expect(visitor.status).toHaveText('Reconnecting…');
  await visitor.say('[priya 2]');
  await visitor.say('[priya 3]');
  for (const text of ['[priya 2]', '[priya 3]']) await expect(visitor.said(text)).toContainText('Waiting');
  await agent.say('[maya 1]');

  await line.mend();
  await visitor.page.context().setOffline(false);
  await visitor.isChattingWith('Maya Rossi');
  for (const text of ['[priya 2]', '[priya 3]']) await expect(visitor.said(text)).toContainText(/Sent|Read/);
  await nothingLostOrDoubled([visitor.messages, agent.messages], { priya: 3, maya: 1 });
});

test('what was written offline survives a reload', async ({ stage }) => {
  stage.watch.declareLostConnection();
  const line = await Line.to(stage.server.origin);
  stage.company.casella = line.origin;
  const { agent, visitor } = await stage.chat('Priya Nair');

  await line.cut();
  await expect(visitor.status).toHaveText('Reconnecting…');
  await visitor.say('[priya 1]');
  await expect(visitor.said('[priya 1]')).toContainText('Waiting');
  await line.mend();
  // Another page of the company, at once: perhaps before the message could leave.
  await visitor.page.goto(stage.company.page({ path: '/about' }));
  await visitor.isChattingWith('Maya Rossi');
  await nothingLostOrDoubled([visitor.messages, agent.messages], { priya: 1, maya: 0 });
});

test('a line that is dead without telling holds messages back, none is lost', async ({ stage }) => {
  stage.watch.declareLostConnection();
  const { agent, visitor } = await stage.chat('Priya Nair');
  await visitor.page.context().setOffline(true);
  await visitor.say('[priya 1]');
  await expect(visitor.said('[priya 1]')).toContainText('Waiting');
  await agent.say('[maya 1]');
  await visitor.page.context().setOffline(false);
  await expect(visitor.said('[priya 1]')).toContainText(/Sent|Read/, { timeout: COMES_BACK });
  await nothingLostOrDoubled([visitor.messages, agent.messages], { priya: 1, maya: 1 });
});

test('an agent whose line is cut writes on, and it arrives when the line is back', async ({ stage }) => {
  stage.watch.declareLostConnection();
  const line = await Line.to(stage.server.origin);
  const maya = await stage.availableAgent(undefined, {}, line.origin);
  const visitor = await stage.visitor();
  await visitor.open();
  await visitor.ask({ name: 'Priya Nair' });
  await maya.accept('Priya Nair');
  await expect(maya.said('has joined')).toHaveCount(1);

  const before = await maya.page.locator('.columns').boundingBox();
  await line.cut();
  await expect(maya.page.getByText('Reconnecting…')).toBeVisible();
  expect(await maya.page.locator('.columns').boundingBox(), 'nothing jumps').toEqual(before);
  await maya.say('[maya 1]');
  await expect(maya.said('[maya 1]')).toContainText('Waiting');
  await visitor.say('[priya 1]');
  await line.mend();
  await expect(maya.page.getByText('Reconnecting…')).toHaveCount(0, { timeout: COMES_BACK });
  await nothingLostOrDoubled([visitor.messages, maya.messages], { priya: 1, maya: 1 });
});

test('a line that is cut right after accepting: the agent can write, and the chat is read when the line is back', async ({
  stage,
}) => {
  stage.watch.declareLostConnection();
  const line = await Line.to(stage.server.origin);
  const maya = await stage.availableAgent(undefined, {}, line.origin);
  const visitor = await stage.visitor();
  await visitor.open();
  await visitor.ask({ name: 'Priya Nair', firstMessage: '[priya 1]' });
  // The chat opens, and cannot be read.
  await maya.page.route('**/api/conversation', (route) => route.abort());
  await maya.accept('Priya Nair');
  await line.cut();
  await expect(maya.page.getByText('Reconnecting…')).toBeVisible();
  await expect(maya.page.getByText('The conversation could not be read.')).toBeVisible();
  const bottom = async () => {
    const [composer, window] = [await maya.page.locator('.composer').boundingBox(), maya.page.viewportSize()];
    return (window?.height ?? 0) - (composer?.y ?? 0) - (composer?.height ?? 0);
  };
  expect(await bottom(), 'the composer stays at the bottom').toBe(0);
  await maya.say('[maya 1]');
  await expect(maya.said('[maya 1]')).toContainText('Waiting');
  expect(await bottom()).toBe(0);

  await maya.page.unroute('**/api/conversation');
  await line.mend();
  await expect(maya.said('[priya 1]')).toHaveCount(1, { timeout: COMES_BACK });
  await nothingLostOrDoubled([visitor.messages, maya.messages], { priya: 1, maya: 1 });
  await expect(maya.known('Name')).toHaveText('Priya Nair');
});

test('a message that arrives after the end is not added and not lost', async ({ stage }) => {
  stage.watch.declareLostConnection();
  const line = await Line.to(stage.server.origin);
  stage.company.casella = line.origin;
  const { agent, visitor } = await stage.chat('Priya Nair');
  await line.cut();
  await expect(visitor.status).toHaveText('Reconnecting…');
  await visitor.say('Too late');
  await agent.endSession.click();
  await agent.isOver('Chat ended by you');
  await line.mend();

  await expect(visitor.chat.getByText('Not sent: the chat has ended')).toBeVisible({ timeout: COMES_BACK });
  await expect(agent.said('Too late')).toHaveCount(0);
  await visitor.button('Send in a new chat').click();
  if (await visitor.button('Start chat').isVisible()) await visitor.button('Start chat').click();
  await agent.accept('Priya Nair');
  await expect(agent.said('Too late')).toHaveCount(1);
});
