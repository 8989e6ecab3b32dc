import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Refusal } from '#core/refusal';
import type { IssuingJournal } from './issuing-journal.ts';
import type { KeySessions } from './key-sessions.ts';
import type { StatusLists } from './status-lists.ts';
import type { WorkerState } from './worker-state.ts';

const LOOPBACK = '127.0.0.1';

export type HealthParts = {
  readonly state: WorkerState;
  readonly journal: IssuingJournal;
  /** by kid */
  readonly keys: ReadonlyMap<string, KeySessions>;
  readonly status: StatusLists;
  readonly now: () => Date;
};

export type Health = ReturnType<typeof healthOf>;

/** `ok`: every key has a session, the API answers, and nothing halts it. Ages in seconds. No personal data. */
export function healthOf({ state, journal, keys, status, now }: HealthParts) {
  const seen = state.view();
  const age = (issuedAt: string) => Math.floor((now().getTime() - Date.parse(issuedAt)) / 1000);
  const perKey = [...keys].map(([kid, sessions]) => ({
    kid,
    openSessions: sessions.open,
    waiting: sessions.waiting,
    tokenOperations: sessions.operations,
    total: journal.counts.total(kid),
    lastHour: journal.counts.lastHour(kid, now()),
    lastFault: sessions.lastFault,
  }));
  const ok = perKey.every(({ openSessions }) => openSessions > 0) && !seen.apiFault && !seen.halt;
  return {
    state: ok ? ('ok' as const) : ('waiting' as const),
    pid: process.pid,
    lastLease: seen.lastLease,
    halt: seen.halt,
    apiFault: seen.apiFault,
    certificates: journal.size,
    undelivered: journal.undelivered,
    delivered: seen.delivered,
    refused: seen.refused,
    rejected: seen.rejected,
    keys: perKey,
    trust: seen.trust && { sequence: seen.trust.sequence, ageSeconds: age(seen.trust.issuedAt) },
    status: Object.fromEntries([...status.issuedAt()].map(([district, at]) => [district, age(at)])),
  };
}

export type HealthServer = { readonly port: number | null; readonly close: () => Promise<void> };

/**
 * Answers GET /health on this machine only: 200 where the worker works, 503 where it waits for something.
 * @param port null for none, 0 for any
 * @throws Refusal AGENT_BUSY where the port is taken
 */
export async function openHealth(port: number | null, parts: HealthParts): Promise<HealthServer> {
  if (port === null) return { port: null, close: () => Promise.resolve() };
  const server = createServer((request, response) => {
    const isHealth = request.method === 'GET' && request.url === '/health';
    const health = isHealth ? healthOf(parts) : null;
    response.writeHead(health ? (health.state === 'ok' ? 200 : 503) : 404, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
    });
    response.end(health ? JSON.stringify(health) + '\n' : '{}\n');
  });
  try {
    server.listen(port, LOOPBACK);
    await once(server, 'listening');
  } catch (cause) {
    throw new Refusal('AGENT_BUSY', { detail: `${LOOPBACK}:${port}`, cause });
  }
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
