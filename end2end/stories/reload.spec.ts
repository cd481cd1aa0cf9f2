import { expect, test } from '../support/story.ts';

test('both reload: the chat, the drafts and the open window are still there', async ({ stage }) => {
  const { agent, visitor } = await stage.chat('Priya Nair');
  await visitor.say('Said before');
  await expect(agent.said('Said before')).toHaveCount(1);
  await agent.say('Answered before');
  await expect(visitor.said('Answered before')).toHaveCount(1);
  await visitor.message.fill('A draft of the visitor');
  await agent.reply.fill('A draft of the agent');

  await Promise.all([visitor.page.reload(), agent.page.reload()]);
  await visitor.isChattingWith('Maya Rossi');
  await expect(visitor.message).toHaveValue('A draft of the visitor');
  await expect(agent.reply).toHaveValue('A draft of the agent');
  for (const side of [visitor, agent]) {
    await expect(side.said('Said before')).toHaveCount(1);
    await expect(side.said('Answered before')).toHaveCount(1);
  }

  await test.step('and it goes on, on another page of the company as well', async () => {
    await visitor.page.goto(stage.company.page({ path: '/about' }));
    await visitor.isChattingWith('Maya Rossi');
    await expect(visitor.message).toHaveValue('A draft of the visitor');
    await visitor.button('Send').click();
    await expect(agent.said('A draft of the visitor')).toHaveCount(1);
    await agent.button('Send').click();
    await expect(visitor.said('A draft of the agent')).toHaveCount(1);
    await expect(visitor.message).toHaveValue('');
  });
});

test('what the visitor has not seen is counted, on every page', async ({ stage }) => {
  const { agent, visitor } = await stage.chat('Priya Nair');
  await visitor.closeChat.click();
  await expect(visitor.openChat).toBeVisible();
  await agent.say('Are you there?');
  await expect(visitor.openChat).toHaveAccessibleDescription('1 unread message');
  await agent.say('I found it');
  await expect(visitor.openChat).toHaveAccessibleDescription('2 unread messages');

  await visitor.page.goto(stage.company.page({ path: '/about' }));
  await expect(visitor.openChat).toHaveAccessibleDescription('2 unread messages');
  await visitor.openChat.click();
  await expect(visitor.said('I found it')).toHaveCount(1);
  await expect(agent.said('I found it')).toContainText('Read');
  await visitor.closeChat.click();
  await expect(visitor.openChat).toHaveAccessibleDescription('');
});

test('what the agent has not seen is counted in the list', async ({ stage }) => {
  const maya = await stage.availableAgent();
  const visitors = [];
  for (const name of ['Priya Nair', 'Tomás Beltrán']) {
    const visitor = await stage.visitor();
    await visitor.open();
    await visitor.ask({ name });
    await maya.accept(name);
    await visitor.isChattingWith('Maya Rossi');
    visitors.push(visitor);
  }
  const [priya] = visitors;
  await expect(maya.row('Tomás Beltrán')).toHaveAttribute('aria-current', /true|page/);
  await priya?.say('Hello?');
  await priya?.say('Anyone?');
  await expect(maya.row('Priya Nair')).toHaveAccessibleName(/^Priya Nair\b.*\b2 unread\b/);
  await expect(maya.rows.first()).toContainText('Priya Nair');
  await maya.page.reload();
  await expect(maya.row('Priya Nair')).toHaveAccessibleName(/2 unread/);
  await maya.row('Priya Nair').click();
  await expect(maya.chatWith('Priya Nair')).toBeVisible();
  await expect(maya.row('Priya Nair')).not.toHaveAccessibleName(/unread/);
});
