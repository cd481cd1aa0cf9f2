import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Locator } from '@playwright/test';
import { type Agent, NOOR } from '../support/agent.ts';
import { SITE_KEY } from '../support/company.ts';
import { measure, pace, percentile } from '../support/pace.ts';
import { expect, type Stage, test } from '../support/story.ts';

const CHATS = 200;
const A_SECOND = 300;
const SECONDS = 60;
const BAR_ANSWER_P98_MS = 50;
const BAR_GAP_P99_MS = 50;

const ROOT = resolve(import.meta.dirname, '../..');
const SERVER = resolve(process.env.CASELLA_BIN ?? join(ROOT, 'target/release/casella'));
/** The load tool lies beside the server. */
const LOAD = process.env.CASELLA_LOAD ?? join(dirname(SERVER), 'load');

// All visitors and agents come from one address.
Object.assign(process.env, {
  CASELLA_FRAMES_PER_SECOND: '1000000',
  CASELLA_SIGN_INS_PER_MINUTE: '1000',
  CASELLA_REQUESTS_PER_SECOND: '100000',
  CASELLA_CONNECTIONS_PER_ADDRESS: '1000',
});

/** Active chats of many agents, about which nothing is written until `begin`. */
class Busy {
  private readonly lines: AsyncIterator<string>;

  constructor(private readonly load: ChildProcess) {
    if (!load.stdout) throw new Error('the load tool has no output');
    this.lines = createInterface(load.stdout)[Symbol.asyncIterator]();
  }

  static async at(stage: Stage): Promise<Busy> {
    const words = ['busy', '--address', new URL(stage.server.origin).host.replace('localhost', '127.0.0.1')];
    words.push('--site', SITE_KEY, '--database-url', `sqlite:${stage.place.folder}/casella.db`, '--binary', SERVER);
    words.push('--chats', `${CHATS}`, '--per-second', `${A_SECOND}`, '--seconds', `${SECONDS}`);
    const busy = new Busy(spawn(LOAD, words, { stdio: ['pipe', 'pipe', 'inherit'] }));
    await busy.says(/^READY/);
    return busy;
  }

  begin(): void {
    this.load.stdin?.write('\n');
  }

  /** Waits for a line of the tool. */
  async says(line: RegExp): Promise<string> {
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) throw new Error(`the load tool ended without saying ${line}`);
      if (line.test(value)) return value;
    }
  }

  /** Ends the tool, whatever became of the measurement. */
  end(): void {
    this.load.kill('SIGKILL');
  }
}

/** What a supervisor does all the time: writes in an own chat, looks into those of others, searches. */
class Round {
  private step = 0;

  private constructor(
    private readonly noor: Agent,
    /** Where a row and the tabs are: looking for them each time would cost the page time. */
    private readonly places: Record<'row' | 'active' | 'everyone', { x: number; y: number }>,
  ) {}

  static async of(noor: Agent): Promise<Round> {
    const middle = async (of: Locator) => {
      const box = await of.boundingBox();
      if (!box) throw new Error('a control is not in the page');
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    };
    return new Round(noor, {
      row: await middle(noor.rows.first()),
      active: await middle(noor.tab('Active')),
      everyone: await middle(noor.tab('Everyone')),
    });
  }

  private click({ x, y }: { x: number; y: number }): Promise<void> {
    return this.noor.page.mouse.click(x, y);
  }

  /** Clicks whichever row stands there at that moment. */
  private clickRow(n: number): Promise<void> {
    const { x, y } = this.places.row;
    return this.click({ x, y: y + 64 * n });
  }

  /** Does the next thing. */
  async goOn(): Promise<void> {
    const { noor } = this;
    const step = this.step % 20;
    this.step += 1;
    switch (step) {
      case 0:
        return this.click(this.places.active);
      case 1:
        // The own chat, with the keyboard in its composer.
        return this.clickRow(0);
      case 10:
        return this.click(this.places.everyone);
      case 11:
      case 12:
      case 13:
        return this.clickRow((this.step + step) % 7);
      case 14:
        return noor.search.focus();
      case 17:
        return noor.page.keyboard.press('Escape');
      case 18:
      case 19:
        return this.clickRow(this.step % 9);
      default:
        return noor.page.keyboard.press('m');
    }
  }
}

test('key or click → paint, with hundreds of messages a second', { tag: '@bench' }, async ({ stage }) => {
  const busy = await Busy.at(stage);
  try {
    const noor = await stage.agent(NOOR);
    const { page } = noor;
    await noor.tab('Everyone').click();
    await noor.rows.first().click();
    await noor.button('Take over').click();
    await expect(noor.reply).toBeVisible();
    const round = await Round.of(noor);

    await measure(page);
    busy.begin();
    const until = Date.now() + SECONDS * 1_000;
    while (Date.now() < until) {
      await round.goOn();
      await page.waitForTimeout(100);
    }
    const { answers, gaps } = await pace(page);
    const said = await busy.says(/^DONE/);
    const ms = (values: number[], share: number) => `p${share * 100} ${percentile(values, share).toFixed(1)} ms`;
    console.log(`An inbox with ${CHATS} active chats, ${said.replace(/^DONE /, '')}`);
    console.log(`  key or click → paint: ${ms(answers, 0.5)}, ${ms(answers, 0.98)} (bar ${BAR_ANSWER_P98_MS}), ${answers.length} of them`);
    console.log(`  frame → frame: ${ms(gaps, 0.5)}, ${ms(gaps, 0.99)} (bar ${BAR_GAP_P99_MS}), ${gaps.length} of them`);
    expect(answers.length).toBeGreaterThan(4 * SECONDS);
    expect.soft(percentile(answers, 0.98)).toBeLessThanOrEqual(BAR_ANSWER_P98_MS);
    expect.soft(percentile(gaps, 0.99)).toBeLessThanOrEqual(BAR_GAP_P99_MS);
  } finally {
    busy.end();
  }
});
