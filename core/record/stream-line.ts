import { Refusal } from '../refusal.ts';
import type { IdOpening } from './record.ts';

/**
 * One line of a leaves stream: `{"leaf":<exact leaf bytes>,"opening":{"number":"…","salt":"…"}}`. It is made once, when a version is
 * complete, sealed, and travels unchanged: the leaf is cut out of it by position, never serialised twice.
 */
export const STREAM_END_TYPE = 'kyso/stream-end/v1';

const HEAD = '{"leaf":';
const MIDDLE = ',"opening":{"number":"';
const OPENING = /^,"opening":\{"number":"([0-9A-Z]{5,20})","salt":"([A-Za-z0-9_-]{43})"\}\}$/;

export function streamLine(leaf: string, opening: IdOpening): string {
  return `${HEAD}${leaf},"opening":{"number":"${opening.number}","salt":"${opening.salt}"}}`;
}

/** @throws Refusal NOT_CANONICAL where the line is not of this exact form (the leaf itself is read by parseRecordText). */
export function splitStreamLine(line: string): { readonly leaf: string; readonly opening: IdOpening } {
  const at = line.lastIndexOf(MIDDLE);
  const parts = at < 0 || !line.startsWith(HEAD) ? null : OPENING.exec(line.slice(at));
  if (!parts) throw new Refusal('NOT_CANONICAL', { detail: 'stream line' });
  return { leaf: line.slice(HEAD.length, at), opening: { number: parts[1] ?? '', salt: parts[2] ?? '' } };
}

export type StreamEnd = {
  readonly type: typeof STREAM_END_TYPE;
  readonly count: number;
  readonly root: string;
};

export function streamEnd(count: number, root: string): string {
  return `{"count":${count},"root":"${root}","type":"${STREAM_END_TYPE}"}`;
}

/** The last line of a stream, or null where the line is not one. */
export function parseStreamEnd(line: string): StreamEnd | null {
  const parts = /^\{"count":(\d{1,15}),"root":"([A-Za-z0-9_-]{43})","type":"kyso\/stream-end\/v1"\}$/.exec(
    line,
  );
  return parts && { type: STREAM_END_TYPE, count: Number(parts[1]), root: parts[2] ?? '' };
}
