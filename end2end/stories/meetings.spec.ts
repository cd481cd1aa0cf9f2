import { JUN, MAYA, NOOR } from '../support/agent.ts';
import { BookingCard } from '../support/booking.ts';
import { Meetings } from '../support/meetings.ts';
import { expect, type Stage, test } from '../support/story.ts';

const PRIYA = 'Priya Nair';

/** Maya, who can be met, chats with Priya. */
async function chat(stage: Stage) {
  const maya = await stage.agent(MAYA);
  const meetings = new Meetings(maya);
  await meetings.setHours();
  await maya.goAvailable();
  const visitor = await stage.asking({ name: PRIYA, email: 'priya@example.com' });
  await maya.accept(PRIYA);
  await visitor.isChattingWith(MAYA.name);
  return { maya, meetings, visitor };
}

test('one’s own calendar is shared, and another agent’s; who cannot be met is not to be chosen', async ({ stage }) => {
  const { maya, meetings, visitor } = await chat(stage);
  const jun = await stage.agent(JUN);
  await new Meetings(jun).setHours();

  await maya.button('Share calendar').click();
  await test.step('one’s own comes first; the reason stands beside who has no hours', async () => {
    const radios = meetings.dialog.getByRole('radiogroup', { name: 'Calendar', exact: true }).getByRole('radio');
    await expect(radios.first()).toHaveAccessibleName(`${MAYA.name} (you)`);
    await expect(radios).toHaveCount(3);
    await expect(meetings.calendar(NOOR)).toBeDisabled();
    await expect(meetings.calendar(NOOR)).toHaveAccessibleDescription('No meeting hours');
    await expect(meetings.calendar(JUN)).toBeEnabled();
  });
  await test.step('by name, with the keyboard', async () => {
    const find = meetings.dialog.getByRole('searchbox', { name: 'Find an agent', exact: true });
    await expect(find).toBeFocused();
    await meetings.calendar(MAYA).check();
    await find.fill('jun');
    await expect(meetings.calendar(MAYA)).toHaveCount(0);
    await find.fill('nobody');
    await expect(meetings.dialog.getByText('No agent has such a name.')).toBeVisible();
    await find.fill('li');
    await find.press('Tab');
    await expect(meetings.calendar(JUN)).toBeFocused();
    await meetings.calendar(JUN).press('Space');
    await expect(meetings.calendar(JUN)).toBeChecked();
    await meetings.calendar(JUN).press('Enter');
  });
  await expect(meetings.dialog).toHaveCount(0);
  await expect(maya.said(`Calendar of ${JUN.name}`)).toContainText('Not booked yet');
  await expect(BookingCard.of(visitor.chat, JUN.name).group).toBeVisible();

  await meetings.share(MAYA);
  await expect(maya.said(`Calendar of ${MAYA.name}`)).toContainText('Not booked yet');
  await expect(BookingCard.of(visitor.chat, MAYA.name).group).toBeVisible();
});

test('what a visitor books is seen at once, wherever the agents look', async ({ stage }) => {
  const { maya, meetings, visitor } = await chat(stage);
  const jun = await stage.agent(JUN);
  const juns = new Meetings(jun);
  await juns.setHours();
  await juns.open();
  await expect(jun.page.getByText('No meetings yet.')).toBeVisible();
  await meetings.share(JUN);
  const card = BookingCard.of(visitor.chat, JUN.name);
  await card.chooseFirst();
  await card.book.click();
  await expect(card.booked).toBeVisible();

  await test.step('in the chat, and in the history', async () => {
    await expect(maya.said(`Calendar of ${JUN.name}`)).toContainText('Meeting scheduled');
    await expect(maya.said(`Calendar of ${JUN.name}`)).not.toContainText('Not booked yet');
    await expect(maya.did('Meeting scheduled')).toHaveCount(1);
    await expect(maya.did('Meeting scheduled')).toContainText(JUN.name);
  });
  await test.step('by a notice', async () => {
    for (const agent of [maya, jun]) {
      await expect(agent.page.getByText(`Meeting with ${PRIYA} booked:`)).toBeVisible();
    }
  });
  await test.step('in the list of the agent who has it, and of supervisors, not of others', async () => {
    await expect(juns.row(PRIYA)).toContainText('priya@example.com');
    await expect(juns.row(PRIYA)).toContainText('Coming');
    await meetings.open();
    await expect(maya.page.getByText('No meetings yet.')).toBeVisible();
    const noor = new Meetings(await stage.agent(NOOR));
    await noor.open();
    await expect(noor.row(PRIYA)).toContainText(JUN.name);
  });
  await test.step('the agent calls it off: the visitor sees it', async () => {
    await juns.row(PRIYA).getByRole('button', { name: 'Cancel meeting', exact: true }).click();
    const question = jun.dialog('Cancel this meeting?');
    await expect(question).toContainText(PRIYA);
    await question.getByRole('button', { name: 'Cancel meeting', exact: true }).click();
    await expect(question).toHaveCount(0);
    await expect(juns.row(PRIYA)).toContainText('Cancelled');
    await expect(juns.row(PRIYA).getByRole('button')).toHaveCount(0);
    await expect(visitor.chat.getByText('Meeting cancelled')).toBeVisible();
    await maya.page.goBack();
    await expect(maya.did('Meeting cancelled')).toHaveCount(1);
    await expect(maya.said(`Calendar of ${JUN.name}`)).toContainText('Meeting cancelled');
  });
});

