import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MAYA } from '../support/agent.ts';
import { SITE_KEY } from '../support/company.ts';
import { identify, Signer } from '../support/identity.ts';
import { png } from '../support/picture.ts';
import { expect, type Stage, test } from '../support/story.ts';

const CHIARA = { sub: 'customer-7', name: 'Chiara Greco', email: 'chiara@example.com', crm_status: 'Customer', attributes: { plan: 'Pro' } };

async function signedVisitor(stage: Stage, token: string) {
  const visitor = await stage.visitor();
  await expect(visitor.openChat).toBeVisible();
  await identify(visitor.page, token);
  await visitor.open();
  return visitor;
}

/** Chiara, vouched for by the site, begins a chat, which Maya accepts. */
async function chatWithChiara(stage: Stage, signer: Signer) {
  const maya = await stage.availableAgent(MAYA);
  const desk = await signedVisitor(stage, signer.token(CHIARA));
  await desk.button('Start chat').click();
  await maya.accept('Chiara Greco');
  await desk.isChattingWith(MAYA.name);
  return maya;
}

test('whom the site vouches for is verified, and finds their chat on another device', async ({ stage }) => {
  const signer = await Signer.of(stage);
  const maya = await chatWithChiara(stage, signer);
  await expect(maya.visitor.getByTitle('The site vouches for who this is.')).toBeVisible();
  await expect(maya.known('Email')).toHaveText('chiara@example.com');
  await expect(maya.known('CRM status')).toHaveText('Customer');
  await expect(maya.visitor).toContainText('Pro');
  await maya.say('Welcome back');

  const phone = await signedVisitor(stage, signer.token(CHIARA));
  await phone.isChattingWith(MAYA.name);
  await expect(phone.said('Welcome back')).toHaveCount(1);
});

test('who signs for themselves is nobody', async ({ stage }) => {
  const signer = await Signer.of(stage);
  const maya = await chatWithChiara(stage, signer);
  await maya.say('Your balance is 12');

  const [head, , signature] = signer.token({ ...CHIARA, sub: 'somebody' }).split('.');
  const claims = signer.token(CHIARA).split('.')[1];
  const thief = await signedVisitor(stage, [head, claims, signature].join('.'));
  await expect(thief.chat.getByText('This chat cannot be opened from this page')).toBeVisible();
  await expect(thief.messages).toHaveCount(0);
});

test('the site’s picture stands in the chat’s head until an agent is there', async ({ stage }) => {
  const file = join(stage.place.folder, 'acme.png');
  await writeFile(file, png(96, 96));
  await stage.casella('site', 'set', SITE_KEY, '--avatar', file);
  const maya = await stage.availableAgent(MAYA);
  const picture = (visitor: Awaited<ReturnType<Stage['visitor']>>) => visitor.chat.locator('.head .avatar img');
  const visitor = await stage.visitor();
  // A running server reads a site's settings anew within two seconds.
  await expect(async () => {
    await visitor.page.reload();
    await visitor.open();
    await expect(picture(visitor)).toHaveCount(1, { timeout: 1_000 });
  }).toPass();
  await expect.poll(() => picture(visitor).evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(96);
  await visitor.ask({ name: 'Priya Nair' });
  await maya.accept('Priya Nair');
  await visitor.isChattingWith(MAYA.name);
  await expect(picture(visitor), 'Maya has none').toHaveCount(0);
});
