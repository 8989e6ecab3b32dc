import { readFile, stat } from 'node:fs/promises';
import { base64url } from '#core/bytes';
import { instant } from '#core/dates';
import { Refusal } from '#core/refusal';
import type { DocumentSignersReading, SignersByKid } from '#verifier/certificate/document-signers';
import { freshness, readDocumentSigners } from '#verifier/certificate/read-document-signers';
import type { Crypto } from '#verifier/crypto-port';
import { serviceKeys } from '#verifier/trust/service-keys';
import type { Trust } from '#verifier/trust/trust';

/** The Ministry's list of document signers: a file that others sign, read again when it changes, never an older one than seen before. */
export type DocumentSignersSource = {
  /** @throws Refusal DOCUMENT_SIGNERS_UNTRUSTED where no list is configured */
  readonly file: () => Promise<SignersFile>;
  /** judged with a trust list; whether it is fresh is asked of the reading */
  readonly reading: (trust: Trust, at: Date) => Promise<DocumentSignersReading>;
  /** @throws Refusal the first thing wrong with the list, its age included: nothing is issued without one */
  readonly fresh: (trust: Trust, at: Date) => Promise<SignersByKid>;
};

export type SignersFile = {
  readonly bytes: Buffer;
  /** base64url SHA-256 */
  readonly sha256: string;
};

type Held = SignersFile & {
  readonly stamp: string;
  reading: {
    readonly trust: Trust;
    readonly keys: string;
    readonly of: Promise<DocumentSignersReading>;
  } | null;
};

export function documentSignersSource(path: string | undefined, crypto: Crypto): DocumentSignersSource {
  let held: Held | null = null;
  let seen = 0;
  const file = async (): Promise<Held> => {
    if (path === undefined)
      throw new Refusal('DOCUMENT_SIGNERS_UNTRUSTED', {
        detail: 'no list of document signers is configured',
      });
    const { size, mtimeMs, ino } = await stat(path);
    const stamp = `${size}/${mtimeMs}/${ino}`;
    if (held?.stamp === stamp) return held;
    const bytes = await readFile(path);
    return (held = { stamp, bytes, sha256: base64url(crypto.sha256(bytes)), reading: null });
  };
  const reading = async (trust: Trust, at: Date) => {
    const now = await file();
    const keys = serviceKeys(trust, 'document-signers', instant(at)).map(base64url).join();
    if (now.reading?.trust !== trust || now.reading.keys !== keys)
      now.reading = { trust, keys, of: readDocumentSigners({ fileBytes: now.bytes, trust, at, crypto }) };
    const read = await now.reading.of;
    const sequence = read.list?.sequence ?? seen;
    if (sequence < seen)
      throw new Refusal('DOCUMENT_SIGNERS_STALE', { detail: `sequence ${sequence}, ${seen} was seen` });
    seen = sequence;
    return read;
  };
  const fresh = async (trust: Trust, at: Date) => {
    const read = await reading(trust, at);
    const [first] = [...read.findings, ...freshness(read, at)];
    if (first) throw new Refusal(first.code, { detail: first.detail ?? 'document signers' });
    if (!read.byKid) throw new Refusal('DOCUMENT_SIGNERS_UNTRUSTED');
    return read.byKid;
  };
  return { file, reading, fresh };
}
