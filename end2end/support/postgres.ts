import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';

/** Makes an empty database on the server of `url` and returns its address. */
export async function newDatabase(url: string): Promise<string> {
  const name = `story_${randomBytes(6).toString('hex')}`;
  await promisify(execFile)(psql(), ['--no-psqlrc', '--quiet', '--command', `CREATE DATABASE ${name}`, url]);
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
}

/** Debian keeps each version's programs in a folder of its own. */
function psql(): string {
  const home = '/usr/lib/postgresql';
  try {
    const [newest] = readdirSync(home).sort((a, b) => Number(b) - Number(a));
    return `${home}/${newest}/bin/psql`;
  } catch {
    return 'psql';
  }
}
