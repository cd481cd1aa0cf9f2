import { cp, writeFile } from 'node:fs/promises';
import { type Browser, type BrowserContextOptions, test as base, expect, type Page } from '@playwright/test';
import { Agent, JUN, MAYA, NOOR, PASSWORD, type Person } from './agent.ts';
import { Company, SITE_KEY } from './company.ts';
import { casella, newPlace, type Place, removePlace, Server, setClockAhead } from './server.ts';
import { type Form, Visitor } from './visitor.ts';
import { Watch } from './watch.ts';
import { english, type Words } from './words.ts';

export { expect };

/** How a visitor's browser and page are. */
export interface VisitorKind extends BrowserContextOptions {
  words?: Words;
  /** The page that they are on; the company's pricing page if not told. */
  address?: string;
  /** A script that runs before any other, in the page and in the chat's frame. */
  before?: string;
}

/** A company with Casella: what a story is told about. */
export class Stage {
  /** By how many seconds the server's clock is ahead. */
  private ahead = 0;

  constructor(
    readonly browser: Browser,
    readonly company: Company,
    readonly place: Place,
    readonly server: Server,
    readonly watch: Watch,
  ) {
    company.casella = server.origin;
  }

  /** A visitor with a browser of their own, on a page of the company. */
  async visitor(kind: VisitorKind = {}): Promise<Visitor> {
    const { words = english, address = this.company.page(), before = '', ...options } = kind;
    const page = await this.newPage('visitor', options);
    if (before) await page.addInitScript({ content: before });
    await page.goto(address);
    return new Visitor(page, words);
  }

  /** An agent at a browser of their own, signed in. */
  async agent(person: Person = MAYA, options: BrowserContextOptions = {}, origin = this.server.origin): Promise<Agent> {
    const agent = new Agent(await this.newPage(person.name, options), person, origin);
    await agent.signIn();
    return agent;
  }

  /** An agent who takes new chats. */
  async availableAgent(person: Person = MAYA, options: BrowserContextOptions = {}, origin = this.server.origin): Promise<Agent> {
    const agent = await this.agent(person, options, origin);
    await agent.goAvailable();
    return agent;
  }

  /** An agent and a visitor in an active chat; `origin` is where the agent reaches the server. */
  async chat(name: string, options: { visitor?: VisitorKind; agent?: BrowserContextOptions; origin?: string } = {}) {
    const agent = await this.availableAgent(MAYA, options.agent, options.origin);
    const visitor = await this.asking({ name }, options.visitor);
    await agent.accept(name);
    await visitor.isChattingWith(MAYA.name);
    return { agent, visitor };
  }

  /** A visitor who has asked for a chat. */
  async asking(form: Form, kind: VisitorKind = {}): Promise<Visitor> {
    const visitor = await this.visitor(kind);
    await visitor.open();
    await visitor.ask(form);
    return visitor;
  }

  /** Waits until the visitor reads at the start form that somebody is there, as soon as the server knows. */
  async somebodyIsThere(visitor: Visitor): Promise<void> {
    const again = visitor.button('Start a new chat');
    await expect(async () => {
      await visitor.page.reload();
      await expect(visitor.button('Start chat').or(again)).toBeVisible();
      if (await again.isVisible()) await again.click();
      await expect(visitor.button('Start chat')).toBeVisible();
      await expect(visitor.button('Leave a message')).toHaveCount(0, { timeout: 1 });
    }).toPass();
  }

  /** Does what an administrator does at the command line, while the server runs. */
  casella(...words: string[]): Promise<string> {
    return casella(this.place, words);
  }

  /** The server's clock, in milliseconds since 1970. */
  now(): number {
    return Date.now() + this.ahead * 1_000;
  }

  /** Lets so many seconds pass for the server. */
  async pass(seconds: number): Promise<void> {
    this.ahead += seconds;
    await setClockAhead(this.place, this.ahead);
  }

  /** Moves the server's clock to the next time this hour and minute begin in UTC, or to so many seconds before. */
  async passUntil(hours: number, minutes: number, secondsBefore = 0): Promise<void> {
    const day = 24 * 60 * 60;
    const now = this.now() / 1_000;
    const at = (hours * 60 + minutes) * 60 - secondsBefore;
    const seconds = (((at - now) % day) + day) % day;
    await this.pass(Math.ceil(seconds));
  }

  /** A page in a browser context of its own, watched for errors. */
  async newPage(who: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.browser.newContext(options);
    this.watch.over(context, who);
    return context.newPage();
  }
}

/** What a worker makes once and each story copies: a database with a site and two agents. */
interface World {
  company: Company;
  seed: Place;
}

/** Adds the company's site and its agents, as an administrator would. */
export async function furnish(place: Place, company: Company): Promise<void> {
  await casella(place, ['site', 'add', SITE_KEY, '--name', 'Acme', '--origin', company.origin]);
  for (const [person, role] of [[MAYA, 'agent'], [JUN, 'agent'], [NOOR, 'supervisor']] as const) {
    const words = ['agent', 'add', person.email, '--name', person.name, '--role', role, '--password-stdin'];
    await casella(place, words, `${PASSWORD}\n`);
  }
}

export const test = base.extend<{ stage: Stage; watch: Watch; siteSettings: string[] }, { world: World }>({
  world: [
    async ({}, use) => {
      const company = await Company.open();
      const seed = await newPlace();
      await furnish(seed, company);
      await use({ company, seed });
      company.close();
      await removePlace(seed);
    },
    { scope: 'worker' },
  ],
  /** Further settings of the site, as flags of `casella site set`. */
  siteSettings: [[], { option: true }],
  watch: async ({}, use) => {
    const watch = new Watch();
    await use(watch);
    watch.check();
  },
  stage: async ({ browser, world, watch, siteSettings }, use, info) => {
    const place = await newPlace();
    await cp(world.seed.folder, place.folder, { recursive: true });
    if (siteSettings.length > 0) await casella(place, ['site', 'set', SITE_KEY, ...siteSettings]);
    const server = await Server.start(place);
    await use(new Stage(browser, world.company, place, server, watch));
    await Promise.all(browser.contexts().map((context) => context.close()));
    await server.stop();
    if (info.status !== info.expectedStatus) {
      const path = info.outputPath('server.log');
      await writeFile(path, server.log);
      await info.attach('server.log', { path, contentType: 'text/plain' });
    }
    await removePlace(place);
  },
});
