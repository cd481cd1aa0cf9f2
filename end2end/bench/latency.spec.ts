import { SITE_KEY } from '../support/company.ts';
import { expect, test } from '../support/story.ts';

const MESSAGES = 200;
const DROPPED = 20;
const EVERY_MS = 100;
const BAR_P95_MS = 25;

/** Milliseconds since 1970 at which something happened in a page, by the number of the message. */
type Moments = Record<string, number>;

/** The value below which this share of the sorted values lies. */
function percentile(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

test('Send → text in the agent’s page', { tag: '@bench' }, async ({ stage }) => {
  const { agent, visitor } = await stage.chat('Priya Nair');

  await agent.page.evaluate(() => {
    const shown: Record<string, number> = {};
    Object.assign(window, { shown });
    new MutationObserver((changes) => {
      const now = performance.timeOrigin + performance.now();
      for (const change of changes) {
        for (const node of change.addedNodes) {
          const number = /message number (\d+)\./.exec(node.textContent ?? '')?.[1];
          if (number) shown[number] ??= now;
        }
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });

  const frame = visitor.page.frames().find((frame) => frame.url().includes(`/w/${SITE_KEY}/frame`));
  if (!frame) throw new Error('the chat has no frame');
  await expect(visitor.message).toBeVisible();
  const sent: Moments = await frame.evaluate(
    ([messages, every]) =>
      new Promise<Moments>((done) => {
        const box = document.querySelector<HTMLTextAreaElement>('textarea[aria-label="Message"]');
        const send = document.querySelector<HTMLButtonElement>('button[aria-label="Send"]');
        if (!box || !send) throw new Error('no composer');
        const moments: Moments = {};
        let number = 0;
        const timer = setInterval(() => {
          number += 1;
          box.value = `This is message number ${number}.`;
          box.dispatchEvent(new InputEvent('input', { bubbles: true }));
          moments[number] = performance.timeOrigin + performance.now();
          send.click();
          if (number === messages) {
            clearInterval(timer);
            done(moments);
          }
        }, every);
      }),
    [MESSAGES, EVERY_MS] as const,
  );

  const shown = () => agent.page.evaluate(() => (window as unknown as { shown: Moments }).shown);
  await expect.poll(async () => Object.keys(await shown()).length).toBe(MESSAGES);
  const arrived = await shown();
  const times = Object.entries(sent)
    .filter(([number]) => Number(number) > DROPPED)
    .map(([number, at]) => (arrived[number] ?? Number.NaN) - at)
    .sort((a, b) => a - b);
  expect(times).toHaveLength(MESSAGES - DROPPED);
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => percentile(times, share)) as [number, number, number];
  console.log(
    `Send → agent's page: p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms (bar ${BAR_P95_MS}), p99 ${p99.toFixed(1)} ms`,
  );
  expect(times[0], 'both pages share one clock').toBeGreaterThanOrEqual(0);
  expect(p95).toBeLessThanOrEqual(BAR_P95_MS);
});
