import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Page } from '@playwright/test';

const TEXTS = resolve(import.meta.dirname, '../../domain/texts');
const SECTIONS = ['shared', 'chat', 'page', 'inbox', 'office'] as const;
type Section = (typeof SECTIONS)[number];
type Table = Record<Section, Map<string, string>>;

/** The texts of a language by section and key. */
function table(language: string): Table {
  const texts: Table = { shared: new Map(), chat: new Map(), page: new Map(), inbox: new Map(), office: new Map() };
  let section: Section = 'shared';
  for (const line of readFileSync(`${TEXTS}/${language}.toml`, 'utf8').split('\n')) {
    const head = SECTIONS.find((name) => line === `[${name}]`);
    const [, key, text] = /^(\w+) = (".*")$/.exec(line) ?? [];
    if (head) section = head;
    else if (key && text) texts[section].set(key, JSON.parse(text) as string);
  }
  return texts;
}

/** English words with the Italian ones in their place, of the sections that a page shows. */
function pairs(...sections: Section[]): [string, string][] {
  const [english, italian] = [table('en'), table('it')];
  return sections.flatMap((section) =>
    [...english[section]].map(([key, text]): [string, string] => [text, italian[section].get(key) ?? text]),
  );
}

/**
 * Looks at a page with Italian words in the places of the English ones, in whatever state it is,
 * and puts them back. For pictures: that the pages do speak Italian, stories/italian.spec.ts shows.
 */
export async function inItalian(page: Page, look: () => Promise<void>): Promise<void> {
  const inbox = pairs('inbox', 'office', 'shared');
  const chat = pairs('chat', 'shared', 'page');
  // The company's pages are at an address, Casella's at a name.
  const words = new URL(page.url()).hostname === '127.0.0.1' ? chat : inbox;
  const frames = page.frames().map((frame) => ({ frame, words }));
  await Promise.all(frames.map(({ frame, words }) => frame.evaluate(lay, words)));
  try {
    await look();
  } finally {
    await Promise.all(frames.map(({ frame }) => frame.evaluate(() => window.takeItalianAway?.())));
  }
}

declare global {
  interface Window {
    takeItalianAway?: () => void;
  }
}

/** Runs in the page: lays the words over its texts, and over what it shows of its attributes. */
function lay(words: [string, string][]): void {
  const plain = new Map([...words].reverse());
  const patterns = words
    .filter(([english]) => english.includes('{'))
    .map(([english, italian]) => {
      const names = [...english.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const parts = english.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
      // One with hardly a word of its own would fit much that somebody wrote.
      const value = parts.join('').length > 6 ? '(.+?)' : '(\\S+)';
      return { pattern: new RegExp(`^${parts.join(value)}$`), names, italian };
    });
  const translated = (text: string): string => {
    const english = text.trim();
    const whole = plain.get(english);
    if (whole !== undefined) return text.replace(english, () => whole);
    for (const { pattern, names, italian } of patterns) {
      const found = pattern.exec(english);
      if (found) return names.reduce((text, name, at) => text.replace(`{${name}}`, () => found[at + 1] ?? ''), italian);
    }
    return text;
  };
  const back: (() => void)[] = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode() as Text | null; node; node = texts.nextNode() as Text | null) {
    const [text, before, after] = [node, node.data, translated(node.data)];
    if (after === before || text.parentElement?.closest('script, style, .bubble, .own .text')) continue;
    text.data = after;
    back.push(() => {
      if (text.data === after) text.data = before;
    });
  }
  for (const name of ['placeholder', 'data-day', 'data-title']) {
    for (const element of document.querySelectorAll(`[${name}]`)) {
      const before = element.getAttribute(name) ?? '';
      const after = translated(before);
      element.setAttribute(name, after);
      back.push(() => {
        if (element.getAttribute(name) === after) element.setAttribute(name, before);
      });
    }
  }
  window.takeItalianAway = () => {
    for (const undo of back) undo();
    delete window.takeItalianAway;
  };
}
