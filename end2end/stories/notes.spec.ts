import { JUN, MAYA, NOOR } from '../support/agent.ts';
import { COMES_BACK, Line } from '../support/line.ts';
import { expect, test } from '../support/story.ts';

const SECRET = 'Nordmark asked for forty percent';

test('a private note never reaches the visitor: no frame, no count, no file', async ({ stage }) => {
  const { agent: maya, visitor } = await stage.chat('Priya Nair');
  const frames: string[] = [];
  visitor.page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => frames.push(payload.toString('latin1')));
  });
  const bodies: Promise<string>[] = [];
  visitor.page.on('response', (response) => bodies.push(response.text().catch(() => '')));
  // Anew, so that its frames are watched from the first on.
  await visitor.page.reload();
  await visitor.isChattingWith(MAYA.name);
  await visitor.say('Is there a discount?');
  await expect(maya.said('Is there a discount?')).toHaveCount(1);
  await visitor.closeChat.click();

  await maya.note(SECRET);
  await expect(maya.said(SECRET)).toContainText('Private note');
  await expect(maya.said(SECRET)).not.toContainText(/Waiting|Sent|Read/);
  await expect(visitor.openChat).not.toHaveAccessibleDescription(/unread/);
  await maya.say('I will ask');
  await expect(visitor.openChat, 'the note counts for nothing').toHaveAccessibleDescription('1 unread message');
  await visitor.openChat.click();
  await expect(visitor.said('I will ask')).toHaveCount(1);

  await test.step('others read it at its place, also after a reload', async () => {
    const noor = await stage.agent(NOOR);
    await noor.openFrom('Everyone', 'Priya Nair');
    for (const side of [maya, noor]) {
      await side.page.reload();
      await expect(side.said('I will ask')).toHaveCount(1);
      const texts = await side.messages.allTextContents();
      const at = (words: string) => texts.findIndex((text) => text.includes(words));
      expect(at(SECRET)).toBe(at('Is there a discount?') + 1);
      expect(at('I will ask')).toBe(at(SECRET) + 1);
    }
    await expect(noor.said(SECRET)).toContainText(MAYA.name);
  });

  await maya.endSession.click();
  await visitor.isOver(`Chat ended by ${MAYA.name}`);
  const [theirs, ours] = [await visitor.transcript(), await maya.transcript()];
  for (const file of [theirs, ours]) {
    expect(file.text).toContain('I will ask');
    expect(file.text).not.toContain('Nordmark');
  }
  expect(frames.length).toBeGreaterThan(3);
  const everything = [...frames, ...(await Promise.all(bodies)), await visitor.chat.locator('body').innerText()];
  expect(everything.some((text) => text.includes('I will ask')), 'what was sent was watched').toBe(true);
  expect(everything.filter((text) => text.includes('Nordmark'))).toEqual([]);
});

test('both sides save the same transcript, each in their own zone', async ({ stage }) => {
  const { agent: maya, visitor } = await stage.chat('Priya Nair', { visitor: { timezoneId: 'America/New_York' } });
  await visitor.say('Hello\nI have two lines');
  await expect(maya.said('I have two lines')).toHaveCount(1);
  await maya.say('Hello Priya');
  await expect(visitor.said('Hello Priya')).toHaveCount(1);
  await maya.endSession.click();
  await visitor.isOver(`Chat ended by ${MAYA.name}`);
  const [theirs, ours] = [await visitor.transcript(), await maya.transcript()];
  for (const { name } of [theirs, ours]) expect(name).toMatch(/\.txt$/);
  expect(theirs.text).toMatch(/UTC-0[45]:00/);
  expect(ours.text).toMatch(/UTC\+0[12]:00/);
  const said = (text: string) =>
    text
      .split('\n')
      .slice(3)
      .map((line) => line.replace(/^\S.*?\d\d:\d\d(?::\d\d)?  /, ''));
  expect(said(ours.text)).toEqual(said(theirs.text));
  expect(said(ours.text)).toEqual([
    `* ${MAYA.name} has joined *`,
    'Priya Nair: Hello',
    '    I have two lines',
    `${MAYA.name}: Hello Priya`,
    `* Chat ended by ${MAYA.name} *`,
    '',
  ]);
});

test('drafts of reply and note are kept apart, by conversation, and survive a reload', async ({ stage }) => {
  const { agent: maya } = await stage.chat('Priya Nair');
  await maya.reply.fill('Dear Priya');
  await maya.button('Private note').click();
  await expect(maya.noteBox).toHaveValue('');
  await maya.noteBox.fill('Difficult');
  await stage.asking({ name: 'Tomás Beltrán' });
  await maya.accept('Tomás Beltrán');
  await expect(maya.reply, 'another conversation').toHaveValue('');
  await maya.row('Priya Nair').click();
  await expect(maya.reply).toHaveValue('Dear Priya');
  await maya.page.reload();
  await expect(maya.reply).toHaveValue('Dear Priya');
  await maya.button('Private note').click();
  await expect(maya.noteBox).toHaveValue('Difficult');
  await maya.button('Send').click();
  await expect(maya.said('Difficult')).toContainText('Private note');
  await expect(maya.noteBox).toHaveValue('');
  await maya.page.keyboard.press('Escape');
  await expect(maya.reply).toHaveValue('Dear Priya');
});

test('a note written without a connection is a note when it is back, also after a reload', async ({ stage }) => {
  stage.watch.declareLostConnection();
  const line = await Line.to(stage.server.origin);
  const { agent: maya, visitor } = await stage.chat('Priya Nair', { origin: line.origin });
  await line.cut();
  await maya.note(SECRET);
  await expect(maya.said(SECRET)).toContainText('Waiting');
  await line.mend();
  await maya.page.reload();
  await expect(maya.said(SECRET)).toHaveCount(1, { timeout: COMES_BACK });
  await expect(maya.said(SECRET)).toContainText('Private note');
  await expect(maya.said(SECRET)).not.toContainText('Waiting', { timeout: COMES_BACK });
  const jun = await stage.agent(JUN);
  await maya.endSession.click();
  await jun.openFrom('All', 'Priya Nair');
  await expect(jun.said(SECRET)).toContainText('Private note');
  await visitor.isOver(`Chat ended by ${MAYA.name}`);
  await expect(visitor.said(SECRET)).toHaveCount(0);
});
