import { MAYA } from '../support/agent.ts';
import { withCard } from '../support/booking.ts';
import { expect, test } from '../support/story.ts';

test('an agent stops booking by a card: the chat, the link and the inbox say so', async ({ stage }) => {
  const { maya, visitor, card } = await withCard(stage, { name: 'Priya Nair' });
  await card.chooseFirst();

  const stop = maya.button('Stop booking');
  await stop.focus();
  await maya.page.keyboard.press('Enter');
  await expect(maya.said(`Calendar of ${MAYA.name}`)).toContainText('Nobody can book here any more.');
  await expect(stop).toHaveCount(0);

  const ended = 'No more meetings are booked here. Ask for another time in the chat.';
  await expect(card.group).toContainText(ended);
  await visitor.page.reload();
  await expect(card.group).toContainText(ended);
  await maya.page.reload();
  await expect(maya.said(`Calendar of ${MAYA.name}`)).toContainText('Nobody can book here any more.');
});
