import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

/**
 * Why there is no answer, in words that name nobody; what passes by itself may be asked again at once, and what lies with the host is
 * nothing that another address there would answer.
 */
export class FetchFault extends Error {
  override readonly name = 'FetchFault';
  readonly isPassing: boolean;
  readonly isOfHost: boolean;

  constructor(reason: string, { isPassing = false, isOfHost = false } = {}) {
    super(reason);
    this.isPassing = isPassing;
    this.isOfHost = isOfHost;
  }
}

export type Asked = {
  readonly url: URL;
  /** a POST where there is one, else a GET */
  readonly post?: { readonly type: string; readonly body: Uint8Array };
  readonly maxBytes: number;
  /** from the connection to the last byte */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
};

/**
 * Asks one address once and follows nowhere: what comes is not trusted, so it is bounded in size and time while it comes.
 * @throws FetchFault
 */
export function fetchBytes({ url, post, maxBytes, timeoutMs, signal }: Asked): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const headers = post ? { 'content-type': post.type, 'content-length': post.body.length } : {};
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: post ? 'POST' : 'GET',
      // one answer an hour needs no connection kept open
      agent: false,
      headers,
      signal,
    });
    const end = (settle: () => void) => {
      clearTimeout(timer);
      settle();
      request.destroy();
    };
    const fail = (fault: FetchFault) => {
      end(() => {
        reject(fault);
      });
    };
    const timer = setTimeout(() => {
      fail(new FetchFault('time limit', { isOfHost: true }));
    }, timeoutMs);
    request.on('error', () => {
      fail(new FetchFault('no connection', { isPassing: true, isOfHost: true }));
    });
    request.on('response', (response) => {
      gather(response, maxBytes).then((bytes) => {
        end(() => {
          resolve(bytes);
        });
      }, fail);
    });
    request.end(post?.body);
  });
}

async function gather(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const { statusCode = 0, headers } = response;
  if (statusCode !== 200) {
    const isOfHost = statusCode >= 500;
    throw new FetchFault(`status ${statusCode}`, { isPassing: isOfHost || statusCode === 429, isOfHost });
  }
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw new FetchFault('size limit');
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > maxBytes) break;
      parts.push(part);
    }
  } catch {
    throw new FetchFault('connection broken', { isPassing: true });
  }
  if (bytes > maxBytes) throw new FetchFault('size limit');
  return Buffer.concat(parts);
}
