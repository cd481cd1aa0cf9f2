import type { Page } from '@playwright/test';
import { Agent, JUN, MAYA } from './agent.ts';
import { COMES_BACK, Line } from './line.ts';
import { newPlace, removePlace, Server } from './server.ts';
import { expect, type Stage } from './story.ts';
import type { Visitor } from './visitor.ts';

/** Looks at a page in the state that it is in. */
export type Look = (state: string, page: Page) => Promise<void>;

/** Brings the inbox's pages before anybody is signed in to every state. */
export async function tourOfTheDoor(stage: Stage, look: Look): Promise<void> {
  stage.watch.declare(/status of 4\d\d/);
  const empty = await newPlace();
  const first = await Server.start(empty);
  try {
    const page = await stage.newPage('stranger');
    await page.goto(first.origin);
    await expect(page.getByRole('button', { name: 'Create account', exact: true })).toBeVisible();
    await look('setup', page);

    await page.goto(`${stage.server.origin}/`);
    await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
    await look('sign-in', page);
    await page.getByRole('textbox', { name: 'Email', exact: true }).fill(MAYA.email);
    await page.getByLabel('Password', { exact: true }).fill('not the password');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(page.getByText('Email or password is wrong')).toBeVisible();
    await look('sign-in-wrong', page);
    await page.context().close();
  } finally {
    await first.stop();
    await removePlace(empty);
  }
}

/** Brings the inbox to every state. */
export async function tourOfTheInbox(stage: Stage, look: Look): Promise<void> {
  stage.watch.declareLostConnection();
  stage.watch.declare(/status of 404/);
  const line = await Line.to(stage.server.origin);
  const maya = await stage.agent(MAYA, {}, line.origin);
  await look('inbox-empty', maya.page);
  await maya.goAvailable();
  await maya.tab('All').click();
  await look('inbox-all-empty', maya.page);
  await maya.tab('Active').click();

  const priya = await asks(stage, 'Priya Nair', 'Do you offer annual invoicing for teams over 50 seats?');
  await expect(maya.offers()).toHaveCount(1);
  await look('inbox-offer', maya.page);
  await maya.accept('Priya Nair');
  await priya.isChattingWith(MAYA.name);
  await talk(maya, priya);
  await look('inbox-active', maya.page);

  const tomas = await asks(stage, 'Tomás Beltrán', 'Can the reports be split by region?');
  await expect(maya.offers()).toHaveCount(1);
  const jun = await asks(stage, 'Ingrid Solberg-Andersen of the Nordic Purchasing Department', 'Hello');
  await expect(maya.offers()).toHaveCount(2);
  await look('inbox-two-offers', maya.page);
  await maya.accept('Tomás Beltrán');
  await maya.decline('Ingrid');
  await jun.page.context().close();
  await priya.say('One more thing');
  await priya.say('Are there discounts?');
  await expect(maya.row('Priya Nair')).toHaveAccessibleName(/2 unread/);
  await tomas.message.pressSequentially('I am wri', { delay: 20 });
  await expect(maya.chatWith('Tomás Beltrán').getByText(/typing/)).toBeVisible();
  await look('inbox-unread-and-typing', maya.page);

  await maya.button('Account').click();
  await expect(maya.page.getByRole('menuitem', { name: 'Sign out', exact: true })).toBeVisible();
  await look('inbox-account-menu', maya.page);
  await maya.page.keyboard.press('Escape');

  await line.cut();
  await expect(maya.page.getByText('Reconnecting…')).toBeVisible();
  await maya.say('Written while offline');
  await expect(maya.said('Written while offline')).toContainText('Waiting');
  await look('inbox-reconnecting', maya.page);
  await line.mend();
  await expect(maya.said('Written while offline')).toContainText(/Sent|Read/, { timeout: COMES_BACK });

  await maya.endSession.click();
  await maya.isOver('Chat ended by you');
  await look('inbox-ended', maya.page);
  await maya.tab('All').click();
  await expect(maya.rows).toHaveCount(2);
  await look('inbox-all', maya.page);

  const other = await stage.agent(JUN);
  await other.goto(new URL(await maya.row('Priya Nair').evaluate((row: HTMLAnchorElement) => row.href)).pathname);
  await look('inbox-not-found', other.page);
}

