import { type BrowserContext, expect } from '@playwright/test';

/** Every error that a page or its console tells. A story fails on those it did not declare. */
export class Watch {
  private readonly seen: string[] = [];
  private readonly declared: RegExp[] = [];

  /** Looks after all pages of a context, present and coming, with their frames. */
  over(context: BrowserContext, who: string): void {
    context.on('weberror', (error) => this.note(`${who}: page error: ${error.error().stack}`));
    context.on('console', (message) => {
      // Leptos warns of HTML that differs between server and browser.
      const mismatch = message.type() === 'warning' && /hydrat/i.test(message.text());
      if (message.type() === 'error' || mismatch) {
        this.note(`${who}: console: ${message.text()} (${message.location().url})`);
      }
    });
  }

  /** Errors that belong to the story. */
  declare(...errors: RegExp[]): void {
    this.declared.push(...errors);
  }

  /** What a browser says when a server is not there. */
  declareLostConnection(): void {
    this.declare(/net::ERR_/, /WebSocket connection to .* failed/);
  }

  /** Fails if there was an error that nobody declared. */
  check(): void {
    const wrong = this.seen.filter((error) => !this.declared.some((known) => known.test(error)));
    expect(wrong, 'errors of pages').toEqual([]);
  }

  /** Whether an error like this was told. */
  has(error: RegExp): boolean {
    return this.seen.some((seen) => error.test(seen));
  }

  private note(error: string): void {
    this.seen.push(error);
  }
}
