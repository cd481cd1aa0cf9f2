import { MAYA, NOOR } from '../support/agent.ts';
import { png } from '../support/picture.ts';
import { expect, test } from '../support/story.ts';

test('the score can be set, taken back, and is frozen at the end', async ({ stage }) => {
  const { agent: maya, visitor } = await stage.chat('Priya Nair');
  for (const number of [0, 1, 2, 3]) await expect(maya.score(number)).not.toBeChecked();
  await maya.score(2).check();
  await maya.page.reload();
  await expect(maya.score(2)).toBeChecked();
  await expect(maya.score(2)).toBeEnabled();
  await maya.score(2).click();
  await expect(maya.score(2), 'a second click takes it back').not.toBeChecked();
  await maya.score(0).check();
  await maya.button('Clear score').click();
  await expect(maya.score(0)).not.toBeChecked();
  await maya.score(3).check();
  await maya.endSession.click();
  await visitor.isOver(`Chat ended by ${MAYA.name}`);
  await expect(maya.score(3)).toBeChecked();
  await expect(maya.score(3)).toBeDisabled();
  await maya.page.reload();
  await expect(maya.score(3)).toBeChecked();
  await expect(maya.score(1)).toBeDisabled();
});

test('an agent sends a picture and a file, by button, paste and drop', async ({ stage }) => {
  const { agent: maya, visitor } = await stage.chat('Priya Nair');
  const picture = { name: 'offer.png', mimeType: 'image/png', buffer: png(800, 400) };
  const terms = { name: 'Terms and conditions.txt', mimeType: 'text/plain', buffer: Buffer.from('Nothing is free.\n'.repeat(200)) };
  await maya.attach(picture, terms);
  const image = maya.messages.getByRole('img', { name: 'offer.png', exact: true });
  await expect(image).toBeVisible();
  const box = await image.boundingBox();
  expect([box?.width, box?.height].map((side) => Math.round((side ?? 0) / 10))).toEqual([32, 16]);
  await expect(maya.said('Terms and conditions.txt')).toContainText('4 KB');
  await expect(maya.said('Terms and conditions.txt')).toContainText(/Sent|Read/);
  const order = (await maya.messages.allInnerTexts()).join('\n');
  expect(order.indexOf('Terms')).toBeGreaterThan(0);
  await expect(visitor.said('Terms and conditions.txt')).toHaveCount(1);

  await test.step('both open in a tab of their own', async () => {
    const link = maya.messages.getByRole('link', { name: /Terms and conditions/ });
    await expect(link).toHaveAttribute('target', '_blank');
    await expect(link).toHaveAttribute('rel', /noopener/);
    const answer = await maya.page.request.get(new URL((await link.getAttribute('href')) ?? '', maya.origin).href);
    expect(answer.status()).toBe(200);
    expect(await answer.text()).toContain('Nothing is free.');
  });

  for (const how of ['paste', 'drop'] as const) {
    await test.step(`by ${how}`, async () => {
      await maya.reply.evaluate(
        (box, { how, bytes }) => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], `by-${how}.png`, { type: 'image/png' }));
          const what = { bubbles: true, cancelable: true };
          box.dispatchEvent(
            how === 'paste'
              ? new ClipboardEvent('paste', { ...what, clipboardData: data })
              : new DragEvent('drop', { ...what, dataTransfer: data }),
          );
        },
        { how, bytes: [...png(40, 20)] },
      );
      await expect(maya.messages.getByRole('img', { name: `by-${how}.png`, exact: true })).toBeVisible();
    });
  }

  await test.step('not while a private note is written', async () => {
    await maya.button('Private note').click();
    await expect(maya.button('Attach file')).toBeDisabled();
  });
});

test('a file that is too large is not sent, and one that fails can be tried again', async ({ stage }) => {
  stage.watch.declare(/net::ERR_/, /status of [45]\d\d/);
  const { agent: maya, visitor } = await stage.chat('Priya Nair');
  await maya.attach({ name: 'film.mov', mimeType: 'video/quicktime', buffer: Buffer.alloc(10 * 1024 * 1024 + 1) });
  await expect(maya.said('film.mov')).toContainText('Not sent: a file may have 10 MB');
  await maya.said('film.mov').getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(maya.said('film.mov')).toHaveCount(0);

  await maya.page.route('**/api/upload', (route) => route.abort());
  await maya.attach({ name: 'plan.txt', mimeType: 'text/plain', buffer: Buffer.from('The plan') });
  await expect(maya.said('plan.txt')).toContainText('Not sent');
  await maya.page.unroute('**/api/upload');
  await maya.said('plan.txt').getByRole('button', { name: 'Retry', exact: true }).click();
  await expect(maya.said('plan.txt')).toContainText(/Sent|Read/);
  await expect(visitor.said('plan.txt')).toHaveCount(1);
});

