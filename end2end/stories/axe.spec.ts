import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from '../support/story.ts';
import { type Look, tourOfTheChat, tourOfTheDoor, tourOfTheInbox } from '../support/tour.ts';
import { tourOfTheBooking } from '../support/tour-of-booking.ts';
import { tourOfTheColleagues } from '../support/tour-of-colleagues.ts';
import { tourOfTheMeetings } from '../support/tour-of-meetings.ts';
import { tourOfTheRare } from '../support/tour-of-rare.ts';
import { tourOfTheSearch } from '../support/tour-of-search.ts';
import { tourOfTheSettings } from '../support/tour-of-settings.ts';
import { tourOfTheTools } from '../support/tour-of-tools.ts';
import { tourOfTheVisitor } from '../support/tour-of-visitors.ts';

/** Nothing that axe objects to, in light and dark. */
const accessible: Look = async (state, page) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    // Without motion, so that no colour is measured half-way between light and dark.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page }).analyze();
    const found = violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.target} ${node.html}`));
    // Every offer is a region with this one name: each is complete in itself.
    const wrong = found.filter((text) => !/^landmark-unique.*aria-label="New chat"/.test(text));
    expect.soft(wrong, `${state}, ${colorScheme}`).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'no-preference' });
};

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
  test(`axe finds nothing in any state: ${what}`, async ({ stage }) => {
    test.setTimeout(150_000);
    await tour(stage, accessible);
  });
}
