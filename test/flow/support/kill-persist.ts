import { setTimeout as wait } from 'node:timers/promises';
import type { Reply } from './kill-stage.ts';

/** What is said while the API or PostgreSQL is away, by either of them, or by what carries the words. */
const AWAY =
  /fetch failed|terminated|other side closed|"UNAVAILABLE"|"INTERNAL"|ECONN|ENOENT|EPIPE|the database system is/;

/** Tries again while something is away, for at most 90 s. */
export async function persist<T>(action: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + 90_000; ; await wait(150)) {
    try {
      return await action();
    } catch (error) {
      const text = error instanceof Error ? `${error.message} ${codeOf(error)}` : String(error);
      if (!AWAY.test(text) || Date.now() > end) throw error;
    }
  }
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : '';
}

/** @param fine refusals that say that an earlier attempt came through */
export function must(reply: Reply, ...fine: string[]): Reply {
  if (reply.status < 400 || fine.includes(String(reply.body['code']))) return reply;
  throw new Error(reply.text);
}
