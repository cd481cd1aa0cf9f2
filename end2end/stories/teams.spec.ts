import { JUN, MAYA, NOOR } from '../support/agent.ts';
import { expect, test } from '../support/story.ts';

test('an agent at the limit of chats is offered no more, and with one over again', async ({ stage }) => {
  await stage.casella('agent', 'set', MAYA.email, '--chat-limit', '2');
  const maya = await stage.availableAgent(MAYA);
  const first = await stage.asking({ name: 'Priya Nair' });
  await maya.accept('Priya Nair');
  await first.isChattingWith(MAYA.name);
  await test.step('an open offer counts', async () => {
    const second = await stage.asking({ name: 'Tomás Beltrán' });
    await expect(maya.offers()).toHaveCount(1);
    const third = await stage.visitor();
    await third.open();
    await expect(third.status).toHaveText('Nobody is available');
    await maya.accept('Tomás Beltrán');
    await second.isChattingWith(MAYA.name);
  });
  await test.step('so does an active chat', async () => {
    const third = await stage.visitor();
    await third.open();
    await expect(third.status).toHaveText('Nobody is available');
    await expect(third.button('Leave a message')).toBeVisible();
  });
  await maya.endSession.click();
  await stage.asking({ name: 'Ada Okafor' });
  await maya.accept('Ada Okafor');
});

test('the team of the site is asked in its order, and nobody else', async ({ stage }) => {
  await stage.casella('team', 'add', 'Sales', JUN.email, NOOR.email);
  await stage.casella('site', 'set', 'acme', '--team', 'Sales');
  const maya = await stage.availableAgent(MAYA);
  const jun = await stage.availableAgent(JUN);
  const noor = await stage.availableAgent(NOOR);
  for (const [name, agent] of [['One', jun], ['Two', noor], ['Three', jun]] as const) {
    await stage.asking({ name });
    await agent.accept(name);
  }
  await test.step('an offer that is passed on moves the turn as well', async () => {
    await stage.asking({ name: 'Four' });
    await noor.decline('Four');
    await jun.accept('Four');
    await stage.asking({ name: 'Five' });
    await noor.accept('Five');
  });
  await test.step('nobody of the team is there: fallback', async () => {
    for (const agent of [jun, noor]) await agent.available.click();
    for (const agent of [jun, noor]) await expect(agent.available).not.toBeChecked();
    const visitor = await stage.visitor();
    await visitor.open();
    await expect(visitor.status).toHaveText('Nobody is available');
    await expect(maya.offers()).toHaveCount(0);
  });
  await test.step('where the site allows it, everybody is asked instead', async () => {
    await stage.casella('site', 'set', 'acme', '--beyond-team', 'true');
    const visitor = await stage.visitor();
    await visitor.open();
    // A running server reads the settings of its sites anew every two seconds.
    await stage.somebodyIsThere(visitor);
    await visitor.ask({ name: 'Six' });
    await maya.accept('Six');
  });
});
