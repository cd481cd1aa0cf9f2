import { defineConfig } from '@playwright/test';
import stories from './playwright.config.ts';

/** Speeds, measured in the browser: what `cargo xtask bench` runs, against a release build. */
export default defineConfig(stories, { testDir: 'bench', workers: 1, timeout: 180_000 });
