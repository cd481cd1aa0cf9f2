import { createServer, type IncomingMessage, type Server as Listener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The key of the company's site in Casella. */
export const SITE_KEY = 'acme';

/** What a page of the company's website is like. */
export interface PageKind {
  /** `/pricing` has the title `Pricing`. */
  path?: string;
  /** The page's `lang`. */
  language?: string;
  /** Sends the strictest Content-Security-Policy that still allows the chat. */
  strict?: boolean;
  /** Has the script two times, each before the page itself. */
  twice?: boolean;
  /** Isolates itself from other sites, with this Cross-Origin-Embedder-Policy. */
  isolated?: 'require-corp' | 'credentialless';
}

/**
 * The company's website, a different site than Casella's for the browser: 127.0.0.1, not
 * localhost. Its second address is one that the site's settings do not allow.
 */
export class Company {
  /** Where its pages load the chat from; each story sets it. */
  casella = '';

  private constructor(
    private readonly allowed: Listener,
    private readonly foreign: Listener,
  ) {}

  static async open(): Promise<Company> {
    const company: Company = new Company(
      createServer((request, response) => company.answer(request, response)),
      createServer((request, response) => company.answer(request, response)),
    );
    for (const listener of [company.allowed, company.foreign]) {
      await new Promise<void>((ready) => listener.listen(0, '127.0.0.1', ready));
    }
    return company;
  }

  close(): void {
    for (const listener of [this.allowed, this.foreign]) {
      listener.close();
      listener.closeAllConnections();
    }
  }

  /** The origin that carries the chat. */
  get origin(): string {
    return origin(this.allowed);
  }

  /** An origin that may not carry it. */
  get foreignOrigin(): string {
    return origin(this.foreign);
  }

  /** The address of a page. */
  page(kind: PageKind = {}, from: string = this.origin): string {
    const address = new URL(kind.path ?? '/pricing', from);
    if (kind.language) address.searchParams.set('language', kind.language);
    if (kind.strict) address.searchParams.set('strict', '');
    if (kind.twice) address.searchParams.set('twice', '');
    if (kind.isolated) address.searchParams.set('isolated', kind.isolated);
    return address.href;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const address = new URL(request.url ?? '/', 'http://company');
    const language = address.searchParams.get('language');
    const name = address.pathname.slice(1) || 'home';
    const title = name.charAt(0).toUpperCase() + name.slice(1);
    const headers: Record<string, string> = { 'content-type': 'text/html; charset=utf-8' };
    if (address.searchParams.has('strict')) {
      headers['content-security-policy'] =
        `default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; ` +
        `script-src ${this.casella}; frame-src ${this.casella}; connect-src ${this.casella}`;
    }
    const script = `<script src="${this.casella}/w/${SITE_KEY}.js"></script>`;
    const scripts = address.searchParams.has('twice') ? script + script : script.replace('script ', 'script async ');
    const isolated = address.searchParams.get('isolated');
    if (isolated) {
      headers['cross-origin-opener-policy'] = 'same-origin';
      headers['cross-origin-embedder-policy'] = isolated;
    }
    response.writeHead(200, headers).end(`<!doctype html>
<html${language ? ` lang="${language}"` : ''}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
${scripts}
</head>
<body>
<main aria-label="Acme">
<h1>${title}</h1>
<p>Acme makes things that other companies need.</p>
<p><a href="/about">About us</a></p>
</main>
</body>
</html>`);
  }
}

function origin(listener: Listener): string {
  return `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
}
