import { type Agent, JUN, MAYA, NOOR } from '../support/agent.ts';
import { expect, test } from '../support/story.ts';

/** The row of an agent on the page `Agents`. */
function rowOf(supervisor: Agent, of: { name: string }) {
  return supervisor.page.getByRole('row', { name: new RegExp(of.name) });
}

test('a supervisor reads everyone’s active chats, and takes one over', async ({ stage }) => {
  const { agent: maya, visitor } = await stage.chat('Priya Nair');
  const noor = await stage.agent(NOOR);
  await noor.openFrom('Everyone', 'Priya Nair');
  await test.step('live, but only to read', async () => {
    await visitor.say('Are you there?');
    await expect(noor.said('Are you there?')).toHaveCount(1);
    await expect(noor.reply).toHaveCount(0);
    await expect(noor.endSession).toHaveCount(0);
    await expect(noor.row('Priya Nair')).toContainText(MAYA.name);
    await noor.tab('Active').click();
    await expect(noor.rows).toHaveCount(0);
    await noor.openFrom('Everyone', 'Priya Nair');
  });
  await noor.button('Take over').click();
  await visitor.isChattingWith(NOOR.name);
  await expect(visitor.said(`${NOOR.name} has joined`)).toHaveCount(1);
  await noor.say('I am');
  await expect(visitor.said('I am')).toHaveCount(1);
  await test.step('the agent before is told, and has it no more', async () => {
    await expect(maya.page.getByText(`${NOOR.name} took this chat over from you.`).first()).toBeVisible();
    await expect(maya.rows).toHaveCount(0);
    await expect(maya.reply).toHaveCount(0);
    await expect(maya.page.getByText('I am', { exact: true })).toHaveCount(0);
  });
});

test('an agent has neither Everyone nor the page Agents', async ({ stage }) => {
  const maya = await stage.agent(MAYA);
  await expect(maya.tab('Active')).toBeVisible();
  await expect(maya.tab('Everyone')).toHaveCount(0);
  await expect(maya.page.getByRole('link', { name: 'Agents', exact: true })).toHaveCount(0);
});

test('the page Agents shows live who is there and what they do', async ({ stage }) => {
  const noor = await stage.agent(NOOR);
  await noor.page.getByRole('link', { name: 'Agents', exact: true }).click();
  await expect(rowOf(noor, MAYA)).toContainText('Not connected');
  const maya = await stage.availableAgent(MAYA);
  await expect(rowOf(noor, MAYA)).toContainText(/Available.*Until midnight.*Connected.*0 of 5/);
  const visitor = await stage.asking({ name: 'Priya Nair' });
  await maya.accept('Priya Nair');
  await expect(rowOf(noor, MAYA)).toContainText('1 of 5');
  await expect(rowOf(noor, JUN)).toContainText(/Unavailable.*Not connected/);

  await test.step('and can set an agent unavailable', async () => {
    await rowOf(noor, MAYA).getByRole('button', { name: 'Set unavailable', exact: true }).click();
    await expect(maya.available).not.toBeChecked();
    await expect(rowOf(noor, MAYA)).toContainText('Unavailable');
    await visitor.isChattingWith(MAYA.name);
  });
});
