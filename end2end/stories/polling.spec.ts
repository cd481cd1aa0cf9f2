import { Line } from '../support/line.ts';
import { nothingLostOrDoubled } from '../support/order.ts';
import { expect, type Stage, test } from '../support/story.ts';
import type { Visitor } from '../support/visitor.ts';

async function chats(stage: Stage, visitor: Visitor): Promise<void> {
  const maya = await stage.availableAgent();
  await visitor.open();
  await visitor.ask({ name: 'Priya Nair' });
  await maya.accept('Priya Nair');
  await visitor.isChattingWith('Maya Rossi');
  for (let n = 1; n <= 5; n += 1) {
    await visitor.say(`[priya ${n}]`);
    await maya.say(`[maya ${n}]`);
  }
  await nothingLostOrDoubled([visitor.messages, maya.messages], { priya: 5, maya: 5 });
  await maya.endSession.click();
  await visitor.isOver('Chat ended by Maya Rossi');
}

test('a network that refuses WebSockets still chats', async ({ stage }) => {
  stage.watch.declare(/WebSocket connection to .* failed/);
  const line = await Line.to(stage.server.origin);
  line.refuseWebSockets();
  stage.company.casella = line.origin;
  await chats(stage, await stage.visitor());
});

test('a browser without WebSocket still chats', async ({ stage }) => {
  const page = await stage.visitor({ address: 'about:blank' });
  await page.page.context().addInitScript(() => {
    Object.defineProperty(window, 'WebSocket', {
      value: class {
        constructor() {
          throw new DOMException('blocked', 'SecurityError');
        }
      },
    });
  });
  await page.page.goto(stage.company.page());
  await chats(stage, page);
});
