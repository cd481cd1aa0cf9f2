import type { Frame, Page } from '@playwright/test';
import type { Agent } from './agent.ts';
import type { Stage } from './story.ts';

/**
 * Clicks whichever of these buttons is there, until so many chats stand there that somebody ended. What is counted is
 * what the page says, not clicks: on a busy machine a click is answered late, and clicked again.
 */
function clickAway(where: Page | Frame, names: string[], times = Infinity): Promise<void> {
  return where.evaluate(
    ([names, times]) =>
      new Promise<void>((done) => {
        const look = () => {
          const items = [...document.querySelectorAll('li')];
          if (items.filter((item) => item.textContent?.includes('Chat ended by')).length >= times) return done();
          for (const button of document.querySelectorAll<HTMLButtonElement>('button:enabled')) {
            const name = button.textContent?.trim() ?? '';
            if (!names.includes(name) || button.ariaBusy === 'true' || !button.checkVisibility()) continue;
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
    await clickAway(frame, ['Start a new chat', 'Start chat'], chats);
    await visitor.page.context().close();
  };
  // No more at once than there are agents.
  for (let first = 0; first < names.length; first += agents.length) {
    await Promise.all(names.slice(first, first + agents.length).map(shortChats));
  }
}
