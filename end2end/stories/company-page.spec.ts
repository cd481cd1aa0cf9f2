import { expect, test } from '../support/story.ts';

test('a printed page shows neither launcher nor chat', async ({ stage }) => {
  const visitor = await stage.visitor();
  await visitor.open();
  await expect(visitor.field('Name')).toBeVisible();
  await visitor.page.emulateMedia({ media: 'print' });
  await expect(visitor.frame).toBeHidden();
  await expect(visitor.closeChat).toBeHidden();
  await visitor.page.emulateMedia({ media: 'screen' });
  await expect(visitor.frame).toBeVisible();
});

for (const isolated of ['require-corp', 'credentialless'] as const) {
  test(`a page that isolates itself with ${isolated} carries the chat`, async ({ stage }) => {
    const address = stage.company.page({ isolated });
    const { agent, visitor } = await stage.chat('Priya Nair', { visitor: { address } });
    expect(await visitor.page.evaluate(() => crossOriginIsolated)).toBe(true);
    await visitor.say('From an island');
    await expect(agent.said('From an island')).toHaveCount(1);
    await agent.say('And back');
    await expect(visitor.said('And back')).toHaveCount(1);
  });
}
