import { MAYA } from './agent.ts';
import { identify, Signer } from './identity.ts';
import { expect, type Stage } from './story.ts';
import type { Look } from './tour.ts';

/** Brings what the inbox says of a visitor, and what is typed for them, to every state. */
export async function tourOfTheVisitor(stage: Stage, look: Look): Promise<void> {
  const signer = await Signer.of(stage);
  const maya = await stage.availableAgent(MAYA);
  await maya.choose('Settings');
  const replies = maya.page.getByRole('region', { name: 'Saved replies', exact: true });
  for (const [shortcut, text] of [['hello', 'Hello {{visitor.name|there}}, thank you for writing.'], ['bye', 'Goodbye.']] as const) {
    await replies.getByRole('button', { name: 'Add reply', exact: true }).click();
    await replies.getByRole('textbox', { name: 'Shortcut', exact: true }).fill(shortcut);
    await replies.getByRole('textbox', { name: 'Text', exact: true }).fill(text);
    await replies.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(replies.getByRole('listitem').filter({ hasText: text })).toHaveCount(1);
  }
  await maya.goto('/');

  const visitor = await stage.visitor({ address: stage.company.page({ language: 'en' }) });
  await expect(visitor.openChat).toBeVisible();
  const attributes = { plan: 'Pro', 'seats in use': 12, 'account manager of the northern region': 'Ingrid Solberg-Andersen' };
  await identify(visitor.page, signer.token({ sub: 'customer-7', name: 'Chiara Greco', email: 'chiara@example.com', attributes }));
  await visitor.open();
  await visitor.ask({ firstMessage: 'Is the invoice of March right?' });
  await maya.accept('Chiara Greco');
  await visitor.isChattingWith(MAYA.name);
  await expect(maya.visitor.getByTitle('The site vouches for who this is.')).toBeVisible();
  await look('visitor-verified', maya.page);

  await maya.reply.pressSequentially('/');
  await expect(maya.page.getByRole('listbox')).toBeVisible();
  await look('replies-listbox', maya.page);
  await maya.reply.fill('');

  await maya.endSession.click();
  await visitor.isOver(`Chat ended by ${MAYA.name}`);
  await visitor.chat.getByRole('radio', { name: '4', exact: true }).check();
  await visitor.field('Comment').fill('Quick and kind, but the second question stayed open.');
  await visitor.button('Submit rating').click();
  await expect(maya.chatWith('Chiara Greco')).toContainText('4 of 5');
  await expect(maya.did('Rated')).toHaveCount(1);
  await look('inbox-rated', maya.page);
}
