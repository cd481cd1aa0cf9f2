import { defineConfig } from '@playwright/test';
import stories from './playwright.config.ts';

/** Draws the README's pictures and every screen: `npx playwright test --config pictures.config.ts`. */
export default defineConfig(stories, { testDir: 'pictures', timeout: 300_000 });
