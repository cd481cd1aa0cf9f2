import { Agent, MAYA } from './agent.ts';
import { SITE_KEY } from './company.ts';
import { COMES_BACK } from './line.ts';
import { png } from './picture.ts';
import { Releases } from './release.ts';
import { expect, type Stage } from './story.ts';
import { talk } from './tour.ts';
import type { Look } from './tour.ts';

/** Brings inbox and chat to states that come seldom: files of a visitor, a chat about to end, a release. */
export async function tourOfTheRare(stage: Stage, look: Look): Promise<void> {
  stage.watch.declareLostConnection();
  stage.watch.declare(/status of [45]\d\d/);
  await stage.casella('site', 'set', SITE_KEY, '--visitor-files', 'true');
  const page = await stage.newPage(MAYA.name);
  const releases = await Releases.of(page.context());
  const maya = new Agent(page, MAYA, stage.server.origin);
  await maya.signIn();
  await maya.goAvailable();
  const visitor = await stage.visitor({ address: stage.company.page({ language: 'en' }) });
  const releasesOfChat = await Releases.of(visitor.page.context());
  await visitor.page.reload();
  await visitor.open();
  await visitor.ask({ name: 'Priya Nair', email: 'priya@example.com', firstMessage: 'Do you invoice yearly?' });
  await maya.accept('Priya Nair');
  await visitor.isChattingWith(MAYA.name);
  await talk(maya, visitor);

  const chooser = visitor.page.waitForEvent('filechooser');
  await visitor.button('Attach file').click();
  await (await chooser).setFiles([
    { name: 'Invoice of last year.png', mimeType: 'image/png', buffer: png(640, 300) },
    { name: 'Terms and conditions of the annual plan, third edition.txt', mimeType: 'text/plain', buffer: Buffer.alloc(52_000, 'a') },
  ]);
  await expect(maya.said('Terms and conditions')).toHaveCount(1);
  await maya.attach({ name: 'offer.txt', mimeType: 'text/plain', buffer: Buffer.from('Forty percent') });
  await expect(visitor.said('offer.txt')).toHaveCount(1);
  await look('chat-files', visitor.page);
  await look('inbox-files', maya.page);

  await visitor.page.route('**/upload/visitor', (route) => route.abort());
  const again = visitor.page.waitForEvent('filechooser');
  await visitor.button('Attach file').click();
  await (await again).setFiles([{ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('Some notes') }]);
  await expect(visitor.said('notes.txt')).toContainText('Not sent');
  await look('chat-upload-failed', visitor.page);

  await stage.pass(9 * 60 + 10);
  await expect(visitor.chat.getByText('This chat ends in one minute').first()).toBeVisible();
  await expect(maya.page.getByText('This chat ends in one minute').first()).toBeVisible();
  await look('chat-ends-soon', visitor.page);
  await look('inbox-ends-soon', maya.page);
  await visitor.say('Still here.');
  await maya.say('So am I.');

  await stage.server.stop();
  await expect(maya.page.getByText('Reconnecting…')).toBeVisible();
  releases.leaveBehind();
  releasesOfChat.leaveBehind();
  await stage.server.start();
  await expect(maya.page.getByText('Casella was updated')).toBeVisible({ timeout: COMES_BACK });
  await expect(visitor.chat.getByText('Casella was updated')).toBeVisible({ timeout: COMES_BACK });
  await look('inbox-updated', maya.page);
  await look('chat-updated', visitor.page);
}
