import { expect, type FrameLocator, type Locator, type Page } from '@playwright/test';
import { saved } from './files.ts';
import { COMES_BACK } from './line.ts';
import { english, type Words } from './words.ts';

/** What a visitor fills into the start form. */
export interface Form {
  name?: string;
  email?: string;
  firstMessage?: string;
}

/** A visitor on a page of the company, by the names of the chat's controls. */
export class Visitor {
  /** The inside of the chat's frame. */
  readonly chat: FrameLocator;

  constructor(
    readonly page: Page,
    readonly words: Words = english,
  ) {
    this.chat = this.frame.contentFrame();
  }

  get frame(): Locator {
    return this.page.locator(`iframe[title="${this.words.title}"]`);
  }
  get openChat(): Locator {
    return this.page.getByRole('button', { name: this.words.openChat, exact: true });
  }
  get closeChat(): Locator {
    return this.page.getByRole('button', { name: this.words.closeChat, exact: true });
  }
  get status(): Locator {
    return this.chat.getByRole('status', { name: this.words.chatStatus, exact: true });
  }
  get messages(): Locator {
    return this.chat.getByRole('list', { name: this.words.messages, exact: true }).getByRole('listitem');
  }
  get message(): Locator {
    return this.field(this.words.message);
  }
  field(name: string): Locator {
    return this.chat.getByRole('textbox', { name, exact: true });
  }
  button(name: string): Locator {
    return this.chat.getByRole('button', { name, exact: true });
  }

  /** The entries of the list that hold a text. */
  said(text: string | RegExp): Locator {
    return this.messages.filter({ hasText: text });
  }

  async open(): Promise<void> {
    await this.openChat.click();
    await expect(this.closeChat).toBeVisible();
    await expect(this.frame).toBeVisible();
  }

  /** Fills the form and asks for a chat. */
  async ask(form: Form): Promise<void> {
    if (form.name) await this.field(this.words.name).fill(form.name);
    if (form.email) await this.field(this.words.email).fill(form.email);
    if (form.firstMessage) await this.field(this.words.firstMessage).fill(form.firstMessage);
    await this.button(this.words.startChat).click();
  }

  /** Leaves a message where nobody is there. */
  async leave(text: string): Promise<void> {
    await this.field('Your message').fill(text);
    await this.button('Leave a message').click();
    await expect(this.status).toHaveText('Message left');
  }

  /** Sends a message. */
  async say(text: string): Promise<void> {
    await this.message.fill(text);
    await this.button(this.words.send).click();
  }

  /** Waits until an agent of this name has the chat and the connection stands. */
  async isChattingWith(agent: string): Promise<void> {
    await expect(this.status).toHaveText(this.words.chattingWith(agent), { timeout: COMES_BACK });
  }

  /** Waits until the chat is over, for this reason. */
  async isOver(reason: string): Promise<void> {
    await expect(this.messages.last()).toContainText(reason);
    await expect(this.message).toHaveCount(0);
  }

  async end(): Promise<void> {
    await this.button(this.words.endChat).click();
    // It asks once; the answer has the same name.
    await expect(this.button(this.words.keepChatting)).toBeVisible();
    await this.button(this.words.endChat).click();
  }

  /** The transcript file's name and text. */
  transcript(): Promise<{ name: string; text: string }> {
    return saved(this.page, this.button(this.words.download));
  }
}
