import { readFileSync } from 'node:fs';
import { doorActions } from './actions.ts';
import { PageKey } from './page-key.ts';
import { PageSession, type PageParts } from './page-session.ts';
import { shellPage } from './pages/shell.ts';
import { openServer, type Limits } from './server.ts';
import { style } from './style.ts';

/** The agent's page, open on this machine. */
export type OpenDoor = {
  /** http://127.0.0.1:port */
  readonly origin: string;
  readonly session: PageSession;
  /** Stops what is being signed, after the signature in hand, and closes. */
  readonly close: () => Promise<void>;
};

/** @throws Refusal AGENT_BUSY where the port is taken */
export async function openDoor(port: number, parts: PageParts, limits?: Limits): Promise<OpenDoor> {
  const session = new PageSession(parts);
  const script = pageScript();
  const server = await openServer(
    port,
    new PageKey(),
    {
      shell: (key) => shellPage(key, script, style),
      script,
      style,
      actions: doorActions(session),
      onLoad: () => session.loaded(),
    },
    limits,
  );
  const close = async () => {
    await session.close();
    await server.close();
  };
  return { origin: server.origin, session, close };
}

/** Compiled beside this file. It stands in the page itself, where the address of its source map means nothing. */
function pageScript(): string {
  return readFileSync(new URL('./browser/page.js', import.meta.url), 'utf8').replace(/^\/\/# source.*$/m, '');
}
