import { MAYA, NOOR, PASSWORD } from '../support/agent.ts';
import { expect, test } from '../support/story.ts';

test('hours are edited, saved and in force', async ({ stage }) => {
  await stage.passUntil(10, 0);
  const maya = await stage.agent(MAYA, { timezoneId: 'UTC' });
  const other = await maya.anotherTab();
  await maya.choose('Settings');
  const hours = maya.page.getByRole('region', { name: 'Chat hours', exact: true });
  await hours.getByRole('combobox', { name: 'Time zone', exact: true }).selectOption('UTC');
  const day = (name: string) => hours.getByRole('group', { name, exact: true });
  const save = hours.getByRole('button', { name: 'Save', exact: true });

  await test.step('what is wrong is said beside it, and nothing is saved', async () => {
    await day('Monday').getByRole('button', { name: 'Add hours', exact: true }).click();
    await day('Monday').getByLabel('From', { exact: true }).fill('18:00');
    await day('Monday').getByLabel('To', { exact: true }).fill('9:00');
    await save.click();
    const wrong = day('Monday').locator('[aria-invalid]').first();
    await expect(wrong).toHaveAccessibleDescription(/The hours must end after they begin/);
    await expect(wrong).toBeFocused();
    await day('Monday').getByRole('button', { name: 'Remove hours', exact: true }).click();
  });
  await test.step('several blocks a day', async () => {
    for (const name of ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']) {
      for (const [at, [from, to]] of [['09:00', '12:00'], ['13:00', '24:00']].entries()) {
        await day(name).getByRole('button', { name: 'Add hours', exact: true }).click();
        await day(name).getByLabel('From', { exact: true }).nth(at).fill(from ?? '');
        await day(name).getByLabel('To', { exact: true }).nth(at).fill(to ?? '');
      }
    }
    await save.click();
    await expect(hours.getByText('Saved', { exact: true })).toBeVisible();
  });
  for (const tab of [maya, other]) {
    await expect(tab.available).toBeChecked();
    await expect(tab.availability).toHaveText('By schedule');
  }
  await stage.passUntil(12, 0);
  for (const tab of [maya, other]) await expect(tab.available).not.toBeChecked();
  await maya.page.reload();
  await expect(day('Sunday').getByLabel('To', { exact: true }).last()).toHaveValue('24:00');
});

test('a name changes where it is shown, to the visitor too', async ({ stage }) => {
  const maya = await stage.availableAgent(MAYA);
  await maya.choose('Settings');
  const profile = maya.page.getByRole('region', { name: 'Profile', exact: true });
  await profile.getByRole('textbox', { name: 'Name', exact: true }).fill('Maya R.');
  await profile.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(profile.getByText('Saved', { exact: true })).toBeVisible();
  await maya.page.getByRole('link', { name: 'Inbox', exact: true }).click();
  const visitor = await stage.asking({ name: 'Priya Nair' });
  await maya.accept('Priya Nair');
  await visitor.isChattingWith('Maya R.');
});

test('a photo is shown to the visitor', async ({ stage }) => {
  const maya = await stage.availableAgent(MAYA);
  await maya.choose('Settings');
  const picture = await maya.page.evaluate(() => {
    const canvas = document.createElement('canvas');
    canvas.width = 400;
    canvas.height = 300;
    canvas.getContext('2d')?.fillRect(0, 0, 200, 300);
    return canvas.toDataURL('image/png').split(',')[1] ?? '';
  });
  await maya.page.locator('input[type=file]').setInputFiles({ name: 'maya.png', mimeType: 'image/png', buffer: Buffer.from(picture, 'base64') });
  await expect(maya.button('Remove photo')).toBeVisible();
  await maya.page.getByRole('link', { name: 'Inbox', exact: true }).click();
  const visitor = await stage.asking({ name: 'Priya Nair' });
  await maya.accept('Priya Nair');
  await visitor.isChattingWith(MAYA.name);
  const photo = visitor.chat.locator('header img');
  await expect(photo).toHaveAttribute('src', /\/photos\/[0-9a-f]{32}\.jpe?g$/);
  await expect.poll(() => photo.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
});

test('other devices are signed out, one by one or by a new password', async ({ stage }) => {
  const maya = await stage.agent(MAYA);
  const [lost, old] = [await stage.agent(MAYA), await stage.agent(MAYA)];
  await maya.choose('Settings');
  const devices = maya.page.getByRole('region', { name: 'Signed-in devices', exact: true }).getByRole('listitem');
  await expect(devices).toHaveCount(3);
  await expect(devices.filter({ hasText: 'This device' })).toHaveCount(1);
  await devices.filter({ hasNotText: 'This device' }).first().getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(devices).toHaveCount(2);
  const signedOut = async () => {
    const doors = await Promise.all([lost, old].map((agent) => agent.button('Sign in').count()));
    return doors.reduce((sum, count) => sum + count);
  };
  await expect.poll(signedOut).toBe(1);

  stage.watch.declare(/status of 4\d\d/);
  const password = maya.page.getByRole('region', { name: 'Password', exact: true });
  await password.getByLabel('Current password', { exact: true }).fill('not the password');
  await password.getByLabel('New password', { exact: true }).fill('another horse battery');
  await password.getByRole('button', { name: 'Change password', exact: true }).click();
  await expect(password.getByText('This is not your password')).toBeVisible();
  await password.getByLabel('Current password', { exact: true }).fill(PASSWORD);
  await password.getByRole('button', { name: 'Change password', exact: true }).click();
  await expect(password.getByText('Saved', { exact: true })).toBeVisible();
  await expect.poll(signedOut).toBe(2);
  await maya.page.reload();
  await expect(devices).toHaveCount(1);
});

test('the inbox is in the language of the agent', async ({ stage }) => {
  const noor = await stage.agent(NOOR);
  await noor.choose('Settings');
  const profile = noor.page.getByRole('region', { name: 'Profile', exact: true });
  await profile.getByRole('combobox', { name: 'Language', exact: true }).selectOption('Italiano');
  await profile.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(noor.page.getByRole('switch', { name: 'Disponibile', exact: true })).toBeVisible();
});
