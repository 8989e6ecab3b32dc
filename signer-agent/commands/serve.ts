import { once } from 'node:events';
import { Refusal } from '#core/refusal';
import { openHome } from '../config.ts';
import { openDoor, type OpenDoor } from '../door/door.ts';
import { enrolledParts } from '../door/enrolled-parts.ts';
import { LOOPBACK } from '../door/server.ts';
import { openLocalSocket, type LocalAnswers } from '../local-socket.ts';
import { AGENT_VERSION } from '../version.ts';

export const DEFAULT_PORT = 17650;

export type ServeOptions = {
  readonly home?: string | undefined;
  /** 0 for any */
  readonly port: number;
  /** nothing but 127.0.0.1 is taken */
  readonly host?: string | undefined;
  readonly pss: boolean;
  /** told once the page can be opened */
  readonly onOpen: (address: string) => void;
  /** ends it; else SIGINT and SIGTERM do */
  readonly signal?: AbortSignal;
};

/**
 * `kyso agent serve`: the agent's own page, until it is told to end. What is being signed then stops after the signature in hand.
 * @throws Refusal CONFIG_INVALID for another address than 127.0.0.1; AGENT_BUSY where the port is taken; of openHome, openLocalSocket
 */
export async function serveCommand(options: ServeOptions): Promise<void> {
  if ((options.host ?? LOOPBACK) !== LOOPBACK)
    throw new Refusal('CONFIG_INVALID', { detail: `the page is served on ${LOOPBACK} only` });
  const home = openHome(options.home);
  const door = await openDoor(options.port, enrolledParts(home, { pss: options.pss }));
  try {
    const closeSocket = await openLocalSocket(home, answersOf(door));
    try {
      options.onOpen(`${door.origin}/sign`);
      await toldToEnd(options.signal);
    } finally {
      await closeSocket();
    }
  } finally {
    await door.close();
  }
}

function answersOf({ origin, session }: OpenDoor): LocalAnswers {
  return {
    status: () => ({ pid: process.pid, version: AGENT_VERSION, origin, signing: session.signing.isRunning }),
    sign: (ticket) => session.sign(ticket),
  };
}

async function toldToEnd(signal: AbortSignal | undefined): Promise<void> {
  if (signal) {
    if (!signal.aborted) await once(signal, 'abort');
    return;
  }
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}