test('single keys lead through the inbox, but never while something is written', async ({ stage }) => {
  const maya = await stage.availableAgent(MAYA);
  const keys = maya.page.keyboard;
  for (const name of ['Priya Nair', 'Tomás Beltrán']) {
    const visitor = await stage.asking({ name });
    await maya.accept(name);
    await visitor.isChattingWith(MAYA.name);
  }
  await expect(maya.reply).toBeFocused();
  await keys.type('j?n');
  await expect(maya.reply).toHaveValue('j?n');
  await maya.reply.fill('');
  await keys.press('Escape');
  await expect(maya.reply).not.toBeFocused();

  await keys.press('j');
  await expect(maya.chatWith('Priya Nair')).toBeVisible();
  await keys.press('k');
  await expect(maya.chatWith('Tomás Beltrán')).toBeVisible();
  await keys.press('n');
  await expect(maya.noteBox).toBeFocused();
  await keys.press('Escape');
  await expect(maya.reply).toBeFocused();
  await keys.press('Escape');
  await keys.press('r');
  await expect(maya.reply).toBeFocused();
  await keys.press('Escape');
  await keys.press('e');
  await expect(maya.field('Name')).toBeFocused();
  await keys.press('Escape');
  await expect(maya.field('Name')).toHaveCount(0);
  await keys.press('/');
  await expect(maya.page.getByRole('searchbox', { name: 'Search', exact: true })).toBeFocused();
  await keys.press('Escape');

  await maya.chatWith('Tomás Beltrán').getByRole('heading').click();
  await keys.press('?');
  const sheet = maya.dialog('Keyboard shortcuts');
  await expect(sheet).toBeVisible();
  await keys.press('j');
  await expect(maya.chatWith('Tomás Beltrán')).toBeVisible();
  await keys.press('Escape');
  await expect(sheet).toHaveCount(0);
  await maya.choose('Keyboard shortcuts');
  await expect(sheet).toContainText('Next conversation');
  await sheet.getByRole('button', { name: 'Close', exact: true }).click();
  await expect(sheet).toHaveCount(0);
});

test('what is known of where a visitor is, in words, and live', async ({ stage }) => {
  const maya = await stage.availableAgent(MAYA);
  const visitor = await stage.asking(
    { name: 'Priya Nair' },
    { timezoneId: 'Asia/Tokyo', userAgent: WINDOWS },
  );
  await maya.accept('Priya Nair');
  const panel = maya.visitor;
  const told = (label: string) => panel.locator('.where > div').filter({ has: maya.page.getByText(label, { exact: true }) });
  await expect(told('Browser')).toContainText('Chrome on Windows');
  await expect(told('Local time')).toContainText(/\d\d:\d\d Asia\/Tokyo/);
  await expect(told('Language')).toContainText(/English|Italian/);
  await expect(told('Current page').getByRole('link', { name: 'Pricing', exact: true })).toHaveAttribute('rel', /noopener/);
  await visitor.page.goto(stage.company.page({ path: '/about' }));
  await expect(told('Current page').getByRole('link', { name: 'About', exact: true })).toBeVisible();
  await expect(maya.did('Page viewed').first()).toContainText('About');
  const noor = await stage.agent(NOOR);
  await noor.openFrom('Everyone', 'Priya Nair');
  await expect(noor.did('Page viewed').first()).toContainText('About');
});

const WINDOWS =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36';

test('a saved reply is inserted by its shortcut, with what is known of the visitor', async ({ stage }) => {
  const maya = await stage.availableAgent(MAYA);
  await maya.choose('Settings');
  const region = maya.page.getByRole('region', { name: 'Saved replies', exact: true });
  for (const [shortcut, text] of [
    ['hello', 'Hello {{visitor.name|there}}, this is {{agent.name}}.'],
    ['phone', 'May I call you at {{visitor.phone|your office}}?'],
  ] as const) {
    await region.getByRole('button', { name: 'Add reply', exact: true }).click();
    await region.getByRole('textbox', { name: 'Shortcut', exact: true }).fill(shortcut);
    await region.getByRole('textbox', { name: 'Text', exact: true }).fill(text);
    await region.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(region.getByText(`/${shortcut}`)).toBeVisible();
  }
  await maya.page.getByRole('link', { name: 'Inbox', exact: true }).click();
  const visitor = await stage.asking({ name: 'Priya Nair' });
  await maya.accept('Priya Nair');
  await visitor.isChattingWith(MAYA.name);
  const options = maya.page.getByRole('listbox', { name: 'Saved replies', exact: true }).getByRole('option');
  const keys = maya.page.keyboard;

  await maya.reply.pressSequentially('and/or /');
  await expect(options).toHaveCount(2);
  await expect(maya.reply).toHaveAttribute('aria-activedescendant', (await options.first().getAttribute('id')) ?? '');
  await keys.press('ArrowDown');
  await expect(options.nth(1)).toHaveAttribute('aria-selected', 'true');
  await keys.press('Tab');
  await expect(maya.reply).toHaveValue('and/or May I call you at your office?');
  await expect(options).toHaveCount(0);

  await maya.reply.fill('');
  await maya.reply.pressSequentially('/he');
  await expect(options).toHaveCount(1);
  await keys.press('Escape');
  await expect(options).toHaveCount(0);
  await maya.reply.pressSequentially('l');
  await expect(options, 'not again at this slash').toHaveCount(0);
  await maya.reply.fill('');
  await maya.reply.pressSequentially('/he');
  await keys.press('Enter');
  await expect(maya.reply).toHaveValue(`Hello Priya Nair, this is ${MAYA.name}.`);
  await expect(visitor.said('Hello Priya Nair'), 'the first Enter only inserts').toHaveCount(0);
  await keys.press('Enter');
  await expect(visitor.said(`Hello Priya Nair, this is ${MAYA.name}.`)).toHaveCount(1);
});
