/** What the company's own script can do with the chat; it may hand over anything. */
export interface Api {
  open(quiet?: boolean): void;
  close(): void;
  identify(person: unknown): void;
  setAttributes(attributes: unknown): void;
  track(event: unknown): void;
  page(url?: unknown, title?: unknown): void;
  reset(): void;
  on(event: string, listener: () => void): void;
}

/** The company's page, with what stories keep in it. */
export type Host = Window & { Casella: Api; heard: string[]; asks: string[] };
