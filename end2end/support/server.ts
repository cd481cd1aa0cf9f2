import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { freePort } from './port.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const BIN = process.env.CASELLA_BIN ? resolve(process.env.CASELLA_BIN) : join(ROOT, 'target/debug/casella');
const START_TIMEOUT = 30_000;

/** Where a server keeps its data. */
export interface Place {
  folder: string;
  /** A PostgreSQL address; without one, SQLite in the folder. */
  database?: string;
}

/** A new empty folder for a server's data. */
export async function newPlace(database?: string): Promise<Place> {
  return { folder: await mkdtemp(join(tmpdir(), 'casella-story-')), database };
}

/** Removes a place's folder. */
export async function removePlace(place: Place): Promise<void> {
  await rm(place.folder, { recursive: true, force: true, maxRetries: 3 });
}

function clockFile(place: Place): string {
  return join(place.folder, 'clock-ahead');
}

function environment(place: Place): NodeJS.ProcessEnv {
  return {
    ...process.env,
    CASELLA_DATA_DIR: place.folder,
    CASELLA_CLOCK_AHEAD_FILE: clockFile(place),
    CASELLA_ASSETS: process.env.CASELLA_ASSETS ?? join(ROOT, 'target/site'),
    ...(place.database ? { CASELLA_DATABASE_URL: place.database } : {}),
  };
}

/** Runs a command of `casella` and returns what it printed. `input` goes to its standard input. */
export async function casella(place: Place, words: string[], input = ''): Promise<string> {
  const run = promisify(execFile)(BIN, words, { env: environment(place), cwd: place.folder });
  run.child.stdin?.end(input);
  return (await run).stdout;
}

/**
 * Moves the clock of a place's servers, running or not, to so many seconds ahead of the system's;
 * it never goes back.
 */
export async function setClockAhead(place: Place, seconds: number): Promise<void> {
  const file = clockFile(place);
  // As a whole: a server may be reading it.
  await writeFile(`${file}.new`, `${seconds}\n`);
  await rename(`${file}.new`, file);
}

/** A running Casella; always at the same address, however often it is started. */
export class Server {
  private process: ChildProcess | undefined;
  /** Everything it printed. */
  log = '';
  /** Further variables of its environment from the next start on: secrets are never flags. */
  readonly variables: Record<string, string> = {};

  private constructor(
    private readonly place: Place,
    private readonly port: number,
    private readonly flags: string[],
  ) {}

  /** Starts a server with further flags of `casella serve`. */
  static async start(place: Place, flags: string[] = []): Promise<Server> {
    const server = new Server(place, await freePort(), flags);
    await server.start();
    return server;
  }

  get origin(): string {
    return `http://localhost:${this.port}`;
  }

  /** Starts it and waits until it is ready. */
  async start(): Promise<void> {
    const child = spawn(BIN, ['serve', ...this.flags], {
      env: { ...environment(this.place), CASELLA_LISTEN: `127.0.0.1:${this.port}`, ...this.variables },
      cwd: this.place.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process = child;
    await new Promise<void>((ready, fail) => {
      const gone = (why: string) => fail(new Error(`casella serve ${why}:\n${this.log}`));
      const late = setTimeout(() => gone('was not ready in time'), START_TIMEOUT);
      child.once('error', (error) => gone(String(error)));
      child.once('exit', (code) => gone(`ended with ${code}`));
      for (const stream of [child.stdout, child.stderr]) {
        createInterface(stream).on('line', (line) => {
          this.log += `${line}\n`;
          if (line.startsWith('Casella is ready at')) {
            clearTimeout(late);
            ready();
          }
        });
      }
    });
  }

  /** Starts it anew with further flags of `casella serve`. */
  async restartWith(...flags: string[]): Promise<void> {
    await this.stop();
    this.flags.push(...flags);
    await this.start();
  }

  /** The power goes out. */
  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  /** A stop as at a release. */
  stop(): Promise<void> {
    return this.end('SIGTERM');
  }

  private async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    await gone;
  }
}
