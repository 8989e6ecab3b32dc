import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRefusal, Refusal } from '#core/refusal';
import { openHome, type Home } from '../config.ts';
import { askRunning, handOver, type Running } from '../local-socket.ts';
import { ticketOfLink } from './link.ts';

const START_MS = 15_000;
const LOOK_MS = 100;

export type OpenOptions = {
  readonly home?: string | undefined;
  readonly link: string;
  /** how the agent is started where it does not run: program and arguments before the command */
  readonly start: readonly [program: string, ...leading: string[]];
  /** of the page, where the agent has to be started */
  readonly port?: number | undefined;
  /** what opens an address in the signer's browser */
  readonly browser?: string | undefined;
};

export type Opened = {
  /** where the page is; the ticket is not in it */
  readonly page: string;
  readonly started: boolean;
  /** false where no browser could be started: the signer opens the page */
  readonly browser: boolean;
};

/**
 * `kyso agent open`: what the desktop calls when the signer follows a link of the console. The agent begins with the ticket and the browser
 * opens its page.
 * @throws Refusal TICKET_UNKNOWN, AGENT_NOT_RUNNING where it cannot be started, AGENT_BUSY
 */
export async function openCommand(options: OpenOptions): Promise<Opened> {
  const { home: chosen, link, start, port, browser = 'xdg-open' } = options;
  const ticket = ticketOfLink(link);
  const home = openHome(chosen);
  const started = await ensureRunning(home, [
    ...start,
    'serve',
    ...(port === undefined ? [] : ['--port', String(port)]),
  ]);
  const { origin } = await handOver(home, ticket);
  const page = `${origin}/sign`;
  return { page, started, browser: await openBrowser(browser, page) };
}

async function ensureRunning(home: Home, [program, ...leading]: OpenOptions['start']): Promise<boolean> {
  if (await isRunning(home)) return false;
  const agent = spawn(program, [...leading, '--home', home.folder], {
    cwd: home.folder,
    detached: true,
    stdio: 'ignore',
  });
  let ended = false;
  agent.on('error', () => (ended = true)).on('exit', () => (ended = true));
  agent.unref();
  for (const until = Date.now() + START_MS; Date.now() < until && !ended; await sleep(LOOK_MS))
    if (await isRunning(home)) return true;
  throw new Refusal('AGENT_NOT_RUNNING', { detail: ended ? 'it ended at once' : 'it does not answer' });
}

async function isRunning(home: Home): Promise<Running | null> {
  try {
    return await askRunning(home);
  } catch (error) {
    if (isRefusal(error, 'AGENT_NOT_RUNNING')) return null;
    throw error;
  }
}

/** Its arguments can be seen by every user of the machine: so the address says nothing. */
async function openBrowser(program: string, page: string): Promise<boolean> {
  const browser = spawn(program, [page], { detached: true, stdio: 'ignore' });
  const began = once(browser, 'spawn');
  browser.unref();
  try {
    await began;
    return true;
  } catch {
    return false;
  }
}
