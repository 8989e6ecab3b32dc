import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
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
] as const;
export type Manner = (typeof MANNERS)[number];

export type Responders = {
  /** `${url}/ocsp/<authority>` takes POST, `${url}/crl/<authority>.crl` GET */
  readonly url: string;
  /** method and path of every request so far */
  readonly requests: readonly string[];
  readonly behave: (manner: Manner) => void;
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
  let manner: Manner = 'honest';
  const requests: string[] = [];
  const stranger = fileKey(await newFileKey('P-256'));

  async function ocsp(name: AuthorityName, body: Uint8Array): Promise<Uint8Array> {
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

  async function crl(name: AuthorityName): Promise<Uint8Array> {
    const { files } = await loadPki(pkiFolder);
    const of =
      manner === 'other-certificate' ? (name === 'government-ca' ? 'national-ca' : 'government-ca') : name;
    const der = Uint8Array.from(await readFile(crlFile(files, of)));
    // the last octet belongs to the signature value
    if (manner === 'wrong-signer') der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
    return der;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    requests.push(`${request.method ?? ''} ${path}`);
    const [, kind, rest = ''] = /^\/(ocsp|crl)\/([a-z-]+)(?:\.crl)?$/.exec(path) ?? [];
    const name = AUTHORITY_NAMES.find((one) => one === rest);
    const body = await bodyOf(request);
    if (!kind || !name || !body || request.method !== (kind === 'ocsp' ? 'POST' : 'GET'))
      return void response.writeHead(404).end();
    const type = kind === 'ocsp' ? 'application/ocsp-response' : 'application/pkix-crl';
    if (manner === 'redirect') return void response.writeHead(302, { location: '/elsewhere' }).end();
    if (manner === 'try-later' && kind === 'crl')
      return void response.writeHead(503, { 'retry-after': '1' }).end();
    if (manner === 'garbage') return void response.writeHead(200, { 'content-type': type }).end('<html>');
    if (manner === 'slow') return void response.writeHead(200, { 'content-type': type }).write('0');
    if (manner === 'huge') return endless(response.writeHead(200, { 'content-type': type }));
    const der = kind === 'ocsp' ? await ocsp(name, body) : await crl(name);
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
    behave: (next) => {
      manner = next;
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
  if (manner !== 'other-certificate') return request;
  const questions = request.questions.map((question) => {
    const der = Uint8Array.from(question.der);
    // the serial number stands last
    der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
    const serial = Uint8Array.from(question.serial);
    serial[serial.length - 1] = (serial.at(-1) ?? 0) ^ 1;
    return { ...question, der, serial };
  });
  return { ...request, questions };
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
