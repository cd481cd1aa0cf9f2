import { expect, test } from '../support/story.ts';
import { italian } from '../support/words.ts';

test('a visitor rates an ended chat once, and all their tabs and the agent know', async ({ stage }) => {
  const { agent, visitor } = await stage.chat('Priya Nair');
  const rating = visitor.chat.getByRole('radiogroup', { name: 'Rating', exact: true });
  await expect(rating, 'not before the end').toHaveCount(0);
  await agent.endSession.click();
  await visitor.isOver('Chat ended by Maya Rossi');
  await expect(rating.getByRole('radio')).toHaveCount(5);

  await test.step('without a choice it says what is missing and keeps the comment', async () => {
    await visitor.field('Comment').fill('Quick and kind');
    await visitor.button('Submit rating').click();
    await expect(visitor.chat.getByText('Please choose from 1 to 5')).toBeVisible();
    await expect(visitor.field('Comment')).toHaveValue('Quick and kind');
  });

  await rating.getByRole('radio', { name: '4', exact: true }).check();
  await visitor.button('Submit rating').click();
  await expect(visitor.chat.getByText('You rated this chat 4 of 5')).toBeVisible();
  await expect(visitor.button('Submit rating')).toHaveCount(0);

  await test.step('another tab shows the rating, and no form', async () => {
    const page = await visitor.page.context().newPage();
    await page.goto(stage.company.page());
    const chat = page.frameLocator('iframe[title="Chat"]');
    await expect(chat.getByText('You rated this chat 4 of 5')).toBeVisible();
    await expect(chat.getByRole('radiogroup')).toHaveCount(0);
  });

  await expect(agent.chatWith('Priya Nair')).toContainText('4 of 5');
});

test('a chat that nobody answered is not rated', async ({ stage }) => {
  await stage.availableAgent();
  const visitor = await stage.asking({ name: 'Priya Nair' });
  await visitor.button('Cancel').click();
  await expect(visitor.button('Start a new chat')).toBeVisible();
  await expect(visitor.chat.getByRole('radiogroup')).toHaveCount(0);
});

test('the rating speaks Italian', async ({ stage }) => {
  const maya = await stage.availableAgent();
  const visitor = await stage.visitor({ words: italian, address: stage.company.page({ language: 'it' }) });
  await visitor.open();
  await visitor.ask({ name: 'Chiara Greco' });
  await maya.accept('Chiara Greco');
  await maya.endSession.click();
  await visitor.isOver('Chat terminata da Maya Rossi');
  const rating = visitor.chat.getByRole('radiogroup', { name: 'Valutazione', exact: true });
  await rating.getByRole('radio', { name: '5', exact: true }).check();
  await visitor.field('Commento').fill('Gentilissima');
  await visitor.button('Invia valutazione').click();
  await expect(visitor.chat.getByText('Hai valutato questa chat 5 su 5')).toBeVisible();
});
