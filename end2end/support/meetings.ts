import { expect, type Locator } from '@playwright/test';
import type { Agent, Person } from './agent.ts';

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** What an agent does about meetings, by the names of the controls. */
export class Meetings {
  constructor(readonly agent: Agent) {}

  /** The region of the settings. */
  get hours(): Locator {
    return this.agent.page.getByRole('region', { name: 'Meeting hours', exact: true });
  }
  day(name: string): Locator {
    return this.hours.getByRole('group', { name, exact: true });
  }
  get save(): Locator {
    return this.hours.getByRole('button', { name: 'Save', exact: true });
  }
  get saved(): Locator {
    return this.hours.getByText('Saved', { exact: true });
  }
  term(name: string): Locator {
    return this.hours.getByLabel(name, { exact: true });
  }
  get dialog(): Locator {
    return this.agent.dialog('Share calendar');
  }
  /** An agent in the dialog. */
  calendar(of: Person): Locator {
    const own = of.email === this.agent.person.email;
    const name = own ? `${of.name} (you)` : of.name;
    return this.dialog.getByRole('radio', { name, exact: true });
  }
  get table(): Locator {
    return this.agent.page.getByRole('table', { name: 'Meetings', exact: true });
  }
  row(visitor: string): Locator {
    return this.table.getByRole('row').filter({ hasText: visitor });
  }

  /** Sets hours on every day, and goes back to the inbox. */
  async setHours(from = '09:00', to = '17:00'): Promise<void> {
    await this.agent.goto('/settings');
    await this.hours.getByRole('combobox', { name: 'Time zone', exact: true }).selectOption('UTC');
    for (const name of DAYS) {
      await this.day(name).getByRole('button', { name: 'Add hours', exact: true }).click();
      await this.day(name).getByLabel('From', { exact: true }).fill(from);
      await this.day(name).getByLabel('To', { exact: true }).fill(to);
    }
    await this.save.click();
    await expect(this.saved).toBeVisible();
    await this.agent.page.getByRole('link', { name: 'Inbox', exact: true }).click();
  }

  /** Shares an agent's calendar in the open chat. */
  async share(of: Person): Promise<void> {
    await this.agent.button('Share calendar').click();
    await this.calendar(of).check();
    await this.dialog.getByRole('button', { name: 'Send', exact: true }).click();
    await expect(this.dialog).toHaveCount(0);
  }

  /** Opens the page `Meetings`. */
  async open(): Promise<void> {
    await this.agent.page.getByRole('link', { name: 'Meetings', exact: true }).click();
    await expect(this.agent.page.getByRole('heading', { name: 'Meetings', exact: true })).toBeVisible();
  }
}
