import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { NOOR } from '../support/agent.ts';
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
}

test('key or click → paint, with hundreds of messages a second', { tag: '@bench' }, async ({ stage }) => {
  const busy = await Busy.at(stage);
  const noor = await stage.agent(NOOR);
  const { page, search } = noor;
  await noor.tab('Everyone').click();
  await expect(noor.rows.first()).toBeVisible();
  const list = page.locator('#list .scroll');
  const box = await list.boundingBox();
  if (!box) throw new Error('there is no list');
  const clickRow = (n: number) => page.mouse.click(box.x + box.width / 2, box.y + 32 + 64 * n);

  await measure(page);
  busy.begin();
  const until = Date.now() + SECONDS * 1_000;
  for (let step = 0; Date.now() < until; step += 1) {
    switch (step % 8) {
      case 0:
        // Whichever chat stands there at that moment.
        await clickRow(step % 5);
        break;
      case 3:
        await list.evaluate((list, top) => list.scrollTo(0, top), step % 16 === 3 ? 640 : 0);
        break;
      case 5:
        await clickRow(step % 7);
        await search.focus();
        break;
      case 7:
        await page.keyboard.press('Escape');
        break;
      default:
        await search.focus();
        await page.keyboard.press('m');
    }
    await page.waitForTimeout(100);
  }
  const { answers, gaps } = await pace(page);
  const said = await busy.says(/^DONE/);
  const ms = (values: number[], share: number) => `p${share * 100} ${percentile(values, share).toFixed(1)} ms`;
  console.log(`An inbox with ${CHATS} active chats, ${said.replace(/^DONE /, '')}`);
  console.log(`  key or click → paint: ${ms(answers, 0.5)}, ${ms(answers, 0.98)} (bar ${BAR_ANSWER_P98_MS}), ${answers.length} of them`);
  console.log(`  frame → frame: ${ms(gaps, 0.5)}, ${ms(gaps, 0.99)} (bar ${BAR_GAP_P99_MS}), ${gaps.length} of them`);
  expect(answers.length).toBeGreaterThan(100);
  expect.soft(percentile(answers, 0.98)).toBeLessThanOrEqual(BAR_ANSWER_P98_MS);
  expect.soft(percentile(gaps, 0.99)).toBeLessThanOrEqual(BAR_GAP_P99_MS);
});
