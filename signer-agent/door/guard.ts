import type { IncomingMessage } from 'node:http';
import { Refusal } from '#core/refusal';
import type { PageKey } from './page-key.ts';

/**
 * Who may speak to the agent on this machine: the page that it served itself, and nobody else. Any web page that the signer visits can
 * send requests to this port, and so can any program of any user; each rule shuts out one way of doing it.
 */

export const KEY_HEADER = 'kyso-page-key';
export const MAX_BODY_BYTES = 16 * 1024;

/** A PIN travels as its bytes: text read from JSON could not be wiped. */
export type ContentType = 'application/json' | 'application/octet-stream';

/** @throws Refusal DOOR_FORBIDDEN: a name that resolves to 127.0.0.1 is another site's (DNS rebinding) */
export function demandHost(request: IncomingMessage, host: string): void {
  if (only(request, 'host') !== host) forbid("Host is not this door's");
}

/**
 * The page itself is given to whoever opens it in a window of its own.
 * @throws Refusal DOOR_FORBIDDEN
 */
export function demandNavigation(request: IncomingMessage): void {
  if (request.method !== 'GET') forbid('method');
  const { headers } = request;
  const says = (name: string, expected: string) => (headers[name] ?? expected) === expected;
  if (!says('sec-fetch-dest', 'document')) forbid('the page is opened within another page');
  if (!says('sec-fetch-mode', 'navigate')) forbid('the page is not opened by a navigation');
  if (headers['sec-purpose'] !== undefined || headers['purpose'] !== undefined)
    forbid('the page is prefetched');
}

/**
 * Everything else is said by the page: same origin, its key, and a content type that no form can send.
 * @throws Refusal DOOR_FORBIDDEN
 */
export function demandOwnPage(
  request: IncomingMessage,
  origin: string,
  key: PageKey,
  contentType: ContentType,
): void {
  if (request.method !== 'POST') forbid('method');
  const from = only(request, 'origin');
  if (from === null) forbid('Origin is missing');
  if (from !== origin) forbid("Origin is not this door's");
  if ((request.headers['sec-fetch-site'] ?? 'same-origin') !== 'same-origin')
    forbid('sent from another site');
  const shown = only(request, KEY_HEADER);
  if (shown === null) forbid('page key is missing');
  if (!key.holds(shown)) forbid('page key is not the current one');
  if (only(request, 'content-type') !== contentType) forbid('content type');
}

/**
 * The body, in one buffer that the caller may wipe; what Node has read it into is wiped here.
 * @throws Refusal DOOR_FORBIDDEN where it is too large
 */
export async function boundedBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) forbid('body too large');
  const body = Buffer.alloc(MAX_BODY_BYTES);
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (length + chunk.length > MAX_BODY_BYTES) forbid('body too large');
    length += chunk.copy(body, length);
    chunk.fill(0);
  }
  return body.subarray(0, length);
}

export function forbid(detail: string): never {
  throw new Refusal('DOOR_FORBIDDEN', { detail });
}

/** The value of a header that is there exactly once; Node would keep the first of several. */
function only({ rawHeaders }: IncomingMessage, name: string): string | null {
  const values = rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name);
  return values.length === 1 ? (values[0] ?? null) : null;
}
