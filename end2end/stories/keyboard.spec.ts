import { MAYA, PASSWORD, Agent } from '../support/agent.ts';
import { type Locator, type Page } from '@playwright/test';
import { expect, test } from '../support/story.ts';

const isFocused = (control: Locator) =>
  control.evaluate((element) => {
    const root = element.getRootNode() as Document | ShadowRoot;
    return root.activeElement === element && element.ownerDocument.hasFocus();
  });

/** Presses Tab until a control has the focus, and checks that the focus can be seen. */
async function tabTo(page: Page, control: Locator): Promise<void> {
  await expect(control).toBeVisible();
  for (let presses = 0; presses < 40 && !(await isFocused(control)); presses += 1) {
    await page.keyboard.press('Tab');
  }
  expect(await isFocused(control), `Tab reaches ${control}`).toBe(true);
  const marked = await control.evaluate((element) => {
    const seen = (node: Element | null): boolean => {
      if (!node) return false;
      const style = getComputedStyle(node);
      return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
    };
    return seen(element) || seen(element.parentElement) || seen(element.closest('form, label'));
  });
  expect(marked, `the focus shows on ${control}`).toBe(true);
}

test('a whole chat by keyboard alone, on both sides', async ({ stage }) => {
  const agentPage = await stage.newPage('Maya');
  const maya = new Agent(agentPage, MAYA, stage.server.origin);
  await agentPage.goto(`${stage.server.origin}/sign-in`);

  await test.step('the agent signs in and goes available', async () => {
    await tabTo(agentPage, agentPage.getByRole('textbox', { name: 'Email', exact: true }));
    await agentPage.keyboard.type(MAYA.email);
    await agentPage.keyboard.press('Tab');
    await agentPage.keyboard.type(PASSWORD);
    await expect(maya.button('Sign in'), 'the page is alive').toBeEnabled();
    const connected = agentPage.waitForEvent('websocket');
    await agentPage.keyboard.press('Enter');
    await connected;
    await tabTo(agentPage, maya.available);
    await agentPage.keyboard.press('Space');
    await expect(maya.available).toBeChecked();
  });

  const visitor = await stage.visitor();
  const keys = visitor.page.keyboard;
  await test.step('the visitor opens the chat and asks', async () => {
    await tabTo(visitor.page, visitor.openChat);
    await keys.press('Enter');
    // The focus moves into the window; Escape brings it back to the launcher.
    await expect.poll(() => isFocused(visitor.field('Name'))).toBe(true);
    await keys.press('Escape');
    await expect(visitor.openChat).toBeVisible();
    await expect.poll(() => isFocused(visitor.openChat)).toBe(true);
    await keys.press('Enter');
    await expect.poll(() => isFocused(visitor.field('Name'))).toBe(true);
    await keys.type('Priya Nair');
    await tabTo(visitor.page, visitor.field('First message'));
    await keys.type('Without a mouse');
    await tabTo(visitor.page, visitor.button('Start chat'));
    await keys.press('Enter');
  });

  await test.step('the agent accepts and answers', async () => {
    await tabTo(agentPage, maya.offers().getByRole('button', { name: 'Accept', exact: true }));
    await agentPage.keyboard.press('Enter');
    await expect(maya.chatWith('Priya Nair')).toBeVisible();
    await tabTo(agentPage, maya.reply);
    await agentPage.keyboard.type('One line');
    await agentPage.keyboard.press('Shift+Enter');
    await agentPage.keyboard.type('and another');
    await agentPage.keyboard.press('Enter');
    await expect(maya.reply).toHaveValue('');
    await expect(visitor.said(/One line\s+and another/)).toHaveCount(1);
  });

  await test.step('the visitor answers and ends the chat', async () => {
    await expect.poll(() => isFocused(visitor.message), 'the focus waits in the composer').toBe(true);
    await keys.type('Thank you');
    await keys.press('Enter');
    await expect(maya.said('Thank you')).toHaveCount(1);
    await tabTo(visitor.page, visitor.button('End chat'));
    await keys.press('Enter');
    await expect.poll(() => isFocused(visitor.button('Keep chatting')), 'the question takes the focus').toBe(true);
    await tabTo(visitor.page, visitor.button('End chat'));
    await keys.press('Enter');
    await visitor.isOver('Chat ended by you');
  });

  await test.step('the agent finds it in the list of all', async () => {
    await tabTo(agentPage, maya.tab('Active'));
    await agentPage.keyboard.press('ArrowRight');
    if ((await maya.tab('All').getAttribute('aria-selected')) !== 'true') await agentPage.keyboard.press('Enter');
    await tabTo(agentPage, maya.row('Priya Nair'));
    await agentPage.keyboard.press('Enter');
    await maya.isOver('Chat ended by the visitor');
    await tabTo(agentPage, maya.button('Download transcript'));
  });
});
