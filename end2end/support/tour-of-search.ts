import { MAYA, NOOR } from './agent.ts';
import { manyChats } from './many.ts';
import { expect, type Stage } from './story.ts';
import type { Look } from './tour.ts';

/** Brings the conversation list, its search and the saved replies to every state. */
export async function tourOfTheSearch(stage: Stage, look: Look): Promise<void> {
  stage.watch.declare(/net::ERR_/, /status of 4\d\d/);
  const maya = await stage.availableAgent(MAYA);
  await manyChats(stage, [maya], ['Ada Okafor', 'Tomás Beltrán'], 8);
  await maya.goto('/');
  const priya = await stage.asking({ name: 'Priya Nair', email: 'priya@nordmark.example', firstMessage: 'About the quarterly invoice of March: it names the wrong department.' });
  await maya.accept('Priya Nair');
  await priya.isChattingWith(MAYA.name);
  await maya.tab('All').click();
  await expect(maya.rows.nth(8)).toBeVisible();
  await maya.page.locator('#list .scroll').evaluate((list) => list.scrollTo(0, 200));
  await priya.say('Are you there?');
  await expect(maya.button('1 newer')).toBeVisible();
  await look('list-newer', maya.page);

  await maya.search.fill('invoice');
  await expect(maya.row('Priya Nair').locator('mark')).toHaveCount(1);
  await look('search-found', maya.page);
  await maya.search.fill('ada okafor');
  await expect(maya.row('Ada Okafor').first()).toBeVisible();
  await look('search-names', maya.page);
  await maya.search.fill('xyzzy');
  await expect(maya.page.getByText('No matches for “xyzzy”')).toBeVisible();
  await look('search-nothing', maya.page);
  await maya.page.route('**/api/search', (route) => route.abort());
  await maya.search.fill('plugh');
  await expect(maya.button('Try again')).toBeVisible();
  await look('search-failed', maya.page);
  await maya.page.unroute('**/api/search');

  const noor = await stage.agent(NOOR);
  await noor.choose('Settings');
  const replies = noor.page.getByRole('region', { name: 'Saved replies', exact: true });
  const button = (name: string) => replies.getByRole('button', { name, exact: true });
  const field = (name: string) => replies.getByRole('textbox', { name, exact: true });
  await button('Add reply').click();
  await replies.scrollIntoViewIfNeeded();
  await field('Shortcut').fill('two words');
  await field('Text').fill('Hello {{visitor.name|there}}, thank you for writing. I will look into it at once and come back to you today.');
  await button('Save').click();
  await expect(replies.getByText('A shortcut has only')).toBeVisible();
  await look('replies-refused', noor.page);
  await field('Shortcut').fill('hello');
  await replies.getByRole('checkbox').check();
  await button('Save').click();
  await button('Add reply').click();
  await field('Shortcut').fill('bye');
  await field('Text').fill('Goodbye.');
  await button('Save').click();
  await expect(replies.getByRole('listitem')).toHaveCount(2);
  await look('replies', noor.page);
  await replies.getByRole('listitem').first().getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(button('Keep')).toBeVisible();
  await look('replies-delete', noor.page);
}
