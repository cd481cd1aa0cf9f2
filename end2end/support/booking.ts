import { type BrowserContextOptions, expect, type Locator, type Page } from '@playwright/test';
import { MAYA, type Person } from './agent.ts';
import { Meetings } from './meetings.ts';
import type { Stage, VisitorKind } from './story.ts';
import type { Form } from './visitor.ts';

/** Names of controls of a booking card, in the languages of Casella. */
export interface BookingWords {
  meet: (agent: string) => string;
  zone: string;
  earlier: string;
  later: string;
  freeTimes: string;
  email: string;
  book: string;
  booked: string;
  reschedule: string;
  cancel: string;
  taken: string;
}

export const bookingEnglish: BookingWords = {
  meet: (agent) => `Meet ${agent}`,
  zone: 'Time zone',
  earlier: 'Earlier days',
  later: 'Later days',
  freeTimes: 'Free times',
  email: 'Email',
  book: 'Book meeting',
  booked: 'Meeting booked',
  reschedule: 'Reschedule meeting',
  cancel: 'Cancel meeting',
  taken: 'This time was just taken',
};

export const bookingItalian: BookingWords = {
  meet: (agent) => `Appuntamento con ${agent}`,
  zone: 'Fuso orario',
  earlier: 'Giorni precedenti',
  later: 'Giorni successivi',
  freeTimes: 'Orari liberi',
  email: 'E-mail',
  book: 'Prenota appuntamento',
  booked: 'Appuntamento prenotato',
  reschedule: 'Sposta appuntamento',
  cancel: 'Annulla appuntamento',
  taken: 'Questo orario è stato appena preso',
};

/** A booking card, in the chat or on the page behind a link, by the names of its controls. */
export class BookingCard {
  constructor(
    readonly group: Locator,
    readonly words: BookingWords = bookingEnglish,
  ) {}

  /** The card of an agent's calendar inside `place`: a chat's frame, or a page. */
  static of(place: Pick<Page, 'getByRole'>, agent: string, words: BookingWords = bookingEnglish): BookingCard {
    return new BookingCard(place.getByRole('group', { name: words.meet(agent), exact: true }), words);
  }

  get zone(): Locator {
    return this.group.getByRole('combobox', { name: this.words.zone, exact: true });
  }
  get earlier(): Locator {
    return this.button(this.words.earlier);
  }
  get later(): Locator {
    return this.button(this.words.later);
  }
  /** The free times of the days that are shown. */
  get times(): Locator {
    return this.group.getByRole('group', { name: this.words.freeTimes, exact: true }).getByRole('button');
  }
  time(name: string | RegExp): Locator {
    const times = this.group.getByRole('group', { name: this.words.freeTimes, exact: true });
    return times.getByRole('button', { name, exact: true });
  }
  get chosen(): Locator {
    return this.group.getByRole('button', { pressed: true });
  }
  get email(): Locator {
    return this.group.getByRole('textbox', { name: this.words.email, exact: true });
  }
  get book(): Locator {
    return this.button(this.words.book);
  }
  get booked(): Locator {
    return this.group.getByRole('status', { name: this.words.booked, exact: true });
  }
  get alert(): Locator {
    return this.group.getByRole('alert');
  }
  link(name: string): Locator {
    return this.group.getByRole('link', { name, exact: true });
  }

  /** The names of the times that are shown. */
  async names(): Promise<string[]> {
    await expect(this.times.first()).toBeVisible();
    return this.times.evaluateAll((times) => times.map((time) => time.getAttribute('aria-label') ?? ''));
  }

  /** Chooses the first time that is shown, and returns its name. */
  async chooseFirst(): Promise<string> {
    const [name = ''] = await this.names();
    await this.choose(name);
    return name;
  }

  async choose(name: string): Promise<void> {
    await this.time(name).click();
    await expect(this.time(name)).toHaveAttribute('aria-pressed', 'true');
    await expect(this.chosen).toHaveCount(1);
  }

  private button(name: string): Locator {
    return this.group.getByRole('button', { name, exact: true });
  }
}

/** The page behind a link, in a browser that is signed in nowhere and runs no script. */
export async function behind(stage: Stage, address: string, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await stage.newPage('by link', { javaScriptEnabled: false, ...options });
  await page.goto(new URL(address, stage.server.origin).href);
  return page;
}

/** Gives an agent meeting hours, as an administrator would. */
export async function canBeMet(stage: Stage, agent: Person, hours = 'mon-sun 09:00-17:00', zone = 'UTC'): Promise<void> {
  await stage.casella('agent', 'set', agent.email, '--meeting-hours', hours, '--meeting-zone', zone);
}

/** A chat in which Maya has shared her calendar. */
export async function withCard(stage: Stage, form: Form, kind: VisitorKind = {}, hours?: string, zone?: string) {
  await canBeMet(stage, MAYA, hours, zone);
  const maya = await stage.availableAgent(MAYA);
  const visitor = await stage.asking(form, kind);
  await maya.accept(form.name ?? '');
  await visitor.isChattingWith(MAYA.name);
  await new Meetings(maya).share(MAYA);
  const card = BookingCard.of(visitor.chat, MAYA.name);
  await expect(card.times.first()).toBeVisible();
  return { maya, visitor, card };
}
