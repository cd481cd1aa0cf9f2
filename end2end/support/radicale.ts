import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './port.ts';

/** A Python that has Radicale; `cargo xtask test browser` makes sure of one. */
const PYTHON = process.env.CASELLA_TEST_CALDAV_PYTHON;
const START_TIMEOUT = 30_000;
/** Whose calendar `Work` is. */
export const CALENDAR_USER = 'maya';
export const CALENDAR_PASSWORD = 'one for this app';

/** A real calendar server with a calendar named `Work`; always at the same address. */
export class Radicale {
  private process: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  /** Whether there can be one here. */
  static get isThere(): boolean {
    return PYTHON !== undefined;
  }

  static async start(): Promise<Radicale> {
    const folder = await mkdtemp(join(tmpdir(), 'casella-radicale-'));
    await writeFile(join(folder, 'users'), `${CALENDAR_USER}:${CALENDAR_PASSWORD}\n`);
    await mkdir(join(folder, 'data'));
    const server = new Radicale(folder, await freePort());
    await server.start();
    await server.ask('MKCALENDAR', '', `<?xml version="1.0" encoding="utf-8"?>
<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>
<D:displayname>Work</D:displayname></D:prop></D:set></C:mkcalendar>`);
    return server;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }
  get origin(): string {
    return `http://${this.host}`;
  }

  async start(): Promise<void> {
    const options = {
      'auth-type': 'htpasswd',
      'auth-htpasswd-encryption': 'plain',
      'auth-htpasswd-filename': join(this.folder, 'users'),
      'auth-delay': '0',
      'server-hosts': this.host,
      'storage-filesystem-folder': join(this.folder, 'data'),
    };
    const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    this.process = spawn(PYTHON ?? 'python3', ['-m', 'radicale', ...flags], { stdio: 'ignore' });
    const until = Date.now() + START_TIMEOUT;
    while (!(await fetch(this.origin).then(() => true, () => false))) {
      if (Date.now() > until || this.process.exitCode !== null) throw new Error('Radicale did not start');
      await new Promise((soon) => setTimeout(soon, 100));
    }
  }

  async stop(): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    await gone;
  }

  /** Stops it for good, and forgets what it kept. */
  async close(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  /** Makes the calendar's owner busy between two moments, in milliseconds since 1970. */
  async busy(from: number, to: number): Promise<void> {
    const moment = (at: number) => new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');
    const uid = `busy-${from}@example.com`;
    const lines = [
      'BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Example//EN',
      'BEGIN:VEVENT', `UID:${uid}`, `DTSTAMP:${moment(from)}`, `DTSTART:${moment(from)}`, `DTEND:${moment(to)}`, 'SUMMARY:Busy',
      'END:VEVENT', 'END:VCALENDAR', '',
    ];
    await this.ask('PUT', `${encodeURIComponent(uid)}.ics`, lines.join('\r\n'));
  }

  /** The calendar with all its events, as text. */
  async text(): Promise<string> {
    return (await this.ask('GET', '')).text();
  }

  private async ask(method: string, name: string, body?: string): Promise<Response> {
    const authorization = `Basic ${Buffer.from(`${CALENDAR_USER}:${CALENDAR_PASSWORD}`).toString('base64')}`;
    const type = method === 'PUT' ? 'text/calendar; charset=utf-8' : 'application/xml';
    const answer = await fetch(`${this.origin}/${CALENDAR_USER}/work/${name}`, {
      method,
      body,
      headers: { authorization, 'content-type': type },
    });
    if (!answer.ok) throw new Error(`${method} ${name}: ${answer.status} ${await answer.text()}`);
    return answer;
  }
}
