import { setTimeout as wait } from 'node:timers/promises';
import { isRefusal, type Refusal, type RefusalCode } from '#core/refusal';
import { findToken, isNameless } from './find-token.ts';
import type { Token, TokenAddress, TokenState } from './token.ts';

/** Plug and unplug, seen by asking: C_WaitForSlotEvent blocks its process, and many drivers do not have it. */

const EVERY_MS = 1000;
/** what plugging in, or a driver that starts anew, may end */
const PASSING: readonly RefusalCode[] = ['TOKEN_ABSENT', 'TOKEN_REMOVED', 'TOKEN_FAILED', 'MODULE_FAILED'];

export type Polling = { readonly signal?: AbortSignal; readonly everyMs?: number };

/**
 * Waits until a token is plugged in and can be read.
 * @throws the signal's reason; Refusal MODULE_UNFIT, TOKEN_AMBIGUOUS: nothing that waiting helps
 */
export async function waitForToken(
  token: Token,
  address: TokenAddress,
  { signal, everyMs = EVERY_MS }: Polling = {},
): Promise<TokenState> {
  for (;;) {
    try {
      return findToken(await orAborted(token.list({ fresh: true }), signal), address);
    } catch (error) {
      if (!isRefusal(error) || !PASSING.includes(error.code)) throw error;
    }
    await pause(everyMs, signal);
  }
}

export type TokensChange = {
  readonly tokens: readonly TokenState[];
  readonly plugged: readonly TokenState[];
  readonly pulled: readonly TokenState[];
  /** why the driver could not be asked; the tokens are then those of the last time */
  readonly fault: RefusalCode | null;
};

/**
 * Tells the tokens at first, and then each change, until the signal is given. While a signer is open it waits.
 * A token's faults are told as changes, not thrown.
 */
export async function watchTokens(
  token: Token,
  onChange: (change: TokensChange) => void,
  signal: AbortSignal,
  everyMs = EVERY_MS,
): Promise<void> {
  let last: TokensChange | null = null;
  try {
    for (;;) {
      const next: TokensChange = changeSince(last?.tokens ?? [], await orAborted(askTwice(token), signal));
      if (next.plugged.length + next.pulled.length > 0 || next.fault !== last?.fault) onChange(next);
      last = next;
      await pause(everyMs, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** A driver that cannot start anew in one process can in another, which the second asking starts. */
async function askTwice(token: Token): Promise<readonly TokenState[] | Refusal> {
  const ask = () =>
    token.list({ fresh: true }).catch((error: unknown) => {
      if (isRefusal(error)) return error;
      throw error;
    });
  const first = await ask();
  return isRefusal(first) ? ask() : first;
}

function changeSince(before: readonly TokenState[], asked: readonly TokenState[] | Refusal): TokensChange {
  if (isRefusal(asked)) return { tokens: before, plugged: [], pulled: [], fault: asked.code };
  const missing = (from: readonly TokenState[], among: readonly TokenState[]) =>
    from.filter(({ serial }) => serial !== '' && !among.some((other) => other.serial === serial));
  // a slot that cannot be read for a moment may hold any of them
  const unsure = asked.some(isNameless);
  const pulled = missing(before, asked);
  return {
    tokens: unsure ? [...asked, ...pulled] : asked,
    plugged: missing(asked, before),
    pulled: unsure ? [] : pulled,
    fault: null,
  };
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return orAborted(wait(ms, undefined, signal ? { signal } : {}), signal);
}

/** A token that is asked, or waits for another to be done with it, keeps nobody who has left. */
function orAborted<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason as Error);
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
