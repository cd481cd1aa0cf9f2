import { JUN, MAYA } from '../support/agent.ts';
import { newDatabase } from '../support/postgres.ts';
import { nothingLostOrDoubled } from '../support/order.ts';
import { newPlace, removePlace, Server } from '../support/server.ts';
import { expect, furnish, Stage, test } from '../support/story.ts';

const POSTGRES = process.env.CASELLA_TEST_POSTGRES_URL;

test('a visitor on one node and agents on another', async ({ browser, world, watch }) => {
  test.skip(!POSTGRES, 'CASELLA_TEST_POSTGRES_URL names no PostgreSQL');
  test.setTimeout(90_000);
  watch.declareLostConnection();
  const place = await newPlace(await newDatabase(POSTGRES ?? ''));
  await furnish(place, world.company);
  const [near, far] = [await Server.start(place), await Server.start(place)];
  try {
    const stage = new Stage(browser, world.company, place, near, watch);
    const maya = await stage.agent(MAYA, {}, far.origin);
    await maya.goAvailable();
    const visitor = await stage.visitor();
    await visitor.open();
    await visitor.ask({ name: 'Priya Nair', firstMessage: 'From the other node' });
    await expect(visitor.status).toHaveText('Finding someone…');
    await maya.accept('Priya Nair');
    await visitor.isChattingWith('Maya Rossi');

    await test.step('they talk, see each other write, and read', async () => {
      for (let n = 1; n <= 5; n += 1) {
        await visitor.say(`[priya ${n}]`);
        await maya.say(`[maya ${n}]`);
      }
      await nothingLostOrDoubled([visitor.messages, maya.messages], { priya: 5, maya: 5 });
      await expect(visitor.said('[priya 5]')).toContainText('Read');
      await maya.reply.pressSequentially('One moment', { delay: 30 });
      await expect(visitor.chat.getByText('Maya Rossi is typing…')).toBeVisible();
    });

    await test.step('the visitor’s node dies; its return brings what was missed', async () => {
      await near.kill();
      await maya.say('[maya 6]');
      await near.start();
      await visitor.isChattingWith('Maya Rossi');
      await visitor.say('[priya 6]');
      await nothingLostOrDoubled([visitor.messages, maya.messages], { priya: 6, maya: 6 });
    });

    await test.step('an agent of another node sees the ended chat', async () => {
      const jun = await stage.agent(JUN);
      await maya.endSession.click();
      await visitor.isOver('Chat ended by Maya Rossi');
      await jun.tab('All').click();
      await jun.row('Priya Nair').click();
      await jun.isOver('Chat ended by Maya Rossi');
    });
  } finally {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await Promise.all([near.stop(), far.stop()]);
    await removePlace(place);
  }
});
