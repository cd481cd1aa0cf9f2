import { Agent, JUN, MAYA, NOOR } from '../support/agent.ts';
import { expect, type Stage, test } from '../support/story.ts';
import type { Visitor } from '../support/visitor.ts';

const PRIYA = 'Priya Nair';

/** Maya chats with Priya and asks Jun, who is available, to take over. */
async function asked(stage: Stage): Promise<{ maya: Agent; jun: Agent; visitor: Visitor }> {
  const { agent: maya, visitor } = await stage.chat(PRIYA);
  await visitor.say('About the invoice of March');
  await expect(maya.said('About the invoice of March')).toHaveCount(1);
  const jun = await stage.availableAgent(JUN);
  await maya.transfer(JUN, 'Knows the invoices');
  await expect(maya.page.getByText(`${JUN.name} was asked to take over`)).toBeVisible();
  await expect(jun.offers(PRIYA)).toContainText('Knows the invoices');
  await expect(jun.offers(PRIYA)).toContainText(MAYA.name);
  return { maya, jun, visitor };
}

test('a transfer is accepted: the chat is the receiver’s alone', async ({ stage }) => {
  const { maya, jun, visitor } = await asked(stage);
  await test.step('until then it is the sender’s', async () => {
    await maya.say('One moment, please');
    await expect(visitor.said('One moment, please')).toHaveCount(1);
    await visitor.isChattingWith(MAYA.name);
  });
  await jun.accept(PRIYA);
  await visitor.isChattingWith(JUN.name);
  await expect(visitor.said(`${JUN.name} has joined`)).toHaveCount(1);
  await expect(jun.said('About the invoice of March')).toHaveCount(1);
  await jun.say('It is on its way');
  await expect(visitor.said('It is on its way')).toHaveCount(1);
  await expect(maya.rows).toHaveCount(0);
  await expect(maya.reply).toHaveCount(0);
  await expect(maya.page.getByText(`${JUN.name} has taken over this chat.`).first()).toBeVisible();
  await expect(maya.page.getByText('It is on its way')).toHaveCount(0);
});

test('a transfer is declined, or not answered: the sender is told and keeps the chat', async ({ stage }) => {
  const { maya, jun, visitor } = await asked(stage);
  const chat = maya.chatWith(PRIYA);
  await jun.decline(PRIYA);
  await expect(chat.getByText(`${JUN.name} declined to take over`)).toBeVisible();
  await maya.transfer(JUN);
  await expect(jun.offers(PRIYA)).toHaveCount(1);
  await stage.pass(100);
  await expect(chat.getByText(`${JUN.name} did not answer in time`)).toBeVisible();
  await expect(jun.offers()).toHaveCount(0);
  await maya.say('Here I am');
  await expect(visitor.said('Here I am')).toHaveCount(1);
  await visitor.isChattingWith(MAYA.name);
  await expect(visitor.said('has joined')).toHaveCount(1);
});

test('the end of the chat takes the request back', async ({ stage }) => {
  const { maya, jun, visitor } = await asked(stage);
  await visitor.end();
  await maya.isOver('Chat ended by the visitor');
  await expect(jun.offers()).toHaveCount(0);
});

test('only agents who can take a chat can be asked', async ({ stage }) => {
  await stage.casella('agent', 'set', NOOR.email, '--chat-limit', '1');
  const { agent: maya } = await stage.chat(PRIYA);
  const noor = await stage.agent(NOOR);
  await maya.button('Transfer').click();
  const radio = (of: { name: string }) => maya.dialog('Transfer chat').getByRole('radio', { name: of.name, exact: true });
  await expect(radio(NOOR)).toBeDisabled();
  await expect(radio(NOOR)).toHaveAccessibleDescription('Unavailable');
  await expect(radio(JUN)).toBeDisabled();
  await expect(radio(MAYA)).toHaveCount(0);
  await maya.dialog('Transfer chat').getByRole('button', { name: 'Close', exact: true }).click();

  await maya.available.click();
  await noor.goAvailable();
  await stage.asking({ name: 'Tomás Beltrán' });
  await noor.accept('Tomás Beltrán');
  await maya.button('Transfer').click();
  await expect(radio(NOOR)).toHaveAccessibleDescription('At the limit of chats');
});