/** Brings the visitor's chat to every state. */
export async function tourOfTheChat(stage: Stage, look: Look): Promise<void> {
  stage.watch.declareLostConnection();
  const line = await Line.to(stage.server.origin);
  stage.company.casella = line.origin;
  // A page that says its language, as axe asks of any page.
  const address = stage.company.page({ language: 'en' });
  const nobody = await stage.visitor({ address });
  await look('chat-launcher', nobody.page);
  await nobody.open();
  await expect(nobody.status).toHaveText('Nobody is available');
  await look('chat-nobody-available', nobody.page);
  await nobody.page.context().close();

  const maya = await stage.availableAgent(MAYA);
  const visitor = await stage.visitor({ address });
  await visitor.open();
  await expect(visitor.field('Name')).toBeVisible();
  await look('chat-start', visitor.page);
  await visitor.ask({ name: 'Priya Nair', email: 'priya', firstMessage: 'Do you invoice yearly?' });
  await expect(visitor.chat.getByText('Please give an email address')).toBeVisible();
  await look('chat-start-refused', visitor.page);
  await visitor.ask({ email: 'priya@example.com' });
  await expect(visitor.status).toHaveText('Finding someone…');
  await look('chat-finding', visitor.page);
  await maya.decline('Priya Nair');
  await expect(visitor.status).toHaveText('Nobody is available');
  await look('chat-fallback', visitor.page);
  await visitor.button('Start a new chat').click();
  await visitor.ask({ firstMessage: 'Do you invoice yearly?' });
  await maya.accept('Priya Nair');
  await visitor.isChattingWith(MAYA.name);
  await talk(maya, visitor);
  await maya.reply.pressSequentially('I am wri', { delay: 20 });
  await expect(visitor.chat.getByText(`${MAYA.name} is typing…`)).toBeVisible();
  await look('chat-active', visitor.page);

  await visitor.button('End chat').click();
  await expect(visitor.button('Keep chatting')).toBeVisible();
  await look('chat-end-question', visitor.page);
  await visitor.button('Keep chatting').click();

  await line.cut();
  await expect(visitor.status).toHaveText('Reconnecting…');
  await visitor.say('Written while offline');
  await expect(visitor.said('Written while offline')).toContainText('Waiting');
  await look('chat-reconnecting', visitor.page);
  await line.mend();
  await visitor.isChattingWith(MAYA.name);

  await visitor.closeChat.click();
  await maya.say('Are you there?');
  await expect(visitor.openChat).toHaveAccessibleDescription('1 unread message');
  await look('chat-unread', visitor.page);
  await visitor.openChat.click();

  await maya.endSession.click();
  await visitor.isOver(`Chat ended by ${MAYA.name}`);
  await look('chat-ended', visitor.page);
  await visitor.button('Submit rating').click();
  await expect(visitor.chat.getByText('Please choose from 1 to 5')).toBeVisible();
  await visitor.chat.getByRole('radio', { name: '4', exact: true }).check();
  await look('chat-rating', visitor.page);
  await visitor.button('Submit rating').click();
  await expect(visitor.chat.getByText('You rated this chat 4 of 5')).toBeVisible();
  await look('chat-rated', visitor.page);
  await visitor.button('Start a new chat').click();
  await expect(visitor.button('Start chat')).toBeVisible();
  await look('chat-start-again', visitor.page);
}

async function asks(stage: Stage, name: string, firstMessage: string): Promise<Visitor> {
  const visitor = await stage.visitor();
  await visitor.open();
  await visitor.ask({ name, email: 'visitor@example.com', firstMessage });
  return visitor;
}

/** A few words both ways, with a link, a long word and several lines. */
export async function talk(maya: Agent, visitor: Visitor): Promise<void> {
  await maya.say('Yes, every plan can be paid by the year. See https://acme.example/prices for what it costs.');
  await visitor.say('That works.\nWe are 60 people in three countries, and purchasing wants one invoice for all.');
  await expect(maya.said('That works.')).toHaveCount(1);
  await visitor.say('Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz');
  await maya.say('One invoice it is.');
  await expect(visitor.said('One invoice it is.')).toHaveCount(1);
  await expect(maya.said('One invoice it is.')).toContainText('Read');
}
