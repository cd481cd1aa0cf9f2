import { SITE_KEY } from '../support/company.ts';
import { expect, test } from '../support/story.ts';
import { Visitor } from '../support/visitor.ts';

test('before there is interest the loader is the only request, and nobody else is ever asked', async ({ stage }) => {
  const { company, server } = stage;
  const page = await stage.newPage('visitor');
  const requests: string[] = [];
  page.context().on('request', (request) => requests.push(request.url()));
  page.on('websocket', (socket) => requests.push(socket.url()));

  await page.goto(company.page(), { waitUntil: 'networkidle' });
  const visitor = new Visitor(page);
  await expect(visitor.openChat).toBeVisible();
  const loader = `${server.origin}/w/${SITE_KEY}.js`;
  expect(requests.filter((url) => !url.startsWith('data:'))).toEqual([company.page(), loader]);

  await test.step('a second page of a new visitor asks for nothing more', async () => {
    requests.length = 0;
    await page.goto(company.page({ path: '/about' }), { waitUntil: 'networkidle' });
    await expect(visitor.openChat).toBeVisible();
    expect(requests.filter((url) => url !== loader && !url.startsWith('data:'))).toEqual([company.page({ path: '/about' })]);
  });

  await test.step('a whole chat asks only the company and Casella', async () => {
    const maya = await stage.agent();
    maya.page.on('request', (request) => requests.push(request.url()));
    await maya.goto();
    await maya.goAvailable();
    await visitor.open();
    await visitor.ask({ name: 'Priya Nair' });
    await maya.accept('Priya Nair');
    await visitor.say('Hello');
    await expect(maya.said('Hello')).toHaveCount(1);
    const own = [company.origin, server.origin, server.origin.replace('http', 'ws'), 'data:', 'blob:'];
    expect(requests.filter((url) => !own.some((origin) => url.startsWith(origin)))).toEqual([]);
  });
});

test('the page keeps its layout and its back-forward cache', async ({ stage }) => {
  const visitor = await stage.visitor();
  await expect(visitor.openChat).toBeVisible();
  const shift = await visitor.page.evaluate(
    () =>
      new Promise<number>((done) => {
        let sum = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) sum += (entry as PerformanceEntry & { value: number }).value;
        }).observe({ type: 'layout-shift', buffered: true });
        setTimeout(() => done(sum), 300);
      }),
  );
  expect(shift).toBe(0);
  const listensToUnload = await visitor.page.evaluate(() => 'onunload' in window && window.onunload !== null);
  expect(listensToUnload).toBe(false);
});
