import { X509Certificate } from 'node:crypto';
import { instant } from '#core/dates';
import { isRefusal, Refusal } from '#core/refusal';
import { inPeriod } from '#core/sign/trust-list';
import type { DocumentSignersReading } from '#verifier/certificate/document-signers';
import { freshness, readDocumentSigners } from '#verifier/certificate/read-document-signers';
import { nodeCrypto } from '#verifier/crypto-node';
import type { Trust } from '#verifier/trust/trust';
import { readBytes, stampOf } from './file-stamp.ts';
import { issuingKey, type IssuingKey, type Period } from './issuing-key.ts';
import type { SeenSequences } from './seen-sequences.ts';

const COUNTRY = 'VN';

/**
 * Keys by their certificates, DER or PEM, which the Ministry hands in one by one: each must be fit.
 * @throws Refusal CONFIG_INVALID, CERTIFICATE_MALFORMED; of issuingKey
 */
export function keysOfFiles(files: readonly string[], at: Date): IssuingKey[] {
  return files.map((file) => issuingKey(certificateIn(file), at));
}

/** The signed list as a file that the Ministry puts there, read again when it changes. */
export class DocumentSignerList {
  readonly #file: string;
  readonly #seen: SeenSequences;
  #read: { readonly stamp: string; readonly trust: Trust; readonly reading: DocumentSignersReading } | null =
    null;

  constructor(file: string, seen: SeenSequences) {
    this.#file = file;
    this.#seen = seen;
  }

  /**
   * Those keys of the list that may sign vaccination certificates now: it has keys of other types and of other days, too.
   * @throws Refusal CONFIG_INVALID, DOCUMENT_SIGNERS_MALFORMED, DOCUMENT_SIGNERS_UNTRUSTED, TRUST_OF_OTHER_INSTANCE;
   *   DOCUMENT_SIGNERS_STALE, also where a newer list was seen
   */
  async keys(trust: Trust, at: Date): Promise<IssuingKey[]> {
    const reading = await this.#reread(trust, at);
    const [finding] = [...reading.findings, ...freshness(reading, at)];
    const { byKid, list } = reading;
    if (finding || !byKid || !list)
      throw new Refusal(finding?.code ?? 'DOCUMENT_SIGNERS_UNTRUSTED', { detail: this.#file });
    if (list.sequence < this.#seen.documentSigners)
      throw new Refusal('DOCUMENT_SIGNERS_STALE', {
        detail: `sequence ${list.sequence}, ${this.#seen.documentSigners} was seen`,
      });
    this.#seen.sawDocumentSigners(list.sequence);
    const now = instant(at);
    return [...byKid.values()].flat().flatMap(({ certificate, rows }) => {
      const row = rows.find((one) => one.country === COUNTRY && inPeriod(one, now));
      return row ? fitKey(certificate.der, at, row) : [];
    });
  }

  async #reread(trust: Trust, at: Date): Promise<DocumentSignersReading> {
    const stamp = stampOf(this.#file);
    if (this.#read?.stamp === stamp && this.#read.trust === trust) return this.#read.reading;
    const fileBytes = readBytes(this.#file);
    const reading = await readDocumentSigners({ fileBytes, trust, at, crypto: nodeCrypto });
    this.#read = { stamp, trust, reading };
    return reading;
  }
}

function fitKey(der: Uint8Array, at: Date, period: Period): IssuingKey[] {
  try {
    return [issuingKey(der, at, period)];
  } catch (error) {
    if (isRefusal(error)) return [];
    throw error;
  }
}

function certificateIn(file: string): Uint8Array {
  const bytes = readBytes(file);
  try {
    return Uint8Array.from(new X509Certificate(bytes).raw);
  } catch (cause) {
    throw new Refusal('CERTIFICATE_MALFORMED', { detail: file, cause });
  }
}
