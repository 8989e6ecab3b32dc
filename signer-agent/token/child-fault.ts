import { isRefusal, Refusal } from '#core/refusal';
import type { Fault } from './protocol.ts';

/** What the agent is told of an error in the child: a code and a detail of our own, never a message that may quote an argument. */
export function faultOf(error: unknown): Fault {
  if (isRefusal(error)) return { code: error.code, detail: error.detail ?? '' };
  return { code: 'MODULE_FAILED', detail: error instanceof Error ? error.name : 'unknown' };
}

/** …and back again. */
export function asRefusal({ code, detail }: Fault): Refusal {
  return new Refusal(code, detail ? { detail } : {});
}
