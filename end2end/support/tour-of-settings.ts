import { MAYA } from './agent.ts';
import { expect, type Stage } from './story.ts';
import type { Look } from './tour.ts';

/** Brings the agent's settings to every state. */
export async function tourOfTheSettings(stage: Stage, look: Look): Promise<void> {
  stage.watch.declare(/status of 4\d\d/);
  await stage.casella('agent', 'set', MAYA.email, '--zone', 'Europe/Rome', '--hours', 'mon-fri 09:00-12:30,13:30-17:00');
  const maya = await stage.agent(MAYA);
  await stage.agent(MAYA);
  await maya.choose('Settings');
  const region = (name: string) => maya.page.getByRole('region', { name, exact: true });
  await expect(region('Signed-in devices').getByRole('listitem')).toHaveCount(2);
  await look('settings', maya.page);

  const sunday = region('Chat hours').getByRole('group', { name: 'Sunday', exact: true });
  await sunday.getByRole('button', { name: 'Add hours', exact: true }).click();
  await sunday.getByLabel('From', { exact: true }).fill('noon');
  await region('Chat hours').getByRole('button', { name: 'Save', exact: true }).click();
  await expect(sunday.getByText('Please give a time like 09:00')).toBeVisible();
  await region('Password').getByLabel('Current password', { exact: true }).fill('wrong password');
  await region('Password').getByLabel('New password', { exact: true }).fill('short');
  await region('Password').getByRole('button', { name: 'Change password', exact: true }).click();
  await expect(region('Password').getByText('Please choose a password of at least 8 characters')).toBeVisible();
  await look('settings-refused', maya.page);

  await sunday.getByLabel('From', { exact: true }).fill('09:00');
  await region('Chat hours').getByRole('button', { name: 'Save', exact: true }).click();
  await expect(region('Chat hours').getByText('Saved', { exact: true })).toBeVisible();
  await look('settings-saved', maya.page);
}
