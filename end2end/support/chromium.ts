import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { LaunchOptions } from '@playwright/test';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The browser named by `CASELLA_CHROMIUM`, else the one on `PATH`, silent but for our pages. */
export function chromium(): LaunchOptions {
  return {
    executablePath: process.env.CASELLA_CHROMIUM ?? onPath(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // The chat's frame must live without storage; stories/storage.spec.ts checks that it does.
      '--test-third-party-cookie-phaseout',
    ],
  };
}

function onPath(): string {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of NAMES) {
      const file = join(folder, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // Not in this folder.
      }
    }
  }
  throw new Error('No Chromium on PATH: install it, or name it in CASELLA_CHROMIUM');
}
