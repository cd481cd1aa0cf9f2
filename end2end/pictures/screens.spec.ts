import { resolve } from 'node:path';
import { inItalian } from '../support/in-italian.ts';
import { test } from '../support/story.ts';
import { type Look, tourOfTheChat, tourOfTheDoor, tourOfTheInbox } from '../support/tour.ts';
import { tourOfTheBooking } from '../support/tour-of-booking.ts';
import { tourOfTheColleagues } from '../support/tour-of-colleagues.ts';
import { tourOfTheMeetings } from '../support/tour-of-meetings.ts';
import { tourOfTheRare } from '../support/tour-of-rare.ts';
import { tourOfTheSearch } from '../support/tour-of-search.ts';
import { tourOfTheSettings } from '../support/tour-of-settings.ts';
import { tourOfTheTools } from '../support/tour-of-tools.ts';
import { tourOfTheVisitor } from '../support/tour-of-visitors.ts';

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

for (const [what, tour] of [
  ['sign-in and first start', tourOfTheDoor],
  ['inbox', tourOfTheInbox],
  ["visitor's chat", tourOfTheChat],
  ['booking by card and link', tourOfTheBooking],
  ['colleagues', tourOfTheColleagues],
  ['settings', tourOfTheSettings],
  ['list, search and saved replies', tourOfTheSearch],
  ["agent's tools", tourOfTheTools],
  ['meetings', tourOfTheMeetings],
  ['visitors and replies', tourOfTheVisitor],
  ['what comes seldom', tourOfTheRare],
] as const) {
  test(`screens: ${what}`, async ({ stage }) => {
    await tour(stage, picture);
  });
}
