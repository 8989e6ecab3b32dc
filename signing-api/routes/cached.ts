import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * Sends bytes that caches may keep: their own digest is the ETag, and who has them already is told so (RFC 9110 §13.1.2).
 * @param sha256 base64url, of the bytes
 */
export async function sendCached(
  request: FastifyRequest,
  reply: FastifyReply,
  { bytes, sha256, type, cacheControl }: Cached,
): Promise<void> {
  void reply.header('cache-control', cacheControl);
  if (isHeld(request, reply, sha256)) await reply.code(304).send();
  else await reply.type(type).send(bytes);
}

/** Whether the client says that it has these bytes; their ETag is set either way. @param sha256 base64url */
export function isHeld(request: FastifyRequest, reply: FastifyReply, sha256: string): boolean {
  const etag = `"${sha256}"`;
  void reply.header('etag', etag);
  const known = request.headers['if-none-match']?.split(',') ?? [];
  return known.some((one) => one.trim().replace(/^W\//, '') === etag || one.trim() === '*');
}

export type Cached = {
  readonly bytes: Buffer | string;
  readonly sha256: string;
  readonly type: string;
  readonly cacheControl: string;
};
