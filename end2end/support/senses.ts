import type { BrowserContext, Page } from '@playwright/test';

/** What a page has made its reader hear and see outside of itself. */
interface Told {
  rings: number;
  notes: string[];
}

declare global {
  interface Window {
    told: Told;
    inFront: boolean;
  }
}

/** Makes the pages of a browser keep what they sound and which notifications they show. */
export async function listen(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const told = { rings: 0, notes: [] as string[] };
    let ringing = false;
    window.told = told;
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...when) {
      // The notes of one melody start in one go.
      if (!ringing) {
        told.rings += 1;
        ringing = true;
        setTimeout(() => (ringing = false));
      }
      start.apply(this, when);
    };
    if ('Notification' in window) {
      window.Notification = class extends Notification {
        constructor(title: string, options?: NotificationOptions) {
          super(title, options);
          told.notes.push(`${title}: ${options?.body ?? ''}`);
        }
      };
    }
    // Every page under test has the focus; on a desk one window has it, or none.
    window.inFront = true;
    document.hasFocus = () => window.inFront;
  });
}

/** Another program's window comes before this page, or goes. */
export async function setInFront(page: Page, inFront: boolean): Promise<void> {
  await page.evaluate((inFront) => {
    window.inFront = inFront;
    window.dispatchEvent(new Event(inFront ? 'focus' : 'blur'));
  }, inFront);
}

/** How often each of the pages sounded, and what they showed, all together. */
export async function told(pages: Page[]): Promise<{ rings: number[]; notes: string[] }> {
  const all = await Promise.all(pages.map((page) => page.evaluate(() => ({ rings: window.told.rings, notes: window.told.notes }))));
  return { rings: all.map(({ rings }) => rings), notes: all.flatMap(({ notes }) => notes) };
}
