import { expect, test } from '../support/story.ts';

interface Api {
  open(): void;
  close(): void;
  identify(person: { name?: string; email?: string }): void;
  setAttributes(attributes: Record<string, string | number>): void;
  track(event: string): void;
  page(url?: string, title?: string): void;
  reset(): void;
  on(event: string, listener: () => void): void;
}
type Host = Window & { Casella: Api; heard: string[] };

test("the company's own script opens, closes, tells who it is and where, listens and forgets", async ({ stage }) => {
  const maya = await stage.availableAgent();
  const visitor = await stage.visitor();
  const { page } = visitor;
  await expect(visitor.openChat).toBeVisible();
  await page.evaluate(() => {
    const host = window as unknown as Host;
    host.heard = [];
    for (const event of ['opened', 'requested', 'accepted', 'ended']) host.Casella.on(event, () => host.heard.push(event));
    host.Casella.identify({ name: 'Priya Nair', email: 'priya@example.com' });
    host.Casella.open();
  });
  const heard = () => page.evaluate(() => (window as unknown as Host).heard);

  await expect(visitor.field('Name')).toHaveValue('Priya Nair');
  await expect(visitor.field('Email')).toHaveValue('priya@example.com');
  await visitor.ask({ firstMessage: 'Hello' });
  await maya.accept('Priya Nair');
  await visitor.isChattingWith('Maya Rossi');
  await page.evaluate(() => (window as unknown as Host).Casella.page('/checkout', 'Checkout'));
  await expect(maya.chatWith('Priya Nair')).toContainText('Checkout');

  await test.step('what else it says of the visitor stands in the panel and the history', async () => {
    await page.evaluate(() => {
      const { Casella } = window as unknown as Host;
      Casella.setAttributes({ Plan: 'Pro', Seats: 12 });
      Casella.track('Added to basket');
    });
    await expect(maya.visitor).toContainText('Plan');
    await expect(maya.visitor).toContainText('12');
    await maya.page.reload();
    const history = maya.page.getByRole('region', { name: 'Activity history', exact: true });
    await expect(history).toContainText('Added to basket');
  });

  await page.evaluate(() => (window as unknown as Host).Casella.close());
  await expect(visitor.openChat).toBeVisible();
  await maya.endSession.click();
  await expect.poll(heard).toEqual(['opened', 'requested', 'accepted', 'ended']);

  await test.step('reset forgets the visitor in this browser', async () => {
    await page.evaluate(() => (window as unknown as Host).Casella.reset());
    expect(await page.evaluate(() => Object.keys(localStorage))).toEqual([]);
    await page.reload();
    await visitor.open();
    await expect(visitor.field('Name')).toHaveValue('');
    await expect(visitor.messages).toHaveCount(0);
  });
});
