import { Agent, MAYA } from '../support/agent.ts';
import { freePort } from '../support/port.ts';
import { newPlace, removePlace, Server } from '../support/server.ts';
import { expect, Stage, test } from '../support/story.ts';

test('the demo: what it prints is enough to chat on the demo page', async ({ browser, world, watch }) => {
  const place = await newPlace();
  const server = await Server.start(place, ['--demo', '--demo-listen', `127.0.0.1:${await freePort()}`]);
  try {
    const [, page = ''] = /Demo page:\s+(\S+)/.exec(server.log) ?? [];
    const [, password = ''] = /maya@example\.com, password (\S+)/.exec(server.log) ?? [];
    const stage = new Stage(browser, world.company, place, server, watch);
    const maya = new Agent(await stage.newPage('Maya'), MAYA, server.origin);
    await maya.signIn(password);
    await maya.tab('All').click();
    await expect(maya.rows, 'there is something to look at').not.toHaveCount(0);
    if (!(await maya.available.isChecked())) await maya.goAvailable();

    const visitor = await stage.visitor({ address: page });
    await visitor.open();
    await visitor.ask({ name: 'Priya Nair', firstMessage: 'From the demo page' });
    await maya.accept('Priya Nair');
    await visitor.isChattingWith('Maya Rossi');
    await expect(maya.said('From the demo page')).toHaveCount(1);
  } finally {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await server.stop();
    await removePlace(place);
  }
});
