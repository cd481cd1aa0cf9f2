import { MAYA, NOOR } from '../support/agent.ts';
import { expect, test } from '../support/story.ts';

const POLITELY = 'Sorry, this chat is not available to you';

test('a blocked visitor is politely refused from then on', async ({ stage }) => {
  const { agent: maya, visitor } = await stage.chat('Priya Nair');
  await expect(maya.button('Block visitor')).toHaveCount(0);
  const noor = await stage.agent(NOOR);
  await noor.openFrom('Everyone', 'Priya Nair');
  await noor.button('Block visitor').click();
  const question = noor.dialog('Block this visitor?');
  await question.getByRole('button', { name: 'Block visitor', exact: true }).click();
  await expect(noor.button('Unblock')).toBeVisible();

  await visitor.say('Let me in');
  await expect(visitor.said('Let me in')).toContainText(POLITELY);
  await expect(maya.said('Let me in')).toHaveCount(0);
  await maya.endSession.click();
  await visitor.isOver(`Chat ended by ${MAYA.name}`);
  await visitor.button('Start a new chat').click();
  await visitor.ask({ firstMessage: 'Let me in' });
  await expect(visitor.chat.getByText(POLITELY, { exact: true })).toBeVisible();
  await expect(maya.offers()).toHaveCount(0);

  await test.step('until unblocked', async () => {
    await noor.openFrom('All', 'Priya Nair');
    await noor.button('Unblock').click();
    await noor.dialog('Unblock this visitor?').getByRole('button', { name: 'Unblock', exact: true }).click();
    await expect(noor.button('Block visitor')).toBeVisible();
    await visitor.button('Start chat').click();
    await maya.accept('Priya Nair');
  });
});

test.describe('with a blocked email domain', () => {
  test.use({ siteSettings: ['--blocked-domain', 'blocked.example'] });

  test('an email that is not taken is told beside it, and another one is', async ({ stage }) => {
    const maya = await stage.availableAgent(MAYA);
    const visitor = await stage.asking({ name: 'Ada Okafor', email: 'ada@BLOCKED.example', firstMessage: 'Hello' });
    await expect(visitor.field('Email')).toHaveAccessibleDescription(/Please use another email address/);
    await expect(visitor.field('First message')).toHaveValue('Hello');
    await expect(maya.offers()).toHaveCount(0);
    await visitor.ask({ email: 'ada@example.com' });
    await maya.accept('Ada Okafor');
    await visitor.isChattingWith(MAYA.name);
  });
});
