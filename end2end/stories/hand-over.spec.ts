import type { Host } from '../support/api.ts';
import { SITE_KEY } from '../support/company.ts';
import { expect, type Stage, test } from '../support/story.ts';
import type { Visitor } from '../support/visitor.ts';

/** A visitor on a page of the company in which a script has run first. */
function visitorAfter<T>(stage: Stage, script: (given: T) => void, given: T): Promise<Visitor> {
  // Only in the company's page, not in the chat's frame.
  return stage.visitor({ before: `if (window === top) (${script})(${JSON.stringify(given)})` });
}

test('whatever the page hands over, the chat connects, and takes the texts that it knows', async ({ stage }) => {
  const maya = await stage.availableAgent();
  const visitor = await visitorAfter(
    stage,
    () => {
      // Calls from before the chat is there, wrong ones among them.
      (window as unknown as { Casella: unknown }).Casella = [
        ['setAttributes', { Plan: 'Pro', calls() {}, node: document }],
        ['nothing of this name'],
        5,
        ['page', 'http://'],
        ['identify', new Proxy({ name: 'Ada Byron', email: 'ada@example.com', jobTitle() {} }, {})],
      ];
    },
    undefined,
  );
  await expect(visitor.openChat).toBeVisible();
  await visitor.page.evaluate(() => {
    const { Casella } = window as unknown as Host;
    const ring: Record<string, unknown> = { Seats: 12 };
    ring.Ring = ring;
    Casella.setAttributes(ring);
    Casella.setAttributes({
      get Secret() {
        throw new Error('not yours');
      },
      Long: 'x'.repeat(20_000_000),
      Trial: false,
    });
    const throws = () => {
      throw new Error('nobody may read this');
    };
    for (const odd of [null, undefined, Symbol('odd'), () => {}, document.body, new Proxy({}, { get: throws, ownKeys: throws })]) {
      Casella.setAttributes(odd);
      Casella.track(odd);
    }
    Casella.page({ toString: throws }, odd());
    Casella.track(new Proxy({ event: 'basket' }, {}));
    Casella.identify({ name: 'Ada Byron', phone: throws, jobTitle: null });
    Casella.on('constructor', () => {});

    function odd() {
      return new Proxy(() => {}, { get: throws });
    }
  });

  await visitor.open();
  await expect(visitor.field('Name')).toHaveValue('Ada Byron');
  await expect(visitor.field('Email')).toHaveValue('ada@example.com');
  await visitor.ask({ firstMessage: 'Hello' });
  await maya.accept('Ada Byron');
  await visitor.isChattingWith('Maya Rossi');
  for (const words of ['Plan', 'Pro', 'Seats', '12', 'Trial', 'false']) await expect(maya.visitor).toContainText(words);
  for (const words of ['Ring', 'Secret', 'Long', 'calls', 'node']) await expect(maya.visitor).not.toContainText(words);
  await visitor.page.evaluate(() => (window as unknown as Host).Casella.track(new Proxy(() => {}, {})));
  await visitor.say('Still here');
  await expect(maya.said('Still here')).toHaveCount(1);
});

test('a chat that is not connected never says that it looks for somebody', async ({ stage }) => {
  await stage.availableAgent();
  stage.watch.declareLostConnection();
  const visitor = await stage.visitor();
  const { page } = visitor;
  let through = false;
  // A line on which nothing is heard.
  await page.routeWebSocket(/\/ws\//, (socket) => {
    if (through) socket.connectToServer();
  });
  await page.route('**/poll/visitor', (route) => (through ? route.continue() : route.abort()));
  await visitor.open();
  await visitor.field('Name').fill('Priya Nair');
  const said = visitor.status;
  await said.evaluate((status) => {
    const heard = ((window as unknown as Host).heard = [] as string[]);
    new MutationObserver(() => heard.push(status.textContent ?? '')).observe(status, { childList: true, characterData: true, subtree: true });
  });
  await visitor.button('Start chat').click();
  await expect(said).toHaveText('Sending…');
  await expect(said).toHaveText('Reconnecting…', { timeout: 30_000 });
  await expect(visitor.chat.getByText('We are looking for somebody')).toHaveCount(0);
  expect(await said.evaluate(() => (window as unknown as Host).heard)).not.toContain('Finding someone…');
  through = true;
  await expect(said).toHaveText('Finding someone…', { timeout: 30_000 });
});

const KEPT = ['views', 'token', 'open', 'chat', 'live', 'draft', 'f.name', 'f.email', 'f.first_message', 'o.1', `o.${'0'.repeat(32)}`];

for (const broken of ['{', 'null', '5', '[5,null,"x"]', '"[]"', 'x'.repeat(300_000)]) {
  for (const names of [['views'], KEPT]) {
    const what = `${names.length > 1 ? 'all' : 'the views'} that the page's storage holds`;
    test(`${what} may be ${broken.length > 20 ? 'far too long' : broken}`, async ({ stage }) => {
      const maya = await stage.availableAgent();
      const visitor = await visitorAfter(
        stage,
        ({ site, broken, names }) => {
          if (sessionStorage.getItem('broken')) return;
          sessionStorage.setItem('broken', 'once');
          for (const name of names) localStorage.setItem(`casella:${site}:${name}`, broken);
          const calls = [['setAttributes', { Plan: 'Pro' }], ['open']];
          (window as unknown as { Casella: unknown }).Casella = calls;
        },
        { site: SITE_KEY, broken, names },
      );
      await expect(visitor.closeChat).toBeVisible();
      await visitor.field('Name').fill('Priya Nair');
      await visitor.field('Email').fill('priya@example.com');
      await visitor.ask({ firstMessage: 'Hello' });
      await maya.accept('Priya Nair');
      await expect(maya.visitor).toContainText('Pro');
      await visitor.say('One');
      await expect(maya.said('One')).toHaveCount(1);
      await visitor.page.reload();
      await visitor.isChattingWith('Maya Rossi');
      await expect(visitor.said('One')).toHaveCount(1);
    });
  }
}

test('a page whose own library changes what arrays and texts are keeps views and what is not sent', async ({ stage }) => {
  const maya = await stage.availableAgent();
  const visitor = await visitorAfter(
    stage,
    () => {
      // As old libraries do: every value words itself.
      const words = function (this: unknown) {
        return `as ${String(this)}`;
      };
      for (const kind of [Array, String, Object, Number]) {
        Object.defineProperty(kind.prototype, 'toJSON', { value: words, writable: true, configurable: true });
      }
    },
    undefined,
  );
  await expect(visitor.openChat).toBeVisible();
  await visitor.page.goto(stage.company.page({ path: '/about' }));
  await expect(visitor.openChat).toBeVisible();
  await visitor.open();
  await visitor.ask({ name: 'Priya Nair', firstMessage: 'Hello' });
  await maya.accept('Priya Nair');
  await visitor.isChattingWith('Maya Rossi');
  await maya.page.reload();
  await expect(maya.did('Page viewed').first()).toBeVisible();
  await expect(maya.activities.filter({ hasText: 'Pricing' })).toHaveCount(1);

  await test.step('a visit with the chat closed is told as well', async () => {
    await visitor.closeChat.click();
    await maya.endSession.click();
    await expect(visitor.messages.last()).toContainText('Chat ended by Maya Rossi');
    const told = visitor.page.waitForResponse((answer) => answer.url().endsWith('/visit'));
    await visitor.page.goto(stage.company.page({ path: '/contact' }));
    expect((await told).status()).toBe(200);
  });
});
