import { Agent, MAYA } from '../support/agent.ts';
import { COMES_BACK } from '../support/line.ts';
import { Releases } from '../support/release.ts';
import { expect, test } from '../support/story.ts';

test('an older tab of the inbox offers to reload, and keeps draft and unsent text', async ({ stage }) => {
  stage.watch.declareLostConnection();
  const page = await stage.newPage(MAYA.name);
  const releases = await Releases.of(page.context());
  const maya = new Agent(page, MAYA, stage.server.origin);
  await maya.signIn();
  await maya.goAvailable();
  const visitor = await stage.visitor();
  await visitor.open();
  await visitor.ask({ name: 'Priya Nair' });
  await maya.accept('Priya Nair');
  await visitor.isChattingWith('Maya Rossi');

  await test.step('a release, while she writes', async () => {
    await stage.server.stop();
    await expect(page.getByText('Reconnecting…')).toBeVisible();
    await maya.say('Written before the update');
    await maya.reply.fill('A draft');
    releases.leaveBehind();
    await stage.server.start();
    await expect(page.getByText('Casella was updated')).toBeVisible({ timeout: COMES_BACK });
    await expect(maya.said('Written before the update')).toContainText('Waiting');
    await expect(maya.reply).toHaveValue('A draft');
  });

  releases.catchUp();
  await maya.button('Reload').click();
  await expect(maya.said('Written before the update')).toContainText(/Sent|Read/);
  await expect(visitor.said('Written before the update')).toHaveCount(1, { timeout: COMES_BACK });
  await expect(maya.reply).toHaveValue('A draft');
  await expect(page.getByText('Casella was updated')).toHaveCount(0);
});

test("an older tab of the visitor's chat offers to reload, and keeps draft and unsent text", async ({ stage }) => {
  stage.watch.declareLostConnection();
  const maya = await stage.availableAgent();
  const visitor = await stage.visitor();
  const releases = await Releases.of(visitor.page.context());
  await visitor.open();
  await visitor.ask({ name: 'Priya Nair' });
  await maya.accept('Priya Nair');
  await visitor.isChattingWith('Maya Rossi');

  await test.step('a release, while they write', async () => {
    await stage.server.stop();
    await expect(visitor.status).toHaveText('Reconnecting…');
    await visitor.say('Written before the update');
    await visitor.message.fill('A draft');
    releases.leaveBehind();
    await stage.server.start();
    await expect(visitor.chat.getByText('Casella was updated')).toBeVisible({ timeout: COMES_BACK });
    await expect(visitor.said('Written before the update')).toContainText('Waiting');
    await expect(visitor.message).toHaveValue('A draft');
  });

  releases.catchUp();
  await visitor.button('Reload').click();
  await visitor.isChattingWith('Maya Rossi');
  await expect(maya.said('Written before the update')).toHaveCount(1);
  await expect(visitor.said('Written before the update')).toContainText(/Sent|Read/);
  await expect(visitor.message).toHaveValue('A draft');
});
