import { composes, pasteOfSheet } from '../support/keys.ts';
import { expect, test } from '../support/story.ts';

test('a key of an input method does nothing else', async ({ stage }) => {
  const maya = await stage.agent();
  await maya.choose('Settings');
  const replies = maya.page.getByRole('region', { name: 'Saved replies', exact: true });
  await replies.getByRole('button', { name: 'Add reply' }).click();
  await replies.getByRole('textbox', { name: 'Shortcut', exact: true }).fill('price');
  await replies.getByRole('textbox', { name: 'Text', exact: true }).fill('It costs 5');
  await replies.getByRole('button', { name: 'Save' }).click();
  await expect(replies.getByRole('listitem').filter({ hasText: '/price' })).toHaveCount(1);
  await maya.goto('/');
  await maya.goAvailable();
  const visitor = await stage.asking({ name: 'Priya Nair' });
  await maya.accept('Priya Nair');
  await visitor.isChattingWith('Maya Rossi');

  await test.step('in Message: Enter sends nothing, Escape closes nothing', async () => {
    await visitor.message.fill('かいぎ');
    await composes(visitor.message, 'Enter');
    await composes(visitor.message, 'Escape');
    await expect(visitor.message).toHaveValue('かいぎ');
    await expect(visitor.closeChat).toBeVisible();
    await visitor.message.press('Enter');
    await expect(maya.said('かいぎ')).toHaveCount(1);
    await expect(maya.messages.filter({ hasText: 'かいぎ' })).toHaveCount(1);
  });

  await test.step('in Reply, and in the list of saved replies', async () => {
    await maya.reply.fill('会議');
    await composes(maya.reply, 'Enter');
    await composes(maya.reply, 'Escape');
    await expect(maya.reply).toHaveValue('会議');
    await expect(maya.reply).toBeFocused();
    await maya.reply.fill('/pr');
    const option = maya.page.getByRole('option', { name: /price/ });
    await expect(option).toBeVisible();
    for (const key of ['Enter', 'Tab', 'Escape']) await composes(maya.reply, key);
    await expect(option).toBeVisible();
    await expect(maya.reply).toHaveValue('/pr');
    await maya.reply.press('Enter');
    await expect(maya.reply).toHaveValue('It costs 5');
    await maya.reply.fill('');
  });

  await test.step('in Note: Escape does not turn it into a reply', async () => {
    await maya.button('Private note').click();
    await maya.noteBox.fill('しずか');
    await composes(maya.noteBox, 'Escape');
    await composes(maya.noteBox, 'Enter');
    await expect(maya.noteBox).toHaveValue('しずか');
    await maya.noteBox.fill('');
    await maya.noteBox.press('Escape');
    await expect(maya.reply).toBeVisible();
  });

  await test.step('in the search, and in the visitor’s fields', async () => {
    await maya.search.fill('会議');
    await composes(maya.search, 'Escape');
    await expect(maya.search).toHaveValue('会議');
    await maya.search.press('Escape');
    await expect(maya.search).toHaveValue('');
    await maya.button('Edit visitor').click();
    await maya.field('Name').fill('プリヤ');
    await composes(maya.field('Name'), 'Escape');
    await expect(maya.field('Name')).toHaveValue('プリヤ');
    await maya.field('Name').press('Escape');
    await expect(maya.known('Name')).toHaveText('Priya Nair');
  });
});

test('what comes with words is pasted as words, on both sides and in notes', async ({ stage }) => {
  const { agent, visitor } = await stage.chat('Priya Nair');
  expect(await pasteOfSheet(visitor.message), 'the visitor').toBe(true);
  expect(await pasteOfSheet(agent.reply), 'the agent').toBe(true);
  await agent.button('Private note').click();
  expect(await pasteOfSheet(agent.noteBox), 'a note').toBe(true);
  await expect(agent.page.getByText('image.png')).toHaveCount(0);
  await expect(agent.page.getByRole('alert').filter({ hasText: /./ })).toHaveCount(0);
});

test('words that are dragged into the box stand there', async ({ stage }) => {
  const { visitor } = await stage.chat('Priya Nair');
  const mayBrowser = (target: 'box' | 'head', files: boolean) =>
    visitor.message.evaluate(
      (box, { target, files }) => {
        const place = target === 'box' ? box : document.querySelector('header');
        const over = (type: string) => {
          const dataTransfer = new DataTransfer();
          dataTransfer.setData('text/plain', 'Dragged');
          if (files) dataTransfer.items.add(new File(['x'], 'x.txt'));
          return place?.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
        };
        return [over('dragover'), over('drop')];
      },
      { target, files },
    );
  expect(await mayBrowser('box', false)).toEqual([true, true]);
  expect(await mayBrowser('head', false), 'beside the box the page would be left').toEqual([false, false]);
  expect(await mayBrowser('box', true), 'files are attached').toEqual([false, false]);
});

test('where one points with a finger, Enter breaks the line and the button sends', async ({ stage }) => {
  const touch = { hasTouch: true, isMobile: true, viewport: { width: 400, height: 740 } };
  const { agent, visitor } = await stage.chat('Priya Nair', { visitor: touch });
  await visitor.message.fill('One');
  await visitor.message.press('End');
  await visitor.message.press('Enter');
  await visitor.message.pressSequentially('Two');
  await expect(visitor.message).toHaveValue('One\nTwo');
  await visitor.button('Send').click();
  await expect(agent.said(/One\s+Two/)).toHaveCount(1);
});
