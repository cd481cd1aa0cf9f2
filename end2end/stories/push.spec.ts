import { randomUUID } from 'node:crypto';
import type { CDPSession, Worker } from '@playwright/test';
import { Agent, MAYA } from '../support/agent.ts';
import { expect, type Stage, test } from '../support/story.ts';

/** Maya wants offers while the inbox is closed; her browser's service worker, and the way to it. */
async function reachable(stage: Stage): Promise<{ maya: Agent; worker: Worker; push: (told: object) => Promise<void> }> {
  // It shows what is pushed, but subscribes at no push service.
  stage.watch.declare(/does not support the Push API in incognito mode/);
  const page = await stage.newPage(MAYA.name, { permissions: ['notifications'] });
  const maya = new Agent(page, MAYA, stage.server.origin);
  await maya.signIn();
  await maya.goAvailable();
  const devtools = await page.context().newCDPSession(page);
  const registered = registration(devtools);
  const started = page.context().waitForEvent('serviceworker');
  await maya.choose('Settings');
  await page.getByRole('switch', { name: 'Offers when the inbox is closed', exact: true }).click();
  const [worker, registrationId] = await Promise.all([started, registered]);
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  const push = async (told: object) => {
    const origin = stage.server.origin;
    await devtools.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data: JSON.stringify(told) });
  };
  return { maya, worker, push };
}

async function registration(devtools: CDPSession): Promise<string> {
  const told = new Promise<string>((found) => {
    devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const [known] = registrations;
      if (known) found(known.registrationId);
    });
  });
  await devtools.send('ServiceWorker.enable');
  return told;
}

/** The notifications that the worker shows. */
function shown(worker: Worker): Promise<{ title: string; body: string }[]> {
  return worker.evaluate(async () => {
    const { registration } = self as unknown as { registration: ServiceWorkerRegistration };
    const notes = await registration.getNotifications();
    return notes.map(({ title, body }) => ({ title, body }));
  });
}

/** How many pages of the inbox the worker sees. */
function windows(worker: Worker): Promise<number> {
  return worker.evaluate(async () => {
    const { clients } = self as unknown as { clients: { matchAll: (of: object) => Promise<unknown[]> } };
    return (await clients.matchAll({ type: 'window', includeUncontrolled: true })).length;
  });
}

/** The agent clicks on the one notification; returns the page that the worker would open, if it opens one. */
function click(worker: Worker): Promise<string | undefined> {
  return worker.evaluate(async () => {
    const scope = self as unknown as {
      registration: ServiceWorkerRegistration;
      clients: { openWindow: (url: string) => Promise<null> };
      dispatchEvent(event: Event): boolean;
    };
    let opened: string | undefined;
    // Browsers open windows only for a click of a person.
    scope.clients.openWindow = async (url) => {
      opened = url;
      return null;
    };
    const [notification] = await scope.registration.getNotifications();
    const kind = Reflect.get(self, 'NotificationEvent') as new (kind: string, init: object) => Event;
    const event = new kind('notificationclick', { notification });
    const waits: Promise<unknown>[] = [];
    Object.defineProperty(event, 'waitUntil', { value: (until: Promise<unknown>) => waits.push(until) });
    scope.dispatchEvent(event);
    await Promise.all(waits);
    return opened;
  });
}

test('a pushed offer is shown; a click brings the inbox up at it and accepts nothing', async ({ stage }) => {
  const { maya, worker, push } = await reachable(stage);
  const url = `${stage.server.origin}/`;
  const visitor = await stage.asking({ name: 'Priya Nair', firstMessage: 'Hello' });
  await expect(maya.offers('Priya Nair')).toHaveCount(1);
  const id = (await maya.offers('Priya Nair').getAttribute('id'))?.replace(/^offer-/, '');
  expect(id).toBeTruthy();

  await push({ kind: 'offer', conversation: id, title: 'New chat', body: 'Priya Nair', url });
  await expect.poll(() => shown(worker)).toEqual([{ title: 'New chat', body: 'Priya Nair' }]);

  await test.step('an open inbox comes to the front', async () => {
    expect(await click(worker)).toBeUndefined();
    await expect(maya.offers('Priya Nair')).toBeFocused();
    expect(await shown(worker)).toEqual([]);
    await expect(visitor.status).toHaveText('Finding someone…');
  });

  await test.step('without one, a new one is opened', async () => {
    await push({ kind: 'offer', conversation: id, title: 'New chat', body: 'Priya Nair', url });
    await expect.poll(() => shown(worker)).toHaveLength(1);
    await maya.page.goto('about:blank');
    await expect.poll(() => windows(worker), 'the inbox is closed').toBe(0);
    const opened = await click(worker);
    expect(opened).toBe(`${url}#offer-${id}`);
    await maya.page.goto(opened ?? '');
    await expect(maya.offers('Priya Nair')).toBeFocused();
    await expect(visitor.status).toHaveText('Finding someone…');
    await maya.accept('Priya Nair');
    await visitor.isChattingWith(MAYA.name);
  });
});

test('a check is answered in silence while the inbox can be seen', async ({ stage }) => {
  const { maya, worker, push } = await reachable(stage);
  const url = `${stage.server.origin}/`;
  await push({ kind: 'check', title: 'Casella', body: 'Works', url });
  await push({ kind: 'offer', conversation: randomUUID(), title: 'New chat', body: 'Priya Nair', url });
  await expect.poll(() => shown(worker)).toEqual([{ title: 'New chat', body: 'Priya Nair' }]);
  await expect(maya.available).toBeChecked();
});
