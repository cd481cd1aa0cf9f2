import { JUN, MAYA } from '../support/agent.ts';
import { COMES_BACK, Line } from '../support/line.ts';
import { expect, type Stage, test } from '../support/story.ts';
import type { Visitor } from '../support/visitor.ts';

async function leaves(visitor: Visitor, text: string): Promise<void> {
  await visitor.field('Your message').fill(text);
  await visitor.button('Leave a message').click();
}

/** A visitor whom nobody takes, on a line that can fail. */
async function unheard(stage: Stage, name: string): Promise<{ visitor: Visitor; line: Line }> {
  const line = await Line.to(stage.server.origin);
  stage.company.casella = line.origin;
  const maya = await stage.availableAgent(MAYA);
  const visitor = await stage.visitor();
  await visitor.open();
  await visitor.ask({ name, firstMessage: 'Do you invoice yearly?' });
  await maya.decline(name);
  await expect(visitor.status).toHaveText('Nobody is available');
  return { visitor, line };
}

test('nobody is there: a message is left from the start, goes on, and is picked up', async ({ stage }) => {
  const visitor = await stage.visitor();
  await visitor.open();
  await expect(visitor.status).toHaveText('Nobody is available');
  await visitor.button('Leave a message').click();
  await expect(visitor.chat.getByText('Please fill in this field')).toBeVisible();
  await visitor.field('Name').fill('Priya Nair');
  await visitor.field('Email').fill('priya@example.com');
  await leaves(visitor, 'Please call me back');
  await expect(visitor.status).toHaveText('Message left');
  await expect(visitor.said('Please call me back')).toContainText('Sent');
  await visitor.say('After six, if you can');

  const jun = await stage.agent(JUN);
  await jun.tab('Unanswered').click();
  await jun.row('Priya Nair').click();
  await jun.button('Pick up').click();
  await visitor.isChattingWith('Jun Li');
  await expect(visitor.said('Jun Li has joined')).toHaveCount(1);
  await expect(jun.known('Email')).toContainText('priya@example.com');
  await jun.say('I will');
  await expect(visitor.said('I will')).toHaveCount(1);
  await expect(visitor.messages).toHaveCount(4);
});

test('a message left offline survives a reload and arrives once', async ({ stage }) => {
  stage.watch.declareLostConnection();
  const { visitor, line } = await unheard(stage, 'Priya Nair');
  await line.cut();
  await expect(visitor.status).toHaveText('Reconnecting…');
  await visitor.field('Email').fill('priya@example.com');
  await leaves(visitor, 'Please call me back');
  await expect(visitor.said('Please call me back')).toContainText('Waiting');
  await line.mend();
  await visitor.page.goto(stage.company.page({ path: '/about' }));
  await expect(visitor.status).toHaveText('Message left', { timeout: COMES_BACK });
  await expect(visitor.said('Please call me back')).toHaveCount(1);
  await expect(visitor.said('Do you invoice yearly?')).toHaveCount(1);
});

test('what is being written when nobody comes becomes the message to leave', async ({ stage }) => {
  const maya = await stage.availableAgent(MAYA);
  const visitor = await stage.visitor();
  await visitor.open();
  await visitor.ask({ name: 'Priya Nair' });
  await visitor.message.pressSequentially('I was just');
  await maya.decline('Priya Nair');
  await expect(visitor.field('Your message')).toHaveValue('I was just');
  await visitor.page.keyboard.type(' writing');
  await visitor.button('Leave a message').click();
  await expect(visitor.said('I was just writing')).toHaveCount(1);
  await expect(visitor.status).toHaveText('Message left');
});

test('instead of leaving a message a new chat can be started', async ({ stage }) => {
  const { visitor } = await unheard(stage, 'Priya Nair');
  await visitor.button('Start a new chat').click();
  await visitor.ask({});
  await expect(visitor.said('Chat ended')).toHaveCount(1);
  await expect(visitor.status).toHaveText('Finding someone…');
});

test.describe('with words of its own and a blocked domain', () => {
  test.use({
    siteSettings: [
      ...['--fallback', 'en=**Closed** today, see [our help](https://acme.example/help)'],
      ...['--fallback', 'it=**Chiuso** oggi', '--blocked-domain', 'blocked.example', '--form-phone', 'required'],
      ...['--form-job-title', 'optional'],
    ],
  });

  test("the site's words are formatted, and an email that is not taken is told beside it", async ({ stage }) => {
    const visitor = await stage.visitor();
    await visitor.open();
    await expect(visitor.chat.locator('strong')).toHaveText('Closed');
    const help = visitor.chat.getByRole('link', { name: 'our help', exact: true });
    await expect(help).toHaveAttribute('href', 'https://acme.example/help');
    await visitor.field('Email').fill('ada@blocked.example');
    await visitor.field('Phone').fill('+39 02 1234');
    await visitor.field('Job title').fill('Buyer');
    await leaves(visitor, 'Please call me back');
    await expect(visitor.field('Email')).toHaveAccessibleDescription(/Please use another email address/);
    await expect(visitor.field('Your message')).toHaveValue('Please call me back');
    await visitor.field('Email').fill('ada@example.com');
    await visitor.button('Leave a message').click();
    await expect(visitor.status).toHaveText('Message left');

    const italian = await stage.visitor({ address: stage.company.page({ language: 'it' }) });
    await italian.page.getByRole('button', { name: 'Apri chat', exact: true }).click();
    await expect(italian.chat.locator('strong')).toHaveText('Chiuso');
  });
});
