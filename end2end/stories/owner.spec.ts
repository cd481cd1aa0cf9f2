import { JUN, MAYA } from '../support/agent.ts';
import { expect, type Stage, test } from '../support/story.ts';

const PRIYA = { name: 'Priya Nair', email: 'priya@purchasing.acme.example' };

/** Jun owns the account of the visitor's company, Maya is available. */
async function owned(stage: Stage, ownerAway: 'team' | 'fallback'): Promise<void> {
  await stage.casella('account', 'add', 'purchasing.acme.example', '--name', 'Acme', '--owner', JUN.email);
  await stage.casella('site', 'set', 'acme', '--owner-away', ownerAway);
}

for (const setting of ['team', 'fallback'] as const) {
  test(`the owner of the account comes first (${setting} when away)`, async ({ stage }) => {
    await owned(stage, setting);
    const maya = await stage.availableAgent(MAYA);
    const jun = await stage.availableAgent(JUN);
    // Whoever's turn it is in the round: twice the owner.
    for (let turn = 0; turn < 2; turn += 1) {
      const visitor = await stage.asking(PRIYA);
      await jun.accept(PRIYA.name);
      await visitor.isChattingWith(JUN.name);
      await jun.endSession.click();
      await expect(maya.offers()).toHaveCount(0);
    }
  });
}

test('the owner is away, and the others are asked', async ({ stage }) => {
  await owned(stage, 'team');
  const maya = await stage.availableAgent(MAYA);
  await stage.agent(JUN);
  const visitor = await stage.asking(PRIYA);
  await maya.accept(PRIYA.name);
  await visitor.isChattingWith(MAYA.name);
});

test('the owner is away, and nobody else is asked', async ({ stage }) => {
  await owned(stage, 'fallback');
  const maya = await stage.availableAgent(MAYA);
  await stage.agent(JUN);
  const visitor = await stage.asking(PRIYA);
  await expect(visitor.status).toHaveText('Nobody is available');
  await expect(maya.offers()).toHaveCount(0);
  await test.step('visitors of other companies are not concerned', async () => {
    await stage.asking({ name: 'Tomás Beltrán', email: 'tomas@example.com' });
    await maya.accept('Tomás Beltrán');
  });
});

test('an owner who does not take it: nobody else is tried', async ({ stage }) => {
  await owned(stage, 'team');
  const maya = await stage.availableAgent(MAYA);
  const jun = await stage.availableAgent(JUN);
  for (const answer of ['misses', 'declines'] as const) {
    const visitor = await stage.asking(PRIYA);
    await expect(jun.offers(PRIYA.name)).toHaveCount(1);
    if (answer === 'misses') await stage.pass(100);
    else await jun.decline(PRIYA.name);
    await expect(visitor.status).toHaveText('Nobody is available');
    await expect(jun.offers()).toHaveCount(0);
    await expect(maya.offers()).toHaveCount(0);
    await visitor.leave('Please call me back');
  }
});
