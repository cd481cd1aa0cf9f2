import type { BrowserContext } from '@playwright/test';

/** The byte in front of every frame: a protocol that no server speaks any more. */
const TOO_OLD = 0;

/** A browser whose open pages a release may make too old for the server. */
export class Releases {
  private behind = false;

  private constructor() {}

  /** Of pages that this browser opens from now on. */
  static async of(context: BrowserContext): Promise<Releases> {
    const releases = new Releases();
    await context.routeWebSocket(/\/ws\//, (page) => {
      const server = page.connectToServer();
      page.onMessage((frame) => {
        if (releases.behind && typeof frame !== 'string') server.send(Buffer.from([TOO_OLD, ...frame.subarray(1)]));
        else server.send(frame);
      });
    });
    return releases;
  }

  /** What the open pages speak is too old from their next connection on. */
  leaveBehind(): void {
    this.behind = true;
  }

  /** Pages that load from now on are of the new release. */
  catchUp(): void {
    this.behind = false;
  }
}
