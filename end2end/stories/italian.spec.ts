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

test('notes, saved replies, score, history and ratings speak Italian in the inbox', async ({ stage }) => {
  const { agent: maya, visitor } = await stage.chat('Chiara Greco', { agent: { locale: 'en-US' } });
  const page = await stage.newPage('Maya', { locale: 'it-IT', storageState: await maya.page.context().storageState() });
  await page.goto(maya.page.url());
  const chat = page.getByRole('region', { name: 'Chat con Chiara Greco', exact: true });
  const button = (name: string) => chat.getByRole('button', { name, exact: true });

  await button('Nota privata').click();
  const note = page.getByRole('textbox', { name: 'Nota', exact: true });
  await expect(note).toHaveAttribute('placeholder', 'Scrivi una nota che solo gli agenti leggono…');
  await note.fill('Da richiamare');
  await button('Invia').click();
  await expect(chat.getByRole('listitem').filter({ hasText: 'Da richiamare' })).toHaveCount(1);
  await button('Nota privata').click();

  await page.getByRole('textbox', { name: 'Risposta', exact: true }).pressSequentially('/');
  await expect(page.getByText('Ancora nessuna risposta salvata.')).toBeVisible();
  await page.getByRole('textbox', { name: 'Risposta', exact: true }).fill('');
  await expect(page.getByRole('radiogroup', { name: 'Punteggio', exact: true }).getByRole('radio')).toHaveCount(4);

  const history = page.getByRole('region', { name: 'Cronologia attività', exact: true });
  await expect(history.getByRole('list', { name: 'Attività', exact: true })).toContainText('Chat iniziata');
  await expect(history).toContainText('Pagina vista');
  await maya.endSession.click();
  await visitor.isOver(`Chat ended by ${maya.person.name}`);
  await visitor.chat.getByRole('radio', { name: '4', exact: true }).check();
  await visitor.button('Submit rating').click();
  await expect(chat.getByText('Il visitatore ha valutato questa chat 4 su 5.')).toBeVisible();
  await expect(history).toContainText('Valutata');
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
