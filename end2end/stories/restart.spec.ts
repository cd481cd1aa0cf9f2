import { nothingLostOrDoubled } from '../support/order.ts';
import { expect, test } from '../support/story.ts';

/** Writes numbered messages until told to stop; returns how many. */
async function write(say: (text: string) => Promise<void>, author: string, go: () => boolean): Promise<number> {
  let count = 0;
  while (go()) {
    count += 1;
    await say(`[${author} ${count}]`);
  }
  return count;
}

for (const how of ['kill', 'stop'] as const) {
  const name = how === 'kill' ? 'killed' : 'stopped for a release';
  test(`the server is ${name} and started again while both write`, async ({ stage }) => {
    test.setTimeout(90_000);
    stage.watch.declareLostConnection();
    const { agent, visitor } = await stage.chat('Priya Nair');

    let going = true;
    const writing = Promise.all([
      write((text) => visitor.say(text), 'priya', () => going),
      write((text) => agent.say(text), 'maya', () => going),
    ]);
    try {
      for (let round = 0; round < 2; round += 1) {
        await new Promise((later) => setTimeout(later, 400));
        await stage.server[how]();
        await expect(visitor.status).toHaveText('Reconnecting…');
        await stage.server.start();
        await visitor.isChattingWith('Maya Rossi');
      }
    } finally {
      going = false;
    }
    const [priya, maya] = await writing;
    await nothingLostOrDoubled([visitor.messages, agent.messages], { priya, maya });
    await expect(visitor.said('Waiting')).toHaveCount(0);
    await expect(agent.said('Waiting')).toHaveCount(0);

    await test.step('and after a reload of both', async () => {
      await Promise.all([visitor.page.reload(), agent.page.reload()]);
      await visitor.isChattingWith('Maya Rossi');
      await nothingLostOrDoubled([visitor.messages, agent.messages], { priya, maya });
    });
  });
}

test('an offer and a switch outlive a restart', async ({ stage }) => {
  stage.watch.declareLostConnection();
  const maya = await stage.availableAgent();
  const visitor = await stage.visitor();
  await visitor.open();
  await visitor.ask({ name: 'Priya Nair', firstMessage: 'Anyone?' });
  await expect(maya.offers('Priya Nair')).toHaveCount(1);
  await stage.server.kill();
  await stage.server.start();
  await maya.accept('Priya Nair');
  await visitor.isChattingWith('Maya Rossi');
  await expect(maya.available).toBeChecked();
  await expect(maya.said('Anyone?')).toHaveCount(1);
});
