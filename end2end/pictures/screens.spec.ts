import { resolve } from 'node:path';
import { inItalian } from '../support/in-italian.ts';
import { test } from '../support/story.ts';
import type { Look } from '../support/tour.ts';
import { TOURS } from '../support/tours.ts';

const FOLDER = process.env.CASELLA_PICTURES ?? resolve(import.meta.dirname, '../results/screens');

/** Every state at three widths, light and dark, English and Italian, for looking at. */
const picture: Look = async (state, page) => {
  const before = page.viewportSize() ?? { width: 1280, height: 800 };
  for (const width of [360, 900, 1600]) {
    await page.setViewportSize({ width, height: width === 360 ? 740 : 900 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const draw = (language: string) => async () => {
        await page.screenshot({ path: `${FOLDER}/${state}-${width}-${colorScheme}-${language}.png`, animations: 'disabled' });
      };
      // Frames of another process take their time to become light or dark.
      await Promise.all(page.frames().map((frame) => frame.evaluate(drawn)));
      await draw('en')();
      await inItalian(page, draw('it'));
    }
  }
  await page.setViewportSize(before);
  await page.emulateMedia({ colorScheme: 'light' });
};

/** In the page: when it has been drawn twice, unless it is out of sight. */
function drawn(): Promise<void> {
  return new Promise((done) => {
    requestAnimationFrame(() => requestAnimationFrame(() => done()));
    setTimeout(done, 200);
  });
}

for (const [what, tour] of TOURS) {
  test(`screens: ${what}`, async ({ stage }) => {
    await tour(stage, picture);
  });
}
