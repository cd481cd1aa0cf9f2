import { expect, test } from '../support/story.ts';
import { Visitor } from '../support/visitor.ts';

test('two tabs of one visitor stay in step', async ({ stage }) => {
  const maya = await stage.availableAgent();
  const first = await stage.visitor();
  const second = new Visitor(await first.page.context().newPage());
  await second.page.goto(stage.company.page({ path: '/about' }));

  await first.open();
  await first.ask({ name: 'Priya Nair', firstMessage: 'Asked in the first tab' });
  await maya.accept('Priya Nair');
  await first.isChattingWith('Maya Rossi');

  await test.step('the second tab shows the same chat', async () => {
    await second.open();
    await second.isChattingWith('Maya Rossi');
    await expect(second.said('Asked in the first tab')).toHaveCount(1);
  });

  await test.step('what is said in one stands in the other, once', async () => {
    await second.say('Said in the second tab');
    await expect(first.said('Said in the second tab')).toHaveCount(1);
    await first.say('Said in the first tab');
    await expect(second.said('Said in the first tab')).toHaveCount(1);
    await maya.say('Heard in both');
    for (const tab of [first, second]) await expect(tab.said('Heard in both')).toHaveCount(1);
    await expect(maya.said(/Said in the/)).toHaveCount(2);
    for (const tab of [first, second]) await expect(tab.said(/Said in the/)).toHaveCount(2);
  });

  await test.step('it ends in both', async () => {
    await second.end();
    for (const tab of [first, second]) await tab.isOver('Chat ended by you');
    await maya.isOver('Chat ended by the visitor');
  });

  await test.step('a new one opens in both', async () => {
    await first.button('Start a new chat').click();
    await first.ask({ firstMessage: 'Once more' });
    await expect(second.status).toHaveText('Finding someone…');
    await maya.accept('Priya Nair');
    for (const tab of [first, second]) await tab.isChattingWith('Maya Rossi');
  });
});
