import { resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { MAYA } from '../support/agent.ts';
import { expect, test } from '../support/story.ts';

const FOLDER = resolve(import.meta.dirname, '../../docs/pictures');

test('the pictures of the README', async ({ stage }) => {
  const maya = await stage.availableAgent(MAYA, { viewport: { width: 1440, height: 800 } });
  const asks = async (name: string, email: string, firstMessage: string) => {
    const visitor = await stage.visitor({ viewport: { width: 1000, height: 680 } });
    await visitor.open();
    await visitor.ask({ name, email, firstMessage });
    return visitor;
  };

  const jun = await asks('Ada Okafor', 'ada@example.org', 'The export still shows last month. Is that meant?');
  await maya.accept('Ada Okafor');
  const tomas = await asks('Tomás Beltrán', 't.beltran@example.com', 'Hi! We are comparing you with two others. Can the reports be split by region?');
  await maya.accept('Tomás Beltrán');
  await tomas.isChattingWith(MAYA.name);
  await maya.say('Yes, every report can be grouped by region, team or site. I can show you on your own data if you like.');
  await expect(tomas.said('Yes, every report')).toHaveCount(1);
  await tomas.say('That would be great. Would Thursday work?');
  await expect(maya.said('Would Thursday work')).toHaveCount(1);
  await maya.say('Thursday at 10:00 is free. I will send you a link.');
  await expect(maya.said('Thursday at 10:00')).toContainText('Read');
  await jun.say('And one more thing: can I change the currency?');
  await expect(maya.row('Ada Okafor')).toHaveAccessibleName(/1 unread/);
  await asks('Priya Nair', 'priya@example.com', 'Do you offer annual invoicing for teams over 50 seats?');
  await expect(maya.offers('Priya Nair')).toHaveCount(1);

  await draw(maya.page, 'inbox');
  // The chat's window with the page's ground around it.
  await draw(tomas.page, 'chat', { x: 576, y: 0, width: 424, height: 680 });
});

async function draw(page: Page, name: string, clip?: { x: number; y: number; width: number; height: number }): Promise<void> {
  for (const [colorScheme, suffix] of [['light', ''], ['dark', '-dark']] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${FOLDER}/${name}${suffix}.png`, clip, animations: 'disabled', caret: 'hide' });
  }
}
