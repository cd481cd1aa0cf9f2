import { expect, type Locator } from '@playwright/test';

/** The numbered messages, `[maya 12]` or `[priya 3]`, in the order of a list. */
export async function numbered(messages: Locator): Promise<string[]> {
  const texts = await messages.allTextContents();
  return texts.flatMap((text) => text.match(/\[(?:maya|priya) \d+\]/) ?? []);
}

/**
 * Checks that both sides show each of the messages exactly once, in one order, and each
 * author's own in the order they were written.
 */
export async function nothingLostOrDoubled(sides: Locator[], sent: { maya: number; priya: number }): Promise<void> {
  const total = sent.maya + sent.priya;
  for (const side of sides) {
    await expect.poll(async () => (await numbered(side)).length, { timeout: 20_000 }).toBe(total);
  }
  const [one, ...others] = await Promise.all(sides.map(numbered));
  for (const other of others) expect(other).toEqual(one);
  for (const author of ['maya', 'priya'] as const) {
    const own = one?.filter((text) => text.startsWith(`[${author}`));
    expect(own).toEqual(Array.from({ length: sent[author] }, (_, at) => `[${author} ${at + 1}]`));
  }
}
