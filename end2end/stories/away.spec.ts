import { JUN, MAYA } from '../support/agent.ts';
import { COMES_BACK, Line } from '../support/line.ts';
import { expect, test } from '../support/story.ts';

test('an agent closes the laptop in the middle of a chat: another one takes it', async ({ stage }) => {
  stage.watch.declareLostConnection();
  const line = await Line.to(stage.server.origin);
  const { agent: maya, visitor } = await stage.chat('Priya Nair', { origin: line.origin });
  const jun = await stage.agent(JUN);

  await line.cut();
  await visitor.say('Are you still there?');
  await expect(visitor.chat.getByText('offline', { exact: true })).toBeVisible();
  await visitor.isChattingWith(MAYA.name);
  await stage.pass(120);
  await expect(visitor.status).toHaveText(`${MAYA.name} is away`);
  await jun.openFrom('Unanswered', 'Priya Nair');
  await expect(jun.said('Are you still there?')).toHaveCount(1);
  await jun.button('Pick up').click();
  await visitor.isChattingWith(JUN.name);
  await jun.say('I am');
  await expect(visitor.said('I am')).toHaveCount(1);

  await test.step('the laptop opens: the chat is gone, and says to whom', async () => {
    await line.mend();
    await expect(maya.rows).toHaveCount(0, { timeout: COMES_BACK });
    await expect(maya.page.getByText(`${JUN.name} has picked up this chat.`).first()).toBeVisible();
    await expect(maya.reply).toHaveCount(0);
  });
});

test('an agent who comes back before anybody else has the chat as before', async ({ stage }) => {
  stage.watch.declareLostConnection();
  const line = await Line.to(stage.server.origin);
  const { agent: maya, visitor } = await stage.chat('Priya Nair', { origin: line.origin });
  const jun = await stage.agent(JUN);
  await jun.tab('Unanswered').click();

  await line.cut();
  await visitor.say('Are you still there?');
  await expect(visitor.chat.getByText('offline', { exact: true })).toBeVisible();
  await stage.pass(120);
  await expect(visitor.status).toHaveText(`${MAYA.name} is away`);
  await expect(jun.rows).toHaveCount(1);
  await line.mend();
  await expect(maya.said('Are you still there?')).toHaveCount(1, { timeout: COMES_BACK });
  await maya.say('Here again');
  await visitor.isChattingWith(MAYA.name);
  await expect(visitor.said('Here again')).toHaveCount(1);
  await expect(jun.rows).toHaveCount(0);
});

test('who signs out with active chats is asked first', async ({ stage }) => {
  const { agent: maya, visitor } = await stage.chat('Priya Nair');
  const jun = await stage.agent(JUN);
  await maya.choose('Sign out');
  const question = maya.dialog('Sign out with active chats?');
  await question.getByRole('button', { name: 'Close', exact: true }).click();
  await expect(question).toHaveCount(0);
  await visitor.isChattingWith(MAYA.name);

  await maya.choose('Sign out');
  await question.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(maya.button('Sign in')).toBeVisible();
  await expect(visitor.status).toHaveText(`${MAYA.name} is away`);
  await jun.openFrom('Unanswered', 'Priya Nair');
  await jun.button('Pick up').click();
  await visitor.isChattingWith(JUN.name);
});

test('an agent is disabled: offers pass on, chats go to Unanswered, the name stays', async ({ stage }) => {
  const { agent: maya, visitor } = await stage.chat('Priya Nair');
  await maya.say('Good morning');
  await expect(visitor.said('Good morning')).toHaveCount(1);
  await stage.asking({ name: 'Tomás Beltrán' });
  await expect(maya.offers()).toHaveCount(1);
  const jun = await stage.availableAgent(JUN);

  await stage.casella('agent', 'disable', MAYA.email);
  await expect(maya.button('Sign in')).toBeVisible();
  await jun.accept('Tomás Beltrán');
  await expect(visitor.status).toHaveText('Message left');
  await jun.openFrom('Unanswered', 'Priya Nair');
  await expect(jun.said('Good morning')).toContainText('Maya');
  await jun.button('Pick up').click();
  await visitor.isChattingWith(JUN.name);
  await jun.endSession.click();
  await visitor.isOver(`Chat ended by ${JUN.name}`);
  expect((await visitor.transcript()).text).toContain(MAYA.name);

  await test.step('and cannot sign in', async () => {
    stage.watch.declare(/status of 4\d\d/);
    await maya.page.getByRole('textbox', { name: 'Email', exact: true }).fill(MAYA.email);
    await maya.page.getByLabel('Password', { exact: true }).fill('correct horse battery');
    await maya.button('Sign in').click();
    await expect(maya.page.getByText('Email or password is wrong')).toBeVisible();
  });
});

test('two agents pick up one message at the same moment: one has it', async ({ stage }) => {
  const visitor = await stage.visitor();
  await visitor.open();
  await visitor.field('Name').fill('Priya Nair');
  await visitor.field('Email').fill('priya@example.com');
  await visitor.leave('Please call me back');
  const line = await Line.to(stage.server.origin);
  const agents = [await stage.agent(MAYA, {}, line.origin), await stage.agent(JUN, {}, line.origin)];
  for (const agent of agents) {
    await agent.openFrom('Unanswered', 'Priya Nair');
    // All is read that may be no longer once the other has the chat.
    await expect(agent.did('Message left')).toHaveCount(1);
  }
  // Neither hears of the other's click before they have clicked.
  line.hold();
  for (const agent of agents) await agent.button('Pick up').click();
  // Looked for before it is said: what a toast says does not stay.
  const refused = agents.map((agent) =>
    agent.page.getByText('No longer waiting').waitFor().then(
      () => true,
      () => false,
    ),
  );
  await line.mend();

  await expect(visitor.status).toHaveText(/^Chatting with/);
  const status = await visitor.status.textContent();
  for (const [index, agent] of agents.entries()) {
    const has = status === `Chatting with ${agent.person.name}`;
    await expect(agent.reply).toHaveCount(has ? 1 : 0);
    await expect(agent.button('Pick up')).toHaveCount(0);
    if (!has) expect(await refused[index], 'the other was told').toBe(true);
    await agent.tab('Active').click();
    await expect(agent.rows).toHaveCount(has ? 1 : 0);
    await agent.tab('Unanswered').click();
    await expect(agent.rows).toHaveCount(0);
  }
  await expect(visitor.said('has joined')).toHaveCount(1);
});

test('a message left after nobody came is kept with all that was said before', async ({ stage }) => {
  const maya = await stage.availableAgent(MAYA);
  const visitor = await stage.asking({ name: 'Priya Nair', email: 'priya@example.com', firstMessage: 'Do you invoice yearly?' });
  await visitor.say('And in euros?');
  await maya.decline('Priya Nair');
  await expect(visitor.status).toHaveText('Nobody is available');
  await visitor.leave('Please call me back');
  await maya.openFrom('Unanswered', 'Priya Nair');
  await expect(maya.messages.filter({ hasText: /yearly|euros|call me back/ })).toHaveCount(3);
  await maya.button('Pick up').click();
  await visitor.isChattingWith(MAYA.name);
});
