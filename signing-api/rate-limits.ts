import { isIPv6 } from 'node:net';
import rateLimit from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import { Refusal } from '#core/refusal';
import type { App } from './routes/app-type.ts';

export const MINUTE_MS = 60_000;
/** Addresses remembered for each route. */
const ADDRESSES = 50_000;

/** Routes that say `rateLimit` count by the client's address, as the reverse proxy on this machine names it (X-Forwarded-For). */
export async function addRateLimits(app: App): Promise<void> {
  await app.register(rateLimit, {
    global: false,
    cache: ADDRESSES,
    keyGenerator: addressOf,
    errorResponseBuilder: () => new Refusal('TOO_MANY_REQUESTS'),
  });
}

/** RFC 4291 §2.5.5.2 */
const IPV4_MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** Of IPv6 the network: a household has 2^64 addresses. Of IPv4 written as IPv6 the address. */
function addressOf(request: FastifyRequest): string {
  const ip = IPV4_MAPPED.exec(request.ip)?.[1] ?? request.ip;
  if (!isIPv6(ip)) return ip;
  const [head = '', tail] = ip.split('::');
  const groups = head.split(':');
  if (tail === undefined) return groups.slice(0, 4).join(':');
  const rest = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - rest.length) }, () => '0');
  return [...groups, ...zeros, ...rest].slice(0, 4).join(':');
}

/** A bound on all who ask together, whatever their addresses. @param perMinute of them all */
export function boundOnAll(app: App, perMinute: number): (request: FastifyRequest) => Promise<void> {
  const count = app.createRateLimit({ max: perMinute, timeWindow: MINUTE_MS, keyGenerator: () => 'all' });
  return async (request) => {
    const counted = await count(request);
    if (!counted.isAllowed && counted.isExceeded) throw new Refusal('TOO_MANY_REQUESTS');
  };
}
