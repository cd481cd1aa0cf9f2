import type { Locator } from '@playwright/test';

/** How browsers tell that a key belongs to an input method: most by a flag, Safari's last one by its code. */
export const COMPOSING = [
  { isComposing: true, keyCode: 0 },
  { isComposing: false, keyCode: 229 },
] as const;

/** A key that an input method takes, in each way that browsers tell it. */
export async function composes(field: Locator, key: string): Promise<void> {
  await field.evaluate(
    (field, { key, ways }) => {
      for (const way of ways) field.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...way }));
    },
    { key, ways: COMPOSING },
  );
}

/** Pastes into a field what a spreadsheet puts into the clipboard: words, with a picture of them beside. */
export async function pasteOfSheet(field: Locator): Promise<boolean> {
  return field.evaluate((field) => {
    const data = new DataTransfer();
    data.setData('text/plain', 'Seats\t12');
    data.items.add(new File([new Uint8Array([1])], 'image.png', { type: 'image/png' }));
    // Whether the browser may paste the words.
    return field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  });
}
