import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeCrl } from './crls.ts';
import { newFileKey, fileKey, keyOf } from './signing-key.ts';
import { issueOcspAnswer, readOcspRequest, refusingOcspAnswer, type OcspRequest } from './ocsp-answer.ts';
import {
  AUTHORITY_NAMES,
  authorityKeyFile,
  authorityNamed,
  crlFile,
  loadPki,
  type AuthorityName,
} from './pki.ts';

/** An OCSP responder and CRL distribution point of the test PKI, over HTTP on 127.0.0.1: honest until it is told not to be. */

export const MANNERS = [
  'honest',
  /** signed with a key that nobody certified */
  'wrong-signer',
  /** ran out yesterday */
  'stale',
  /** tryLater, or 503 for a CRL */
  'try-later',
  /** about another serial number, or another authority's CRL */
  'other-certificate',
  /** bytes that are nothing */
  'garbage',
  /** without an end, until the connection is closed */
  'huge',
  /** begins and never goes on */
  'slow',
  /** to another address of this server */
  'redirect',
  /** without the nonce that was sent */
  'no-nonce',
  /** with another than was sent, as an answer to somebody else has it */
  'wrong-nonce',
  /** 500 */
  'server-error',
] as const;
export type Manner = (typeof MANNERS)[number];
export type Kind = 'ocsp' | 'crl';

export type Responders = {
  /** `${url}/ocsp/<authority>` takes POST, `${url}/crl/<authority>.crl` GET */
  readonly url: string;
  /** method and path of every request so far */
  readonly requests: readonly string[];
  /** @param kind which of the two, both unless told */
  readonly behave: (manner: Manner, kind?: Kind) => void;
  /** so many requests in this manner, then as before */
  readonly behaveFor: (requests: number, manner: Manner) => void;
  readonly close: () => Promise<void>;
};

export type RespondersOptions = {
  /** of the generated PKI, read anew for every request: a certificate revoked meanwhile is revoked */
  readonly pkiFolder: string;
  /** what the responder takes for the time */
  readonly now?: () => Date;
};

const DAY = 86_400_000;
const MAX_REQUEST_BYTES = 16 * 1024;

export async function startResponders({
  pkiFolder,
  now = () => new Date(),
}: RespondersOptions): Promise<Responders> {
  const manners: Record<Kind, Manner> = { ocsp: 'honest', crl: 'honest' };
  let passing = { requests: 0, manner: 'honest' as Manner };
  const requests: string[] = [];
  const stranger = fileKey(await newFileKey('P-256'));

  function nextManner(kind: Kind): Manner {
    if (passing.requests === 0) return manners[kind];
    passing = { ...passing, requests: passing.requests - 1 };
    return passing.manner;
  }

  async function ocsp(name: AuthorityName, body: Uint8Array, manner: Manner): Promise<Uint8Array> {
    if (manner === 'try-later') return refusingOcspAnswer(3);
    const pki = await loadPki(pkiFolder);
    const own = fileKey(keyOf(await readFile(authorityKeyFile(pki.files, name), 'utf8')));
    const start = now().getTime() - (manner === 'stale' ? 2 * DAY : 0);
    return issueOcspAnswer(twisted(readOcspRequest(body), manner), {
      authority: authorityNamed(pki, name),
      key: manner === 'wrong-signer' ? stranger : own,
      thisUpdate: new Date(start),
      nextUpdate: new Date(start + DAY),
    });
  }

  async function crl(name: AuthorityName, manner: Manner): Promise<Uint8Array> {
    const pki = await loadPki(pkiFolder);
    const { files } = pki;
    if (manner === 'stale') {
      const start = now().getTime() - 2 * DAY;
      const dates = { thisUpdate: new Date(start), nextUpdate: new Date(start + DAY) };
      return makeCrl(pki, name, dates);
    }
    const of =
      manner === 'other-certificate' ? (name === 'government-ca' ? 'national-ca' : 'government-ca') : name;
    const der = Uint8Array.from(await readFile(crlFile(files, of)));
    // the last octet belongs to the signature value
    return manner === 'wrong-signer' ? otherLast(der) : der;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    requests.push(`${request.method ?? ''} ${path}`);
    const [, kindText, rest = ''] = /^\/(ocsp|crl)\/([a-z-]+)(?:\.crl)?$/.exec(path) ?? [];
    const name = AUTHORITY_NAMES.find((one) => one === rest);
    const body = await bodyOf(request);
    const kind = kindText === 'ocsp' || kindText === 'crl' ? kindText : null;
    if (!kind || !name || !body || request.method !== (kind === 'ocsp' ? 'POST' : 'GET'))
      return void response.writeHead(404).end();
    const manner = nextManner(kind);
    const type = kind === 'ocsp' ? 'application/ocsp-response' : 'application/pkix-crl';
    if (manner === 'redirect') return void response.writeHead(302, { location: '/elsewhere' }).end();
    if (manner === 'try-later' && kind === 'crl')
      return void response.writeHead(503, { 'retry-after': '1' }).end();
    if (manner === 'server-error') return void response.writeHead(500).end();
    if (manner === 'garbage') return void response.writeHead(200, { 'content-type': type }).end('<html>');
    if (manner === 'slow') return void response.writeHead(200, { 'content-type': type }).write('0');
    if (manner === 'huge') return endless(response.writeHead(200, { 'content-type': type }));
    const der = kind === 'ocsp' ? await ocsp(name, body, manner) : await crl(name, manner);
    response.writeHead(200, { 'content-type': type }).end(der);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    behave: (manner, kind) => {
      if (kind !== 'crl') manners.ocsp = manner;
      if (kind !== 'ocsp') manners.crl = manner;
    },
    behaveFor: (count, manner) => {
      passing = { requests: count, manner };
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function twisted(request: OcspRequest, manner: Manner): OcspRequest {
  if (manner === 'no-nonce') return { ...request, nonce: null };
  if (manner === 'wrong-nonce' && request.nonce) return { ...request, nonce: otherLast(request.nonce) };
  if (manner !== 'other-certificate') return request;
  const questions = request.questions.map((question) => {
    // the serial number stands last
    return { ...question, der: otherLast(question.der), serial: otherLast(question.serial) };
  });
  return { ...request, questions };
}

function otherLast(bytes: Uint8Array): Uint8Array {
  const other = Uint8Array.from(bytes);
  other[other.length - 1] = (other.at(-1) ?? 0) ^ 1;
  return other;
}

/** @returns null past the bound */
async function bodyOf(request: IncomingMessage): Promise<Uint8Array | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_REQUEST_BYTES) return null;
    chunks.push(chunk);
  }
  return Uint8Array.from(Buffer.concat(chunks));
}

function endless(response: ServerResponse): void {
  const chunk = Buffer.alloc(64 * 1024, 0x30);
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
}
