import { SITE_KEY } from '../support/company.ts';
import { expect, test } from '../support/story.ts';

/** A line for each page. */
const kept = (key: string) =>
  (localStorage.getItem(`casella:${key}:views`) ?? '').split('\n').filter((line) => line.includes('\t'));

test('pages viewed before the first chat wait in the browser, and are in the history when it starts', async ({ stage }) => {
  const maya = await stage.availableAgent();
  const visitor = await stage.visitor({ address: stage.company.page({ path: '/about' }) });
  const { page } = visitor;
  await page.goto(stage.company.page({ path: '/features' }));
  await page.goto(stage.company.page({ path: '/pricing' }));
  await expect(visitor.openChat).toBeVisible();
  expect(await page.evaluate(kept, SITE_KEY)).toHaveLength(3);

  await visitor.open();
  await visitor.ask({ name: 'Priya Nair', firstMessage: 'Hello' });
  await maya.accept('Priya Nair');
  await visitor.isChattingWith('Maya Rossi');
  const history = maya.page.getByRole('region', { name: 'Activity history', exact: true });
  const viewed = history.getByRole('listitem').filter({ hasText: 'Page viewed' });
  for (const title of ['About', 'Features', 'Pricing']) {
    await expect(viewed.filter({ hasText: title })).toHaveCount(1);
  }
  expect(await page.evaluate(kept, SITE_KEY), 'handed over').toHaveLength(0);
});

test('only the last 20 pages are kept', async ({ stage }) => {
  const visitor = await stage.visitor();
  await expect(visitor.openChat).toBeVisible();
  await visitor.page.evaluate(() => {
    const { Casella } = window as unknown as { Casella: { page(url: string, title: string): void } };
    for (let n = 1; n <= 30; n++) Casella.page(`/article/${n}`, `Article ${n}`);
  });
  const views = await visitor.page.evaluate(kept, SITE_KEY);
  expect(views).toHaveLength(20);
  expect(views[0]).toContain('Article 11');
});

test('a visitor who mistyped their email corrects it when asking again', async ({ stage }) => {
  const maya = await stage.availableAgent();
  const visitor = await stage.asking({ name: 'Priya Nair', email: 'priya@exampel.com' });
  await maya.accept('Priya Nair');
  await expect(maya.known('Email')).toHaveText('priya@exampel.com');
  await visitor.end();
  await visitor.button('Start a new chat').click();
  await expect(visitor.field('Email'), 'what was typed is there').toHaveValue('priya@exampel.com');
  await visitor.ask({ email: 'priya@example.com' });
  await maya.accept('Priya Nair');
  await expect(maya.known('Email')).toHaveText('priya@example.com');
});
