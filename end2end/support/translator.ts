import type { Frame, Page } from '@playwright/test';

/**
 * Does to a page what a browser's translator does: puts a new text in two elements into the place of every text,
 * of present and coming ones, but for what says that it is not to be translated.
 */
export async function translate(page: Page | Frame): Promise<void> {
  await page.evaluate(() => {
    const made = new WeakSet<Node>();
    const turn = (text: Text) => {
      const parent = text.parentElement;
      if (made.has(text) || !text.data.trim() || !parent?.translate || parent.closest('script, style, textarea')) return;
      const inner = document.createElement('font');
      // Other words, which look the same to who compares them.
      const own = document.createTextNode(`${text.data}\u200b`);
      made.add(own);
      inner.append(own);
      const outer = document.createElement('font');
      outer.append(inner);
      outer.className = 'translated';
      text.replaceWith(outer);
    };
    const turnAll = (root: Node) => {
      const texts: Text[] = [];
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      if (root instanceof Text) texts.push(root);
      while (walker.nextNode()) texts.push(walker.currentNode as Text);
      texts.forEach(turn);
    };
    new MutationObserver((changes) => {
      for (const change of changes) {
        if (change.type === 'characterData') turnAll(change.target);
        for (const added of change.addedNodes) if (added.isConnected) turnAll(added);
      }
    }).observe(document.body, { childList: true, characterData: true, subtree: true });
    turnAll(document.body);
  });
}
