import { JUN, MAYA, NOOR } from './agent.ts';
import { expect, type Stage } from './story.ts';
import type { Look } from './tour.ts';

const PRIYA = { name: 'Priya Nair', email: 'priya@example.com', firstMessage: 'Do you offer annual invoicing?' };

/** Brings the inbox to every state in which agents have to do with each other. */
export async function tourOfTheColleagues(stage: Stage, look: Look): Promise<void> {
  const maya = await stage.availableAgent(MAYA);
  const visitor = await stage.asking(PRIYA, { address: stage.company.page({ language: 'en' }) });
  await maya.accept(PRIYA.name);
  await visitor.isChattingWith(MAYA.name);
  const noor = await stage.agent(NOOR);
  const jun = await stage.availableAgent(JUN);

  await maya.button('Transfer').click();
  await expect(maya.dialog('Transfer chat').getByRole('radio', { name: JUN.name, exact: true })).toBeEnabled();
  await look('inbox-transfer', maya.page);
  await maya.dialog('Transfer chat').getByRole('button', { name: 'Close', exact: true }).click();
  await maya.transfer(JUN, 'Knows the invoices, and has talked with them before.');
  await expect(maya.page.getByText('was asked to take over')).toBeVisible();
  await look('inbox-transfer-asked', maya.page);
  await expect(jun.offers(PRIYA.name)).toHaveCount(1);
  await look('inbox-transfer-offer', jun.page);
  await jun.decline(PRIYA.name);
  await expect(maya.page.getByText('declined to take over').first()).toBeVisible();
  await look('inbox-transfer-declined', maya.page);

  await maya.transfer(JUN);
  await expect(jun.offers(PRIYA.name)).toHaveCount(1);
  await stage.pass(100);
  await expect(jun.offers()).toHaveCount(0);
  await maya.available.click();
  await expect(maya.available).not.toBeChecked();
  const missed = await stage.asking({ name: 'Tomás Beltrán' });
  await expect(jun.offers('Tomás Beltrán')).toHaveCount(1);
  await stage.pass(100);
  await expect(missed.status).toHaveText('Nobody is available');
  await missed.page.context().close();
  await expect(jun.page.getByText('You missed two chats in a row')).toBeVisible();
  await look('inbox-missed', jun.page);

  await noor.tab('Everyone').click();
  await look('inbox-everyone', noor.page);
  await noor.openFrom('Everyone', PRIYA.name);
  await expect(noor.button('Take over')).toBeVisible();
  await look('inbox-others-chat', noor.page);
  await noor.button('Block visitor').click();
  await expect(noor.dialog('Block this visitor?')).toBeVisible();
  await look('inbox-block-visitor', noor.page);
  await noor.dialog('Block this visitor?').getByRole('button', { name: 'Close', exact: true }).click();
  await noor.page.getByRole('link', { name: 'Agents', exact: true }).click();
  await expect(noor.page.getByRole('row', { name: new RegExp(MAYA.name) })).toContainText('1 of 5');
  await look('agents', noor.page);

  await maya.choose('Sign out');
  const question = maya.dialog('Sign out with active chats?');
  await expect(question).toBeVisible();
  await look('inbox-sign-out', maya.page);
  await question.getByRole('button', { name: 'Sign out', exact: true }).click();
  await jun.openFrom('Unanswered', PRIYA.name);
  await expect(jun.button('Pick up')).toBeVisible();
  await look('inbox-away', jun.page);
  await expect(visitor.status).toHaveText(`${MAYA.name} is away`);
  await look('chat-away', visitor.page);

  const late = await stage.visitor({ address: stage.company.page({ language: 'en' }) });
  await late.open();
  await expect(late.status).toHaveText('Nobody is available');
  await late.button('Leave a message').click();
  await expect(late.chat.getByText('Please fill in this field').first()).toBeVisible();
  await look('chat-leave-refused', late.page);
  await late.field('Name').fill('Tomás Beltrán');
  await late.field('Email').fill('tomas@example.com');
  await late.leave('Please call me back after six.');
  await look('chat-message-left', late.page);
  await jun.openFrom('Unanswered', 'Tomás Beltrán');
  await look('inbox-unanswered', jun.page);
}
