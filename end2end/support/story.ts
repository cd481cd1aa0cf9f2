import { cp, writeFile } from 'node:fs/promises';
import { type Browser, type BrowserContextOptions, test as base, type Page } from '@playwright/test';
import { Agent, JUN, MAYA, PASSWORD, type Person } from './agent.ts';
import { Company, SITE_KEY } from './company.ts';
import { casella, newPlace, type Place, removePlace, Server } from './server.ts';
import { Visitor } from './visitor.ts';
import { Watch } from './watch.ts';
import { english, type Words } from './words.ts';

export { expect } from '@playwright/test';

/** How a visitor's browser and page are. */
export interface VisitorKind extends BrowserContextOptions {
  words?: Words;
  /** The page that they are on; the company's pricing page if not told. */
  address?: string;
}

/** A company with Casella: what a story is told about. */
export class Stage {
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
    const { words = english, address = this.company.page(), ...options } = kind;
    const page = await this.newPage('visitor', options);
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
  async availableAgent(person: Person = MAYA, options: BrowserContextOptions = {}): Promise<Agent> {
    const agent = await this.agent(person, options);
    await agent.goAvailable();
    return agent;
  }

  /** An agent and a visitor in an active chat. */
  async chat(name: string, options: { visitor?: VisitorKind; agent?: BrowserContextOptions } = {}) {
    const agent = await this.availableAgent(MAYA, options.agent);
    const visitor = await this.visitor(options.visitor);
    await visitor.open();
    await visitor.ask({ name });
    await agent.accept(name);
    await visitor.isChattingWith(MAYA.name);
    return { agent, visitor };
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
  for (const person of [MAYA, JUN]) {
    await casella(place, ['agent', 'add', person.email, '--name', person.name, '--password-stdin'], `${PASSWORD}\n`);
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
