import { Agent, JUN, MAYA } from '../support/agent.ts';
import { Line } from '../support/line.ts';
import { expect, type Stage, test } from '../support/story.ts';

/** Waits until exactly one of the agents is offered the visitor's chat; that one comes first. */
async function offered(visitor: string, agents: [Agent, Agent]): Promise<[Agent, Agent]> {
  const [one, other] = agents;
  const counts = () => Promise.all(agents.map((agent) => agent.offers(visitor).count()));
  await expect.poll(async () => (await counts()).reduce((sum, count) => sum + count)).toBe(1);
  return (await one.offers(visitor).count()) === 1 ? [one, other] : [other, one];
}

async function asked(stage: Stage, name: string) {
  const visitor = await stage.visitor();
  await visitor.open();
  await visitor.ask({ name });
  return visitor;
}

test('two tabs of an agent accept at the same moment: one chat, no offer left', async ({ stage }) => {
  const one = await stage.availableAgent(MAYA);
  const two = new Agent(await one.page.context().newPage(), MAYA, stage.server.origin);
  await two.goto();
  await expect(two.available).toBeChecked();

  const visitor = await asked(stage, 'Priya Nair');
  const accepts = [one, two].map((tab) => tab.offers('Priya Nair').getByRole('button', { name: 'Accept', exact: true }));
  for (const accept of accepts) await expect(accept).toBeVisible();
  await Promise.all(accepts.map((accept) => accept.evaluate((button: HTMLElement) => button.click())));

  await visitor.isChattingWith('Maya Rossi');
  for (const tab of [one, two]) {
    await expect(tab.offers()).toHaveCount(0);
    await expect(tab.row('Priya Nair')).toHaveCount(1);
  }
  await expect(visitor.said('has joined')).toHaveCount(1);
});

test.describe('with offers of ten seconds', () => {
  test.use({ siteSettings: ['--offer-seconds', '10'] });

  test('an accept that comes too late says so and changes nothing', async ({ stage }) => {
    const line = await Line.to(stage.server.origin);
    const maya = await stage.availableAgent(MAYA, {}, line.origin);
    const visitor = await asked(stage, 'Priya Nair');
    await expect(maya.offers('Priya Nair')).toHaveCount(1);
    const jun = await stage.availableAgent(JUN);

    line.hold();
    await maya.offers('Priya Nair').getByRole('button', { name: 'Accept', exact: true }).click();
    await jun.accept('Priya Nair');
    await visitor.isChattingWith('Jun Li');

    await line.mend();
    await expect(maya.page.getByText('No longer waiting')).toBeVisible();
    await expect(maya.offers()).toHaveCount(0);
    await expect(maya.rows).toHaveCount(0);
    await jun.say('Still mine');
    await expect(visitor.said('Still mine')).toHaveCount(1);
    await expect(visitor.said('has joined')).toHaveCount(1);
  });

  test('nobody answers: each agent is asked once, then the visitor is told', async ({ stage }) => {
    const agents = [await stage.availableAgent(MAYA), await stage.availableAgent(JUN)] as [Agent, Agent];
    const visitor = await asked(stage, 'Priya Nair');
    const [first, second] = await offered('Priya Nair', agents);
    await expect(second.offers('Priya Nair')).toHaveCount(1, { timeout: 15_000 });
    await expect(first.offers()).toHaveCount(0);
    await expect(visitor.status).toHaveText('Nobody is available', { timeout: 15_000 });
    await expect(second.offers()).toHaveCount(0);
  });
});

test('declined by the first agent, accepted by the second', async ({ stage }) => {
  const agents = [await stage.availableAgent(MAYA), await stage.availableAgent(JUN)] as [Agent, Agent];
  const visitor = await asked(stage, 'Priya Nair');
  const [first, second] = await offered('Priya Nair', agents);
  await first.decline('Priya Nair');
  await expect(visitor.status).toHaveText('Finding someone…');
  await second.accept('Priya Nair');
  await visitor.isChattingWith(second.person.name);
  await expect(first.rows).toHaveCount(0);
});

test('declined by both: nobody is available, and the visitor can try again', async ({ stage }) => {
  const agents = [await stage.availableAgent(MAYA), await stage.availableAgent(JUN)] as [Agent, Agent];
  const visitor = await asked(stage, 'Priya Nair');
  const [first, second] = await offered('Priya Nair', agents);
  await first.decline('Priya Nair');
  await second.decline('Priya Nair');
  await expect(visitor.status).toHaveText('Nobody is available');
  await expect(visitor.chat.getByText('Sorry, nobody can answer just now')).toBeVisible();
  for (const agent of agents) {
    await agent.tab('All').click();
    await expect(agent.rows, 'a request that nobody accepted is in no list').toHaveCount(0);
  }

  await visitor.button('Start a new chat').click();
  await visitor.ask({ firstMessage: 'Once more' });
  const [taker] = await offered('Priya Nair', agents);
  await taker.accept('Priya Nair');
  await visitor.isChattingWith(taker.person.name);
});

test('with no agent there, the visitor is told at once', async ({ stage }) => {
  const visitor = await stage.visitor();
  await visitor.open();
  await expect(visitor.status).toHaveText('Nobody is available');
});

test('an agent who switches off passes an open offer on', async ({ stage }) => {
  const agents = [await stage.availableAgent(MAYA), await stage.availableAgent(JUN)] as [Agent, Agent];
  const visitor = await asked(stage, 'Priya Nair');
  const [first, second] = await offered('Priya Nair', agents);
  await first.available.click();
  await expect(first.available).not.toBeChecked();
  await expect(first.offers()).toHaveCount(0);
  await second.accept('Priya Nair');
  await visitor.isChattingWith(second.person.name);
});
