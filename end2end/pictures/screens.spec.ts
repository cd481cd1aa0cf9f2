import { resolve } from 'node:path';
import { test } from '../support/story.ts';
import { type Look, tourOfTheChat, tourOfTheDoor, tourOfTheInbox } from '../support/tour.ts';
import { tourOfTheColleagues } from '../support/tour-of-colleagues.ts';
import { tourOfTheSearch } from '../support/tour-of-search.ts';
import { tourOfTheSettings } from '../support/tour-of-settings.ts';
import { tourOfTheTools } from '../support/tour-of-tools.ts';

const FOLDER = resolve(import.meta.dirname, '../results/screens');

/** Every state at three widths, light and dark, for looking at. */
const picture: Look = async (state, page) => {
  const before = page.viewportSize() ?? { width: 1280, height: 800 };
  for (const width of [360, 900, 1600]) {
    await page.setViewportSize({ width, height: width === 360 ? 740 : 900 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${FOLDER}/${state}-${width}-${colorScheme}.png`, animations: 'disabled' });
    }
  }
  await page.setViewportSize(before);
  await page.emulateMedia({ colorScheme: 'light' });
};

for (const [what, tour] of [
  ['sign-in and first start', tourOfTheDoor],
  ['inbox', tourOfTheInbox],
  ["visitor's chat", tourOfTheChat],
  ['colleagues', tourOfTheColleagues],
  ['settings', tourOfTheSettings],
  ['list, search and saved replies', tourOfTheSearch],
  ["agent's tools", tourOfTheTools],
] as const) {
  test(`screens: ${what}`, async ({ stage }) => {
    await tour(stage, picture);
  });
}
