import { MAYA, NOOR } from './agent.ts';
import { canBeMet } from './booking.ts';
import { Calendar } from './calendar.ts';
import { Radicale } from './radicale.ts';
import { expect, type Stage } from './story.ts';
import type { Look } from './tour.ts';

/** Brings what agents see of calendars elsewhere and of mail to every state. */
export async function tourOfTheCalendars(stage: Stage, look: Look): Promise<void> {
  const radicale = Radicale.isThere ? await Radicale.start() : undefined;
  try {
    await tour(stage, look, radicale);
  } finally {
    await radicale?.close();
  }
}

async function tour(stage: Stage, look: Look, radicale: Radicale | undefined): Promise<void> {
  for (const service of ['GOOGLE', 'OUTLOOK']) {
    stage.server.variables[`CASELLA_${service}_CLIENT_ID`] = 'casella';
    stage.server.variables[`CASELLA_${service}_CLIENT_SECRET`] = 'x';
  }
  await stage.server.restartWith('--public-url', stage.server.origin, ...(radicale ? ['--allow-outgoing', radicale.host] : []));
  stage.watch.declare(/status of [45]\d\d|Failed to load resource/);
  await canBeMet(stage, MAYA);
  const maya = await stage.agent(MAYA);
  const calendar = new Calendar(maya);
  const shown = async (state: string) => {
    await calendar.region.getByRole('heading', { name: 'Calendar', exact: true }).scrollIntoViewIfNeeded();
    await look(state, maya.page);
  };

  await calendar.open();
  await shown('calendar-none');
  await calendar.connect('ftp://example.com');
  await expect(calendar.region).toContainText('This is no address of a calendar server');
  await shown('calendar-refused');
  await calendar.button('Make feed').click();
  await expect(calendar.field('Feed')).toBeVisible();
  await shown('calendar-feed');
  await maya.page.route('**/api/calendar', (route) => route.abort());
  await maya.page.reload();
  await expect(maya.page.getByText('Your calendar settings could not be read.')).toBeVisible();
  await shown('calendar-failed');
  await maya.page.unroute('**/api/calendar');

  if (radicale) {
    await calendar.open();
    await calendar.connect(radicale.origin);
    await expect(calendar.region).toContainText('CalDAV: maya');
    await shown('calendar-connected');
    await calendar.button('Reconnect calendar').click();
    await expect(calendar.button('Keep as it is')).toBeVisible();
    await shown('calendar-again');
    await radicale.stop();
    await stage.pass(10 * 60);
    await expect(maya.page.getByText('Your calendar cannot be reached, or refuses something.')).toBeVisible();
    await calendar.open();
    await expect(calendar.region).toContainText('The calendar does not answer at present.');
    await shown('calendar-trouble');
  }

  await maya.page.getByRole('region', { name: 'Mail', exact: true }).scrollIntoViewIfNeeded();
  await look('mail-settings', maya.page);
  await stage.casella('agent', 'set', NOOR.email, '--role', 'admin');
  const noor = await stage.agent(NOOR);
  await expect(noor.page.getByText('Casella cannot send mail yet')).toBeVisible();
  await look('mail-missing', noor.page);
}
