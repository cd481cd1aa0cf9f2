import { MAYA, NOOR } from '../support/agent.ts';
import { expect, test } from '../support/story.ts';

test('what invitations say is set, and what is wrong is said beside it', async ({ stage }) => {
  stage.watch.declare(/status of 400/);
  const maya = await stage.agent(MAYA);
  await maya.choose('Settings');
  const mail = maya.page.getByRole('region', { name: 'Mail', exact: true });
  const text = mail.getByRole('textbox', { name: 'Invitation text', exact: true });
  const video = mail.getByRole('textbox', { name: 'Video link', exact: true });
  await expect(mail).toContainText('Casella cannot send mail yet');
  await text.fill('Dear {{visitor.name|visitor}}, I look forward to it.');
  await video.fill('my room');
  await mail.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(video).toHaveAccessibleDescription(/Please give an address like/);
  await expect(text).toHaveValue(/look forward/);
  await video.fill('https://meet.example.com/maya');
  await mail.getByRole('checkbox', { name: 'Mail me each chat that is offered to me', exact: true }).check();
  await mail.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(mail.getByText('Saved', { exact: true })).toBeVisible();
  await maya.page.reload();
  await expect(text).toHaveValue(/look forward/);
  await expect(video).toHaveValue('https://meet.example.com/maya');
  await expect(mail.getByRole('checkbox')).toBeChecked();
});

test('admins are told that there is no mail, until they have read it', async ({ stage }) => {
  const note = (agent: { page: import('@playwright/test').Page }) => agent.page.getByText('Casella cannot send mail yet: set up a mail server');
  const maya = await stage.agent(MAYA);
  await expect(note(maya)).toHaveCount(0);
  await stage.casella('agent', 'set', NOOR.email, '--role', 'admin');
  const noor = await stage.agent(NOOR);
  await expect(note(noor)).toBeVisible();
  await noor.button('Hide this note').click();
  await expect(note(noor)).toBeHidden();
  await noor.goto('/all');
  await expect(note(noor)).toBeHidden();
});

test('a reply that cannot be mailed says that it is seen at the next visit', async ({ stage }) => {
  const { agent: maya, visitor } = await stage.chat('Priya Nair');
  await visitor.page.close();
  await maya.say('It is on its way');
  await expect(maya.said('It is on its way')).toContainText('Sent');
  await stage.pass(5 * 60);
  await maya.page.reload();
  await expect(maya.said('It is on its way')).toContainText('Seen at the next visit');
});
