import { defineConfig } from '@playwright/test';
import { chromium } from './support/chromium.ts';

/** The browser stories: what `cargo xtask test browser` runs. */
export default defineConfig({
  testDir: 'stories',
  outputDir: 'results/failures',
  fullyParallel: true,
  forbidOnly: true,
  // A machine that checks many things at once may hiccup: what passes then is listed as flaky.
  retries: process.env.CI ? 1 : 0,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: {
    actionTimeout: 15_000,
    navigationTimeout: 20_000,
    locale: 'en-US',
    timezoneId: 'Europe/Rome',
    colorScheme: 'light',
    viewport: { width: 1280, height: 800 },
    screenshot: 'only-on-failure',
    launchOptions: chromium(),
  },
});
