import { MAYA, NOOR } from '../support/agent.ts';
import { COMES_BACK, Line } from '../support/line.ts';
import { expect, test } from '../support/story.ts';

test('a corrected field is seen by a supervisor at once, and a wrong one says so and keeps the input', async ({ stage }) => {
  const { agent: maya } = await stage.chat('Pria Nair');
  const noor = await stage.agent(NOOR);
  await noor.openFrom('Everyone', 'Pria Nair');
  await expect(noor.button('Edit visitor')).toHaveCount(0);

  await maya.edit({ 'Job title': 'Buyer', Email: 'priya@' });
  await expect(maya.field('Email')).toHaveAccessibleDescription(/Please give an email address/);
  await expect(maya.field('Email')).toBeFocused();
  await expect(maya.field('Job title')).toHaveValue('Buyer');
  await maya.edit({ Name: 'Priya Nair', Email: 'priya@example.com', 'CRM status': 'Lead' });
  for (const side of [maya, noor]) {
    await expect(side.chatWith('Priya Nair')).toBeVisible();
    await expect(side.known('Name')).toHaveText('Priya Nair');
    await expect(side.known('Job title')).toHaveText('Buyer');
    await expect(side.known('Email')).toHaveText('priya@example.com');
    await expect(side.known('CRM status')).toHaveText('Lead');
    await expect(side.row('Priya Nair')).toHaveCount(1);
  }

  await test.step('what is emptied is a hyphen again, and Discard changes nothing', async () => {
    await maya.edit({ 'CRM status': '' });
    await expect(maya.button('Edit visitor')).toBeFocused();
    await expect(noor.known('CRM status')).toHaveText('-');
    await maya.button('Edit visitor').click();
    await maya.field('Name').fill('Somebody else');
    await maya.button('Discard').click();
    await expect(maya.known('Name')).toHaveText('Priya Nair');
    await expect(maya.button('Edit visitor')).toBeFocused();
  });
});

test('what the server refuses is taken back, with the reason beside what was typed', async ({ stage }) => {
  stage.watch.declareLostConnection();
  const line = await Line.to(stage.server.origin);
  const { agent: maya, visitor } = await stage.chat('Priya Nair', { origin: line.origin });

  await line.cut();
  await expect(maya.page.getByText('Reconnecting…')).toBeVisible();
  await maya.edit({ Phone: '+39 02 1234' });
  await expect(maya.known('Phone'), 'shown at once').toHaveText('+39 02 1234');
  await visitor.end();
  await visitor.isOver('Chat ended by you');
  await line.mend();
  await expect(maya.field('Phone')).toHaveAccessibleDescription('Not saved: the chat has ended', { timeout: COMES_BACK });
  await expect(maya.field('Phone')).toHaveValue('+39 02 1234');
  await expect(maya.button('Save')).toBeDisabled();
  await maya.button('Discard').click();
  await expect(maya.known('Phone')).toHaveText('-');
  await expect(maya.button('Edit visitor')).toHaveCount(0);
});

test('a correction made without a connection arrives once it is back', async ({ stage }) => {
  stage.watch.declareLostConnection();
  const line = await Line.to(stage.server.origin);
  const { agent: maya } = await stage.chat('Priya Nair', { origin: line.origin });
  const noor = await stage.agent(NOOR);
  await noor.openFrom('Everyone', 'Priya Nair');
  await line.cut();
  await expect(maya.page.getByText('Reconnecting…')).toBeVisible();
  await maya.edit({ 'Job title': 'Buyer' });
  await expect(maya.known('Job title')).toHaveText('Buyer');
  await expect(noor.known('Job title')).toHaveText('-');
  await line.mend();
  await expect(noor.known('Job title')).toHaveText('Buyer', { timeout: COMES_BACK });
});

test('a visitor corrects what they typed, until an agent has', async ({ stage }) => {
  const maya = await stage.availableAgent(MAYA);
  const visitor = await stage.visitor();
  const again = async (email: string) => {
    if (await visitor.button('Start a new chat').isVisible()) await visitor.button('Start a new chat').click();
    await visitor.ask({ name: 'Priya Nair', email });
    await maya.accept('Priya Nair');
    await visitor.isChattingWith(MAYA.name);
  };
  const ends = async () => {
    await maya.endSession.click();
    await visitor.isOver(`Chat ended by ${MAYA.name}`);
  };
  await visitor.open();
  await again('priya@exmaple.com');
  await expect(maya.known('Email')).toHaveText('priya@exmaple.com');
  await ends();
  await again('priya@example.com');
  await expect(maya.known('Email'), 'nobody but the visitor had set it').toHaveText('priya@example.com');
  await maya.edit({ Email: 'priya.nair@example.com' });
  await expect(maya.known('Email')).toHaveText('priya.nair@example.com');
  await ends();
  await again('priya@exmaple.com');
  await expect(maya.known('Email'), 'an agent has set it').toHaveText('priya.nair@example.com');
});
