import type { Host } from '../support/api.ts';
import { SITE_KEY } from '../support/company.ts';
import { identify, Signer } from '../support/identity.ts';
import { expect, type Stage, test } from '../support/story.ts';
import type { Visitor } from '../support/visitor.ts';

/** A visitor whose page has said this of them before the chat was opened; and what the console was told. */
async function said(stage: Stage, say: (casella: Host['Casella']) => void): Promise<{ visitor: Visitor; told: string[] }> {
  const visitor = await stage.visitor();
  const told: string[] = [];
  visitor.page.on('console', (message) => {
    if (message.type() === 'warning') told.push(message.text());
  });
  await expect(visitor.openChat).toBeVisible();
  await visitor.page.evaluate(`(${say})(window.Casella)`);
  await visitor.open();
  return { visitor, told };
}

test('of what a script says of a visitor the right is taken, and the console names the rest', async ({ stage }) => {
  const maya = await stage.availableAgent();
  const { visitor, told } = await said(stage, (casella) => {
    casella.setAttributes({ Plan: 'Pro', Company: '', Seats: 12, Story: 'x'.repeat(201), Nobody: null });
    casella.setAttributes({ Seats: 13 });
    casella.identify({ name: 'Ada Byron', email: 'n/a', phone: 'x'.repeat(201) });
    casella.track('x'.repeat(61));
  });
  await expect(visitor.field('Name')).toHaveValue('Ada Byron');
  await expect(visitor.field('Email'), 'nobody typed it').toHaveValue('');
  await visitor.ask({ firstMessage: 'Hello' });
  await maya.accept('Ada Byron');
  await visitor.isChattingWith('Maya Rossi');
  for (const words of ['Plan', 'Pro', 'Seats', '13']) await expect(maya.visitor).toContainText(words);
  for (const words of ['Company', 'Story', 'Nobody']) await expect(maya.visitor).not.toContainText(words);
  expect(told.map((words) => words.replace('Casella: not taken: ', '')).sort()).toEqual(
    ['Company', 'Story', 'Nobody', 'email', 'phone', 'x'.repeat(61)].sort(),
  );

  await test.step('and what is said while the chat goes on', async () => {
    await visitor.page.evaluate(() => {
      const { Casella } = window as unknown as Host;
      Casella.setAttributes({ Seats: 14, Company: ' ' });
      Casella.identify({ name: 'Ada Byron', email: 'ada@example.com', jobTitle: 'x'.repeat(201) });
    });
    await expect(maya.visitor).toContainText('14');
    await expect(maya.known('Email')).toHaveText('ada@example.com');
  });
});

test.describe('where the form asks for no email', () => {
  test('a script’s wrong one keeps nobody from chatting', async ({ stage }) => {
    await stage.casella('site', 'set', SITE_KEY, '--form-email', 'off');
    const maya = await stage.availableAgent();
    const { visitor } = await said(stage, (casella) => casella.identify({ name: 'Ada Byron', email: 'n/a' }));
    await visitor.button('Start chat').click();
    await maya.accept('Ada Byron');
    await visitor.isChattingWith('Maya Rossi');
  });
});

test('a signed token with one bad field says who it is all the same', async ({ stage }) => {
  const signer = await Signer.of(stage);
  const maya = await stage.availableAgent();
  const visitor = await stage.visitor();
  await expect(visitor.openChat).toBeVisible();
  const claims = { sub: 'customer-7', name: 'Chiara Greco', email: 'n/a', phone: 17, attributes: { plan: 'Pro', list: [1], long: 'x'.repeat(201) } };
  await identify(visitor.page, signer.token(claims));
  await visitor.open();
  await visitor.button('Start chat').click();
  await maya.accept('Chiara Greco');
  await visitor.isChattingWith('Maya Rossi');
  await expect(maya.visitor.getByTitle('The site vouches for who this is.')).toBeVisible();
  await expect(maya.known('Phone')).toHaveText('17');
  await expect(maya.visitor).toContainText('Pro');
  await expect(maya.known('Email')).toHaveText('-');
});
