import type { Frame, Page } from '@playwright/test';
import type { Agent } from './agent.ts';
import type { Stage } from './story.ts';

/** Clicks whichever of these buttons is there, until the last of them stands there for the `times + 1`th time. */
function clickAway(where: Page | Frame, names: string[], times = Infinity): Promise<void> {
  return where.evaluate(
    ([names, times]) =>
      new Promise<void>((done) => {
        let count = 0;
        const look = () => {
          for (const button of document.querySelectorAll<HTMLButtonElement>('button:enabled')) {
            const name = button.textContent?.trim() ?? '';
            if (!names.includes(name) || button.ariaBusy === 'true' || !button.checkVisibility()) continue;
            if (name === names.at(-1)) {
              if (count === times) return done();
              count += 1;
            }
            button.click();
            break;
          }
          setTimeout(look, 30);
        };
        look();
      }),
    [names, times] as const,
  );
}

/** Visitors of these names have so many short chats each with the agents, one after the other. */
export async function manyChats(stage: Stage, agents: Agent[], names: string[], chats: number): Promise<void> {
  for (const agent of agents) clickAway(agent.page, ['Accept', 'End session']).catch(() => {});
  const shortChats = async (name: string) => {
    const visitor = await stage.visitor();
    await visitor.open();
    await visitor.ask({ name });
    const frame = await (await visitor.frame.elementHandle())?.contentFrame();
    if (!frame) throw new Error('the chat has no frame');
    await clickAway(frame, ['Start a new chat', 'Start chat'], chats - 1);
    await visitor.page.context().close();
  };
  // No more at once than there are agents.
  for (let first = 0; first < names.length; first += agents.length) {
    await Promise.all(names.slice(first, first + agents.length).map(shortChats));
  }
}
