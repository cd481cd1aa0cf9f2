import { JUN, MAYA, PASSWORD } from '../support/agent.ts';
import { expect, test } from '../support/story.ts';

test("another agent's active chat is refused by the server", async ({ stage }) => {
  stage.watch.declare(/status of 404/);
  const { agent: maya, visitor } = await stage.chat('Priya Nair');
  await visitor.say('A secret between us');
  await expect(maya.said('A secret between us')).toHaveCount(1);
  const path = new URL(maya.page.url()).pathname;
  expect(path).toMatch(/^\/conversations\//);
  const id = path.split('/').pop();

  const jun = await stage.agent(JUN);
  await test.step('it is in neither list', async () => {
    for (const tab of ['Active', 'All']) {
      await jun.tab(tab).click();
      await expect(jun.rows).toHaveCount(0);
    }
  });
  await test.step('its address shows nothing of it', async () => {
    const answer = await jun.page.request.get(`${stage.server.origin}${path}`);
    expect(await answer.text()).not.toContain('A secret between us');
    await jun.goto(path);
    await expect(jun.page.getByText('A secret between us')).toHaveCount(0);
    await expect(jun.chatWith('Priya Nair')).toHaveCount(0);
    await expect(jun.reply).toHaveCount(0);
    await expect(jun.page.getByText('This conversation does not exist, or it is not yours to see.')).toBeVisible();
    await expect(jun.visitor, 'nor a visitor without a name').toHaveCount(0);
    await expect(jun.page).toHaveTitle('Inbox · Casella');
  });
  await test.step('nor does its transcript', async () => {
    const answer = await jun.page.request.get(`${stage.server.origin}/transcripts/${id}.txt?zone=UTC&lang=en`);
    expect(answer.status()).toBe(404);
  });
  await test.step('after the end it is in the list of all, and at its address', async () => {
    await maya.endSession.click();
    await expect(jun.said('A secret between us')).toHaveCount(1);
    await jun.goto('/all');
    await jun.row('Priya Nair').click();
    await expect(jun.said('A secret between us')).toHaveCount(1);
    await jun.isOver('Chat ended by Maya Rossi');
  });
});

test('nothing of the inbox opens without signing in, and nothing stays open after signing out', async ({ stage }) => {
  const page = await stage.newPage('stranger');
  for (const path of ['/', '/all', '/conversations/0198c0de-0000-7000-8000-000000000000']) {
    await page.goto(`${stage.server.origin}${path}`);
    await expect(page).toHaveURL(/\/sign-in/);
  }

  const maya = await stage.agent(MAYA);
  const other = await maya.anotherTab();
  for (const tab of [maya, other]) await expect(tab.page.getByText('No active chats')).toBeVisible();
  await maya.button('Account').click();
  await maya.page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
  for (const tab of [maya, other]) {
    await expect(tab.button('Sign in')).toBeVisible();
  }
  await maya.page.goto(`${stage.server.origin}/`);
  await expect(maya.page).toHaveURL(/\/sign-in/);
});

test('a wrong password is refused and the email kept', async ({ stage }) => {
  // The browser itself tells of an answer 403.
  stage.watch.declare(/status of 4\d\d/);
  const page = await stage.newPage('stranger');
  await page.goto(`${stage.server.origin}/sign-in`);
  const email = page.getByRole('textbox', { name: 'Email', exact: true });
  await email.fill(MAYA.email);
  await page.getByLabel('Password', { exact: true }).fill(`${PASSWORD}?`);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByText('Email or password is wrong')).toBeVisible();
  await expect(email).toHaveValue(MAYA.email);
});
