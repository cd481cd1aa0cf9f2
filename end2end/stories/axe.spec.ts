import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from '../support/story.ts';
import type { Look } from '../support/tour.ts';
import { TOURS } from '../support/tours.ts';

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

for (const [what, tour] of TOURS) {
  test(`axe finds nothing in any state: ${what}`, async ({ stage }) => {
    test.setTimeout(150_000);
    await tour(stage, accessible);
  });
}