test('a meeting is past when it is over', async ({ stage }) => {
  const { maya, meetings, visitor } = await chat(stage);
  await meetings.share(MAYA);
  const card = BookingCard.of(visitor.chat, MAYA.name);
  await card.chooseFirst();
  await card.book.click();
  await expect(card.booked).toBeVisible();
  await meetings.open();
  await expect(meetings.row(PRIYA)).toContainText('Coming');
  await stage.pass(4 * 24 * 60 * 60);
  await maya.page.reload();
  await expect(meetings.row(PRIYA)).toContainText('Past');
  await expect(meetings.row(PRIYA).getByRole('button')).toHaveCount(0);
});

test('meetings of a disabled agent are given to another agent, or called off, by a supervisor', async ({ stage }) => {
  const { meetings, visitor } = await chat(stage);
  const jun = await stage.agent(JUN);
  await new Meetings(jun).setHours();
  await meetings.share(MAYA);
  const card = BookingCard.of(visitor.chat, MAYA.name);
  await card.chooseFirst();
  await card.book.click();
  await expect(card.booked).toBeVisible();
  await stage.casella('agent', 'disable', MAYA.email);

  const noor = await stage.agent(NOOR);
  const all = new Meetings(noor);
  await all.open();
  await expect(noor.page.getByText('Meetings with agents who are disabled are coming')).toBeVisible();
  await expect(all.row(PRIYA)).toContainText('Disabled');
  await all.row(PRIYA).getByRole('button', { name: 'Reassign', exact: true }).click();
  const dialog = noor.dialog('Reassign meeting');
  await expect(dialog.getByRole('radio', { name: MAYA.name, exact: true })).toHaveCount(0);
  await expect(dialog.getByRole('radio', { name: `${NOOR.name} (you)`, exact: true })).toBeDisabled();
  await dialog.getByRole('radio', { name: JUN.name, exact: true }).check();
  await dialog.getByRole('button', { name: 'Reassign', exact: true }).click();
  await expect(dialog).toHaveCount(0);
  await expect(all.row(PRIYA)).toContainText(JUN.name);
  await expect(all.row(PRIYA)).not.toContainText('Disabled');
  await expect(noor.page.getByText('Meetings with agents who are disabled are coming')).toHaveCount(0);
  await expect(jun.page.getByText(`Meeting with ${PRIYA} is with ${JUN.name} now:`)).toBeVisible();

  await all.row(PRIYA).getByRole('button', { name: 'Cancel meeting', exact: true }).click();
  await noor.dialog('Cancel this meeting?').getByRole('button', { name: 'Cancel meeting', exact: true }).click();
  await expect(all.row(PRIYA)).toContainText('Cancelled');
});

test('meeting hours are edited; what is wrong is said beside it', async ({ stage }) => {
  const maya = await stage.agent(MAYA);
  const meetings = new Meetings(maya);
  await maya.choose('Settings');
  const chatHours = maya.page.getByRole('region', { name: 'Chat hours', exact: true });
  await expect(meetings.term('Length')).toHaveValue('30');
  await expect(meetings.term('Minimum notice')).toHaveValue('24');
  await expect(meetings.term('How far ahead')).toHaveValue('60');

  await meetings.day('Tuesday').getByRole('button', { name: 'Add hours', exact: true }).click();
  await meetings.day('Tuesday').getByLabel('To', { exact: true }).fill('8');
  await meetings.term('Length').fill('4');
  await meetings.term('Meetings a day').fill('many');
  await meetings.save.click();
  await expect(meetings.day('Tuesday').getByLabel('To', { exact: true })).toHaveAccessibleDescription(/must end after/);
  await expect(meetings.term('Length')).toHaveAccessibleDescription('Please give a whole number from 5 to 480');
  await expect(meetings.term('Meetings a day')).toHaveValue('many');
  await expect(meetings.hours.getByText('Nothing was saved yet: see above.')).toBeVisible();
  await expect(chatHours.getByText('Nothing was saved yet: see above.')).toHaveCount(0);

  await meetings.day('Tuesday').getByLabel('To', { exact: true }).fill('12');
  await meetings.term('Length').fill('45');
  await meetings.term('Meetings a day').fill('3');
  await meetings.save.click();
  await expect(meetings.saved).toBeVisible();
  await maya.page.reload();
  await expect(meetings.day('Tuesday').getByLabel('To', { exact: true })).toHaveValue('12:00');
  await expect(meetings.term('Length')).toHaveValue('45');
  await expect(meetings.term('Buffer after')).toHaveValue('0');
  await expect(meetings.term('Meetings a day')).toHaveValue('3');
  await expect(chatHours.getByLabel('From', { exact: true })).toHaveCount(0);
});
