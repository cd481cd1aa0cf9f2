import { createHmac } from 'node:crypto';
import type { Page } from '@playwright/test';
import { SITE_KEY } from './company.ts';
import type { Stage } from './story.ts';

/** The company's server, which signs who is signed in at its website. */
export class Signer {
  private constructor(
    private readonly id: string,
    private readonly secret: string,
  ) {}

  /** With a new key of the site. */
  static async of(stage: Stage): Promise<Signer> {
    const made = await stage.casella('site', 'key', 'add', SITE_KEY);
    const word = (name: string) => new RegExp(`^${name}\t(\\S+)$`, 'm').exec(made)?.[1] ?? '';
    return new Signer(word('kid'), word('secret'));
  }

  /** A token for an hour. */
  token(claims: object): string {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const exp = Math.floor(Date.now() / 1_000) + 3_600;
    const text = `${part({ alg: 'HS256', typ: 'JWT', kid: this.id })}.${part({ exp, ...claims })}`;
    return `${text}.${createHmac('sha256', this.secret).update(text).digest('base64url')}`;
  }
}

/** The company's page says who the visitor is. */
export function identify(page: Page, token: string): Promise<void> {
  return page.evaluate((token) => {
    const { Casella } = window as unknown as { Casella: { identify: (who: object) => void } };
    Casella.identify({ token });
  }, token);
}
