import { MAYA } from '../support/agent.ts';
import { expect, test } from '../support/story.ts';

test('a visitor asks, an agent answers and ends, and both keep what was said', async ({ stage }) => {
  const maya = await stage.availableAgent(MAYA);
  const visitor = await stage.visitor();

  await visitor.open();
  await visitor.ask({ name: 'Priya Nair', email: 'priya@example.com', firstMessage: 'Do you invoice yearly?' });
  await expect(visitor.status).toHaveText('Finding someone…');
  await expect(visitor.button('Cancel')).toBeVisible();

  const offer = maya.offers();
  await expect(offer).toHaveCount(1);
  await expect(offer.getByRole('alert')).toContainText('Priya Nair');
  await expect(offer).toContainText('Do you invoice yearly?');
  await expect(offer).toContainText('Pricing');
  await expect(offer.getByRole('timer', { name: 'Time left', exact: true })).toBeVisible();
  await expect(maya.page).toHaveTitle(/1/);

  await maya.accept('Priya Nair');
  await visitor.isChattingWith('Maya Rossi');
  await expect(maya.said('Do you invoice yearly?')).toHaveCount(1);
  await expect(maya.row('Priya Nair')).toHaveAttribute('aria-current', /true|page/);

  await test.step('the visitor panel tells who it is, and - for what is unknown', async () => {
    for (const [field, value] of [
      ['Name', 'Priya Nair'],
      ['Job title', '-'],
      ['Email', 'priya@example.com'],
      ['Phone', '-'],
      ['CRM status', '-'],
    ] as const) {
      await expect(maya.known(field)).toHaveText(value);
    }
  });

  await test.step('both write, and see that the other is writing and has read', async () => {
    await maya.reply.pressSequentially('Yes, ', { delay: 20 });
    await expect(visitor.chat.getByText('Maya Rossi is typing…')).toBeVisible();
    await maya.say('Yes, from the first seat on.');
    await expect(visitor.said('Yes, from the first seat on.')).toHaveCount(1);
    await expect(visitor.chat.getByText('Maya Rossi is typing…')).toBeHidden();
    await expect(maya.said('Yes, from the first seat on.')).toContainText('Read');

    await visitor.message.pressSequentially('And ', { delay: 20 });
    await expect(maya.chatWith('Priya Nair').getByText(/typing/)).toBeVisible();
    await visitor.say('And monthly?');
    await expect(maya.said('And monthly?')).toHaveCount(1);
    await expect(visitor.said('And monthly?')).toContainText('Read');
  });

  await test.step('the agent ends it for both', async () => {
    await maya.endSession.click();
    await maya.isOver('Chat ended by you');
    await visitor.isOver('Chat ended by Maya Rossi');
    await expect(visitor.status).toHaveText('Chat ended');
    await expect(maya.endSession).toHaveCount(0);
  });

  await test.step('both can keep the transcript', async () => {
    const lines = ['Priya Nair: Do you invoice yearly?', 'Maya Rossi: Yes, from the first seat on.', 'Priya Nair: And monthly?'];
    for (const { name, text } of [await maya.transcript(), await visitor.transcript()]) {
      expect(name).toMatch(/\.txt$/);
      const places = lines.map((line) => text.indexOf(line));
      expect(places, text).toEqual([...places].sort((a, b) => a - b));
      expect(places, text).not.toContain(-1);
      expect(text).toContain('Chat ended by Maya Rossi');
      expect(text, 'the zone of the times').toMatch(/UTC\+0[12]:00/);
    }
  });

  await test.step('the visitor starts anew, and can read the earlier chat above it', async () => {
    await visitor.button('Start a new chat').click();
    await visitor.ask({ firstMessage: 'One more question' });
    await maya.accept('Priya Nair');
    await visitor.isChattingWith('Maya Rossi');
    await maya.say('Go ahead');
    await expect(visitor.said('Go ahead')).toHaveCount(1);
    await expect(visitor.chat.getByText('Do you invoice yearly?')).toHaveCount(1);
    const above = await visitor.chat.getByText('And monthly?').boundingBox();
    const below = await visitor.chat.getByText('Go ahead').boundingBox();
    expect(above?.y ?? 0).toBeLessThan(below?.y ?? 0);
  });
});

test('a visitor ends the chat after being asked once', async ({ stage }) => {
  const { agent, visitor } = await stage.chat('Priya Nair');
  await visitor.button('End chat').click();
  await visitor.button('Keep chatting').click();
  await expect(visitor.message).toBeVisible();
  await visitor.end();
  await visitor.isOver('Chat ended by you');
  await agent.isOver('Chat ended by the visitor');
});

test('a visitor who cancels while waiting takes the offer away', async ({ stage }) => {
  const maya = await stage.availableAgent();
  const visitor = await stage.visitor();
  await visitor.open();
  await visitor.ask({ name: 'Priya Nair', firstMessage: 'Never mind' });
  await expect(maya.offers('Priya Nair')).toHaveCount(1);
  await visitor.button('Cancel').click();
  await expect(maya.offers()).toHaveCount(0);
  await expect(visitor.status).toHaveText('Chat ended');
  await expect(visitor.button('Start a new chat')).toBeVisible();
  await maya.tab('All').click();
  await expect(maya.rows).toHaveCount(0);
});
