import { expect, type Locator, type Page } from '@playwright/test';
import { saved } from './files.ts';

/** An agent, as the command line made them. */
export interface Person {
  name: string;
  email: string;
}

export const MAYA: Person = { name: 'Maya Rossi', email: 'maya@example.com' };
export const JUN: Person = { name: 'Jun Li', email: 'jun@example.com' };
/** A supervisor. */
export const NOOR: Person = { name: 'Noor Haddad', email: 'noor@example.com' };
export const PASSWORD = 'correct horse battery';

/** An agent at the inbox, by the names of its controls. */
export class Agent {
  constructor(
    readonly page: Page,
    readonly person: Person,
    readonly origin: string,
  ) {}

  get available(): Locator {
    return this.page.getByRole('switch', { name: 'Available', exact: true });
  }
  /** The note beside the switch. */
  get availability(): Locator {
    return this.page.getByRole('status', { name: 'Availability', exact: true });
  }
  /** All offers, or those that hold a text. */
  offers(text?: string | RegExp): Locator {
    const offers = this.page.getByRole('region', { name: 'New chat', exact: true });
    return text === undefined ? offers : offers.filter({ hasText: text });
  }
  tab(name: string): Locator {
    // Counts may stand behind a tab's name.
    return this.page.getByRole('tab', { name: new RegExp(`^${name}\\b`) });
  }
  get rows(): Locator {
    return this.page.getByRole('list', { name: 'Conversation list', exact: true }).getByRole('link');
  }
  row(visitor: string): Locator {
    return this.rows.filter({ hasText: visitor });
  }
  get search(): Locator {
    return this.page.getByRole('searchbox', { name: 'Search', exact: true });
  }
  chatWith(visitor: string): Locator {
    return this.page.getByRole('region', { name: `Chat with ${visitor}`, exact: true });
  }
  get messages(): Locator {
    return this.page.getByRole('list', { name: 'Messages', exact: true }).getByRole('listitem');
  }
  get reply(): Locator {
    return this.page.getByRole('textbox', { name: 'Reply', exact: true });
  }
  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }
  get visitor(): Locator {
    return this.page.getByRole('complementary', { name: 'Visitor', exact: true });
  }
  /** A field of the visitor's panel. */
  known(field: string): Locator {
    return this.visitor.getByRole('group', { name: field, exact: true });
  }
  /** A field of the visitor's panel while it is edited. */
  field(name: string): Locator {
    return this.visitor.getByRole('textbox', { name, exact: true });
  }
  /** The box of a private note. */
  get noteBox(): Locator {
    return this.page.getByRole('textbox', { name: 'Note', exact: true });
  }
  /** What the agent thinks of the chat. */
  score(number: number): Locator {
    return this.page.getByRole('radiogroup', { name: 'Score', exact: true }).getByRole('radio', { name: `${number}`, exact: true });
  }
  /** The visitor's activities. */
  get activities(): Locator {
    return this.page
      .getByRole('region', { name: 'Activity history', exact: true })
      .getByRole('list', { name: 'Activities', exact: true })
      .locator('> li');
  }
  /** The activities of a type. */
  did(type: string): Locator {
    return this.activities.filter({ has: this.page.locator('strong', { hasText: new RegExp(`^${type}$`) }) });
  }
  dialog(name: string): Locator {
    return this.page.getByRole('dialog', { name, exact: true });
  }
  get endSession(): Locator {
    return this.visitor.getByRole('button', { name: 'End session', exact: true });
  }

  /** The entries of the list that hold a text. */
  said(text: string | RegExp): Locator {
    return this.messages.filter({ hasText: text });
  }

  /** Opens a page of the inbox and waits until it is alive: its connection is there. */
  async goto(path = '/'): Promise<void> {
    const connected = this.page.waitForEvent('websocket');
    await this.page.goto(new URL(path, this.origin).href);
    await connected;
  }

  async signIn(password = PASSWORD): Promise<void> {
    await this.page.goto(new URL('/sign-in', this.origin).href);
    await this.page.getByRole('textbox', { name: 'Email', exact: true }).fill(this.person.email);
    await this.page.getByLabel('Password', { exact: true }).fill(password);
    const connected = this.page.waitForEvent('websocket');
    await this.button('Sign in').click();
    await connected;
    await expect(this.available).toBeVisible();
  }

  /** Turns the switch on. */
  async goAvailable(): Promise<void> {
    await expect(this.available).not.toBeChecked();
    await this.available.click();
    await expect(this.available).toBeChecked();
    // The switch turns at once; the note comes from the server.
    await expect(this.availability).toHaveText(/^Until/);
  }

  /** Accepts the one offer there is. */
  async accept(visitor: string): Promise<void> {
    await this.offers(visitor).getByRole('button', { name: 'Accept', exact: true }).click();
    await expect(this.offers(visitor)).toHaveCount(0);
    await expect(this.chatWith(visitor)).toBeVisible();
  }

  async decline(visitor: string): Promise<void> {
    await this.offers(visitor).getByRole('button', { name: 'Decline', exact: true }).click();
    await expect(this.offers(visitor)).toHaveCount(0);
  }

  /** Asks another agent to take the open chat over. */
  async transfer(to: Person, note = ''): Promise<void> {
    await this.button('Transfer').click();
    const dialog = this.dialog('Transfer chat');
    await dialog.getByRole('radio', { name: to.name, exact: true }).check();
    await dialog.getByRole('textbox', { name: 'Note', exact: true }).fill(note);
    await dialog.getByRole('button', { name: 'Request transfer', exact: true }).click();
    await expect(dialog).toHaveCount(0);
  }

  /** Opens the conversation from a tab of the list. */
  async openFrom(tab: string, visitor: string): Promise<void> {
    await this.tab(tab).click();
    await this.row(visitor).click();
    await expect(this.chatWith(visitor)).toBeVisible();
  }

  /** Opens the menu `Account` and chooses an item. */
  async choose(item: string): Promise<void> {
    await this.button('Account').click();
    await this.page.getByRole('menuitem', { name: item, exact: true }).click();
  }

  /** Another tab in the same browser. */
  async anotherTab(path = '/'): Promise<Agent> {
    const tab = new Agent(await this.page.context().newPage(), this.person, this.origin);
    await tab.goto(path);
    return tab;
  }

  /** Sends a message. */
  async say(text: string): Promise<void> {
    await this.reply.fill(text);
    await this.button('Send').click();
  }

  /** Writes a private note and goes back to the reply. */
  async note(text: string): Promise<void> {
    await this.button('Private note').click();
    await this.noteBox.fill(text);
    await this.button('Send').click();
    await this.button('Private note').click();
    await expect(this.reply).toBeVisible();
  }

  /** Corrects fields of the visitor and saves; goes on in a form that is open. */
  async edit(fields: Record<string, string>): Promise<void> {
    if ((await this.button('Save').count()) === 0) await this.button('Edit visitor').click();
    for (const [name, value] of Object.entries(fields)) await this.field(name).fill(value);
    await this.button('Save').click();
  }

  /** Attaches files to the open chat. */
  async attach(...files: { name: string; mimeType: string; buffer: Buffer }[]): Promise<void> {
    const chooser = this.page.waitForEvent('filechooser');
    await this.button('Attach file').click();
    await (await chooser).setFiles(files);
  }

  /** Waits until the open chat is over, for this reason. */
  async isOver(reason: string): Promise<void> {
    await expect(this.messages.last()).toContainText(reason);
    await expect(this.reply).toHaveCount(0);
  }

  /** The transcript file's name and text. */
  transcript(): Promise<{ name: string; text: string }> {
    return saved(this.page, this.button('Download transcript'));
  }
}
