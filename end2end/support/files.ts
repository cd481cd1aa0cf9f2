import { readFile } from 'node:fs/promises';
import type { Locator, Page } from '@playwright/test';

/** What a button saves to the reader's disk. */
export async function saved(page: Page, button: Locator): Promise<{ name: string; text: string }> {
  const coming = page.waitForEvent('download');
  await button.click();
  const download = await coming;
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
}
