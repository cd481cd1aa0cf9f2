import { JUN, MAYA, NOOR } from './agent.ts';
import { COMES_BACK, Line } from './line.ts';
import { png } from './picture.ts';
import { expect, type Stage } from './story.ts';
import type { Look } from './tour.ts';

/** Brings what an agent has beside a conversation to every state. */
export async function tourOfTheTools(stage: Stage, look: Look): Promise<void> {
  stage.watch.declareLostConnection();
  stage.watch.declare(/status of [45]\d\d/);
  const line = await Line.to(stage.server.origin);
  const maya = await stage.agent(MAYA, {}, line.origin);
  await maya.goAvailable();
  const visitor = await stage.asking(
    { name: 'Priya Nair', email: 'priya@exmaple.com', firstMessage: 'Do you offer annual invoicing for teams over 50 seats?' },
    { timezoneId: 'America/New_York' },
  );
  await maya.accept('Priya Nair');
  await visitor.isChattingWith(MAYA.name);
  await expect(maya.did('Chat started')).toHaveCount(1);
  await maya.say('Yes, every plan can be paid by the year.');
  await maya.note('Asked by procurement at Nordmark too, see ticket from May.');
  await maya.attach(
    { name: 'Prices 2027.png', mimeType: 'image/png', buffer: png(640, 300) },
    { name: 'Terms and conditions of the annual plan, third edition.txt', mimeType: 'text/plain', buffer: Buffer.alloc(52_000, 'a') },
  );
  await expect(maya.said('Terms and conditions')).toContainText(/Sent|Read/);
  await maya.score(2).check();
  await look('tools-chat', maya.page);

  await maya.edit({ 'Job title': 'Head of Purchasing', Email: 'priya@' });
  await expect(maya.field('Email')).toHaveAccessibleDescription(/Please give an email address/);
  await showVisitor(look, 'tools-editing', maya);
  await maya.edit({ Email: 'priya@example.com' });
  await expect(maya.known('Email')).toHaveText('priya@example.com');

  await maya.button('Private note').click();
  await maya.noteBox.fill('Forty percent is\nwhat they had last year.');
  await look('tools-note', maya.page);
  await maya.button('Private note').click();

  await maya.page.route('**/api/upload', (route) => route.abort());
  await maya.attach({ name: 'plan.txt', mimeType: 'text/plain', buffer: Buffer.from('The plan') });
  await expect(maya.said('plan.txt')).toContainText('Not sent');
  await look('tools-upload-failed', maya.page);
  await maya.said('plan.txt').getByRole('button', { name: 'Remove', exact: true }).click();
  await maya.page.unroute('**/api/upload');

  await maya.reply.pressSequentially('/');
  await expect(maya.page.getByText('No saved replies yet')).toBeVisible();
  await look('tools-no-replies', maya.page);
  await maya.reply.fill('');

  await maya.choose('Keyboard shortcuts');
  await expect(maya.dialog('Keyboard shortcuts')).toBeVisible();
  await look('tools-shortcuts', maya.page);
  await maya.page.keyboard.press('Escape');

  await line.cut();
  await maya.edit({ Phone: '+1 212 555 0100' });
  await visitor.end();
  await visitor.isOver('Chat ended by you');
  await line.mend();
  await expect(maya.field('Phone')).toHaveAccessibleDescription(/the chat has ended/, { timeout: COMES_BACK });
  await showVisitor(look, 'tools-edit-refused', maya);
  await maya.button('Discard').click();
  await look('tools-ended', maya.page);

  const noor = await stage.agent(NOOR);
  await noor.openFrom('All', 'Priya Nair');
  await noor.did('Chat ended').getByRole('button', { name: 'Show transcript', exact: true }).click();
  await expect(noor.did('Chat ended').getByRole('listitem').last()).toContainText('Chat ended');
  await showVisitor(look, 'tools-history', noor);

  const jun = await stage.agent(JUN);
  await jun.page.route('**/api/history', (route) => route.abort());
  await jun.openFrom('All', 'Priya Nair');
  await expect(jun.page.getByText('The history could not be read.')).toBeVisible();
  await showVisitor(look, 'tools-history-failed', jun);
}

/** Looks with the visitor in front, where only one column fits. */
async function showVisitor(look: Look, state: string, agent: { page: import('@playwright/test').Page }): Promise<void> {
  await agent.page.evaluate(() => document.querySelector<HTMLButtonElement>('.chat-head .icon-button:last-child')?.click());
  await look(state, agent.page);
  await agent.page.evaluate(() => document.querySelector<HTMLButtonElement>('.visitor-head .icon-button')?.click());
}
