import { expect, type Locator } from '@playwright/test';
import type { Agent } from './agent.ts';
import { CALENDAR_PASSWORD, CALENDAR_USER } from './radicale.ts';

/** The region `Calendar` of an agent's settings, by the names of its controls. */
export class Calendar {
  constructor(readonly agent: Agent) {}

  get region(): Locator {
    return this.agent.page.getByRole('region', { name: 'Calendar', exact: true });
  }
  field(name: string): Locator {
    return this.region.getByLabel(name, { exact: true });
  }
  button(name: string): Locator {
    return this.region.getByRole('button', { name, exact: true });
  }
  /** Whether a calendar's events count. */
  counts(name: string): Locator {
    return this.region.getByRole('checkbox', { name, exact: true });
  }

  async open(): Promise<void> {
    await this.agent.goto('/settings');
    await expect(this.region.getByText('Your meetings as a private feed')).toBeVisible();
  }

  /** Fills the form and sends it off. */
  async connect(address: string, password = CALENDAR_PASSWORD): Promise<void> {
    await this.field('Calendar address').fill(address);
    await this.field('Calendar user').fill(CALENDAR_USER);
    await this.field('Calendar password').fill(password);
    await this.button('Connect').click();
  }
}
