import { newPlace, removePlace, Server } from '../support/server.ts';
import { expect, test } from '../support/story.ts';

test('the first admin is whoever has the printed setup code', async ({ stage }) => {
  stage.watch.declare(/status of 4\d\d/);
  const place = await newPlace();
  const server = await Server.start(place);
  try {
    const printed = /^Setup code: (\w{20})$/m;
    await expect.poll(() => server.log).toMatch(printed);
    const code = printed.exec(server.log)?.[1] ?? '';
    const page = await stage.newPage('stranger');
    await page.goto(server.origin);
    const asked = page.getByRole('textbox', { name: 'Setup code', exact: true });
    await asked.fill('a'.repeat(20));
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Ann Lee');
    await page.getByRole('textbox', { name: 'Email', exact: true }).fill('ann@example.com');
    await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
    await page.getByRole('button', { name: 'Create account', exact: true }).click();
    await expect(page.getByText('Wrong setup code.')).toBeVisible();
    await expect(asked).toBeFocused();

    // The printed address brings the code along.
    await page.goto(`${server.origin}/setup#${code}`);
    await page.reload();
    await expect(asked).toHaveValue(code);
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Ann Lee');
    await page.getByRole('textbox', { name: 'Email', exact: true }).fill('ann@example.com');
    await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
    await page.getByRole('button', { name: 'Create account', exact: true }).click();
    await expect(page.getByRole('tab', { name: /^Active/ })).toBeVisible();
    await page.context().close();
  } finally {
    await server.stop();
    await removePlace(place);
  }
});
