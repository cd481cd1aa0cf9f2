import { JUN, MAYA, NOOR, type Agent } from '../support/agent.ts';
import { expect, test } from '../support/story.ts';

const replies = (agent: Agent) => agent.page.getByRole('region', { name: 'Saved replies', exact: true });
const entry = (agent: Agent, text: string) => replies(agent).getByRole('listitem').filter({ hasText: text });
const button = (agent: Agent, name: string) => replies(agent).getByRole('button', { name, exact: true });
const field = (agent: Agent, name: string) => replies(agent).getByRole('textbox', { name, exact: true });

async function add(agent: Agent, shortcut: string, text: string): Promise<void> {
  await button(agent, 'Add reply').click();
  await field(agent, 'Shortcut').fill(shortcut);
  await field(agent, 'Text').fill(text);
}

test('an agent writes, corrects and deletes saved replies', async ({ stage }) => {
  stage.watch.declare(/status of 4\d\d/);
  const maya = await stage.agent(MAYA);
  await maya.choose('Settings');
  await expect(replies(maya).getByText('No saved replies yet.')).toBeVisible();

  await test.step('what is wrong is said beside its field, and what was typed stays', async () => {
    await add(maya, 'two words', '');
    await button(maya, 'Save').click();
    await expect(replies(maya).getByText('A shortcut has only small letters, digits, - and _')).toBeVisible();
    await expect(field(maya, 'Shortcut')).toBeFocused();
    await field(maya, 'Shortcut').fill('/Hello');
    await button(maya, 'Save').click();
    await expect(replies(maya).getByText('Please give the text')).toBeVisible();
    await expect(field(maya, 'Shortcut')).toHaveValue('/Hello');
    await field(maya, 'Text').fill('Hello {{visitor.name|there}}!');
    await button(maya, 'Save').click();
    await expect(entry(maya, '/hello')).toContainText('Hello {{visitor.name|there}}!');
  });

  await test.step('a shortcut stands for one reply', async () => {
    await add(maya, 'hello', 'Another one');
    await button(maya, 'Save').click();
    await expect(replies(maya).getByText('There is a saved reply with this shortcut already').first()).toBeVisible();
    await expect(field(maya, 'Text')).toHaveValue('Another one');
    await field(maya, 'Shortcut').fill('bye');
    await button(maya, 'Save').click();
    await expect(entry(maya, '/bye')).toHaveCount(1);
  });

  await test.step('a reply is corrected', async () => {
    await entry(maya, '/bye').getByRole('button', { name: 'Edit', exact: true }).click();
    await expect(field(maya, 'Text')).toHaveValue('Another one');
    await field(maya, 'Text').fill('Goodbye, and thank you.');
    await button(maya, 'Save').click();
    await expect(entry(maya, '/bye')).toContainText('Goodbye, and thank you.');
  });

  await test.step('deleting asks once', async () => {
    await entry(maya, '/hello').getByRole('button', { name: 'Delete', exact: true }).click();
    await expect(entry(maya, '/hello').getByText('Delete this saved reply?')).toBeVisible();
    await button(maya, 'Keep').click();
    await expect(entry(maya, '/hello')).toHaveCount(1);
    await entry(maya, '/hello').getByRole('button', { name: 'Delete', exact: true }).click();
    await entry(maya, '/hello').getByRole('button', { name: 'Delete', exact: true }).click();
    await expect(entry(maya, '/hello')).toHaveCount(0);
  });

  await maya.page.reload();
  await expect(replies(maya).getByRole('listitem')).toHaveCount(1);
  await expect(entry(maya, '/bye')).toContainText('Goodbye, and thank you.');
});

test('shared replies are everybody’s to use and a supervisor’s to change', async ({ stage }) => {
  const noor = await stage.agent(NOOR);
  await noor.choose('Settings');
  await add(noor, 'hours', 'We are here from nine to five.');
  await replies(noor).getByRole('checkbox', { name: 'Shared with every agent', exact: true }).check();
  await button(noor, 'Save').click();
  await expect(entry(noor, '/hours')).toContainText('Shared');
  await add(noor, 'own', 'Only mine');
  await button(noor, 'Save').click();
  await expect(entry(noor, '/own')).toHaveCount(1);

  const jun = await stage.agent(JUN);
  await jun.choose('Settings');
  await expect(entry(jun, '/hours')).toContainText('We are here from nine to five.');
  await expect(entry(jun, '/hours').getByRole('button')).toHaveCount(0);
  await expect(entry(jun, '/own')).toHaveCount(0);
  await button(jun, 'Add reply').click();
  await expect(replies(jun).getByRole('checkbox')).toHaveCount(0);
});
