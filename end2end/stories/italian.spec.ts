import { expect, test } from '../support/story.ts';
import { italian } from '../support/words.ts';

test('a chat in Italian on both sides', async ({ stage }) => {
  // The same agent at two browsers, of which one is Italian.
  const maya = await stage.agent();
  const page = await stage.newPage('Maya', { locale: 'it-IT', storageState: await maya.page.context().storageState() });
  await page.goto(`${stage.server.origin}/`);
  await expect(page.locator('html')).toHaveAttribute('lang', 'it');
  const available = page.getByRole('switch', { name: 'Disponibile', exact: true });
  await expect(page.getByRole('tab', { name: /^Attive\b/ })).toBeVisible();
  await expect(page.getByRole('tab', { name: /^Tutte\b/ })).toBeVisible();
  await maya.goAvailable();
  await expect(available).toBeChecked();

  const visitor = await stage.visitor({ words: italian, address: stage.company.page({ language: 'it' }) });
  await visitor.open();
  await visitor.ask({ name: 'Chiara Greco', firstMessage: 'Quanto costa?' });
  await expect(visitor.status).toHaveText('Cerchiamo qualcuno…');
  const offer = page.getByRole('alert').filter({ hasText: 'Chiara Greco' });
  await expect(offer).toContainText('Quanto costa?');
  await page.getByRole('button', { name: 'Accetta', exact: true }).click();
  await visitor.isChattingWith('Maya Rossi');
  await expect(visitor.said('Maya Rossi si è unito alla chat')).toHaveCount(1);

  const panel = page.getByRole('complementary', { name: 'Visitatore', exact: true });
  for (const field of ['Nome', 'Qualifica', 'E-mail', 'Telefono', 'Stato CRM']) {
    await expect(panel.getByRole('group', { name: field, exact: true })).toBeVisible();
  }
  await page.getByRole('textbox', { name: 'Risposta', exact: true }).fill('Dipende');
  await page.getByRole('button', { name: 'Invia', exact: true }).click();
  await expect(visitor.said('Dipende')).toHaveCount(1);
  await visitor.say('Grazie');
  await expect(page.getByRole('listitem').filter({ hasText: 'Grazie' }).last()).toBeVisible();

  await panel.getByRole('button', { name: 'Termina sessione', exact: true }).click();
  await visitor.isOver('Chat terminata da Maya Rossi');
  await expect(page.getByRole('button', { name: 'Scarica trascrizione', exact: true })).toBeVisible();
  const file = await visitor.transcript();
  expect(file.text).toContain('Chat terminata da Maya Rossi');
});

test("the chat speaks the page's language, else the browser's", async ({ stage }) => {
  const words = async (locale: string, language?: string) => {
    const page = await stage.newPage('visitor', { locale });
    await page.goto(stage.company.page({ language }));
    return page.getByRole('button', { name: /^(Open|Apri) chat$/ });
  };
  await expect(await words('it-IT')).toHaveAccessibleName('Apri chat');
  await expect(await words('it-IT', 'en')).toHaveAccessibleName('Open chat');
  await expect(await words('en-US', 'it')).toHaveAccessibleName('Apri chat');
  await expect(await words('fr-FR', 'fr')).toHaveAccessibleName('Open chat');
});
