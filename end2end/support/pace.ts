import type { Page } from '@playwright/test';

/** What a page has measured of itself, in milliseconds. */
export interface Pace {
  /** From each key or click to the paint that follows it. */
  answers: number[];
  /** From each frame to the next. */
  gaps: number[];
}

declare global {
  interface Window {
    pace: Pace;
  }
}

/** The value below which this share of the values lies. */
export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Makes a page measure how long keys and clicks wait for a paint, and how evenly frames follow each other. */
export async function measure(page: Page): Promise<void> {
  await page.evaluate(() => {
    const pace: Pace = { answers: [], gaps: [] };
    window.pace = pace;
    let last = performance.now();
    const frame = (now: number) => {
      pace.gaps.push(now - last);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    for (const kind of ['keydown', 'click']) {
      window.addEventListener(
        kind,
        (event) => {
          // From the moment the browser had it; a task after the next frame begins when that is painted.
          requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => pace.answers.push(performance.now() - event.timeStamp);
            port2.postMessage(null);
          });
        },
        { capture: true },
      );
    }
  });
}

/** What was measured so far. */
export function pace(page: Page): Promise<Pace> {
  return page.evaluate(() => window.pace);
}
