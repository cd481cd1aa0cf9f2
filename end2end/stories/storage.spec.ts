import { SITE_KEY } from '../support/company.ts';
import { expect, test } from '../support/story.ts';

test('the browser of these stories gives the frame no storage, and the chat needs none', async ({ stage }) => {
  const { visitor } = await stage.chat('Priya Nair');
  const frame = visitor.page.frames().find((frame) => frame.url().includes(`/w/${SITE_KEY}/frame`));
  const storage = await frame?.evaluate(() => {
    try {
      return `${localStorage.length} entries`;
    } catch (error) {
      return (error as DOMException).name;
    }
  });
  expect(storage).toBe('SecurityError');
  expect(await visitor.page.context().cookies(), 'visitors get no cookie').toEqual([]);
});
