import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { base64, base64url } from '#core/bytes';
import type { Json } from '#core/record/canonical-bytes';
import type { Fault } from '#core/refusal';
import { isRefusal } from '#core/refusal';
import { readCertificate } from '#verifier/der/certificate';

/**
 * A description of a trust list is the trust list's own JSON in any spelling. Where a row wants bytes or a digest of a certificate or key,
 * it may name a file instead, `{"file": "signer.pem"}`, beside the description.
 */
export function readDescription(path: string): { value: Json; faults: Fault[] } {
  const faults: Fault[] = [];
  const folder = dirname(resolve(path));
  const value = JSON.parse(readFileSync(path, 'utf8')) as Json;
  return { value: put(value, '', folder, faults), faults };
}

/** What a file becomes, by the place that names it. */
const makers: readonly (readonly [RegExp, (bytes: Buffer) => string])[] = [
  [/^\/roots\/\d+\/certificate$/, (bytes) => base64(certificateIn(bytes))],
  [/^\/signers\/\d+\/certificate$/, (bytes) => digest(certificateIn(bytes))],
  [/^\/signers\/\d+\/subject$/, (bytes) => base64(readCertificate(certificateIn(bytes)).subject)],
  [/^\/signers\/\d+\/issuerKey$/, (bytes) => digest(readCertificate(certificateIn(bytes)).spki)],
  [/^\/services\/\d+\/key$/, serviceKeyIn],
];

function put(value: Json, at: string, folder: string, faults: Fault[]): Json {
  if (typeof value !== 'object' || value === null) return value;
  const maker = makers.find(([place]) => place.test(at))?.[1];
  const file = 'file' in value ? value['file'] : null;
  if (maker && typeof file === 'string') return fromFile(resolve(folder, file), at, maker, faults);
  if (Array.isArray(value)) return value.map((one: Json, i) => put(one, `${at}/${i}`, folder, faults));
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, put(one as Json, `${at}/${key}`, folder, faults)]),
  );
}

function fromFile(file: string, at: string, maker: (bytes: Buffer) => string, faults: Fault[]): Json {
  try {
    return maker(readFileSync(file));
  } catch (error) {
    const code = isRefusal(error) ? error.code : 'file_unreadable';
    faults.push({ at, code: `${code} ${file}` });
    return UNREAD;
  }
}

/** Stands where a file could not be read, so that it is not told twice. */
const UNREAD = { file: '' };

/** DER of a file in DER or PEM. */
function certificateIn(bytes: Buffer): Uint8Array {
  return Uint8Array.from(new X509Certificate(bytes).raw);
}

/** A certificate as it is (time-stamp authorities), or a public key in PEM. */
function serviceKeyIn(bytes: Buffer): string {
  if (bytes[0] === 0x30 || bytes.includes('BEGIN CERTIFICATE')) return base64(certificateIn(bytes));
  return base64(createPublicKey(bytes).export({ format: 'der', type: 'spki' }));
}

function digest(bytes: Uint8Array): string {
  return base64url(createHash('sha256').update(bytes).digest());
}
