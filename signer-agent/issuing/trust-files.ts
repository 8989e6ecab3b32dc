import { Refusal } from '#core/refusal';
import { parseTrustKeys, type TrustKeys } from '#core/sign/trust-list';
import { nodeCrypto } from '#verifier/crypto-node';
import { dateTrust, openTrust, type OpenedTrust, type TrustReading } from '#verifier/trust/read-trust';
import { readBytes, stampOf } from './file-stamp.ts';
import type { SeenSequences } from './seen-sequences.ts';

/** The worker's own trust list and pins: files that the Ministry puts there, read again when they change. The API has no part in it. */
export class TrustFiles {
  readonly #trust: string;
  readonly #trustKeys: string;
  readonly #seen: SeenSequences;
  #opened: OpenedTrust | null = null;
  #stamp = '';

  constructor(trust: string, trustKeys: string, seen: SeenSequences) {
    this.#trust = trust;
    this.#trustKeys = trustKeys;
    this.#seen = seen;
  }

  /**
   * @throws Refusal CONFIG_INVALID where a file cannot be read; TRUST_MALFORMED, TRUST_UNTRUSTED, TRUST_OF_OTHER_INSTANCE, TRUST_STALE:
   *   then nothing is signed
   */
  async at(now: Date): Promise<TrustReading> {
    const opened = await this.#reread();
    const reading = dateTrust(opened, now, this.#seen.trust);
    const [finding] = reading.findings;
    if (finding) throw new Refusal(finding.code, { detail: finding.detail ?? this.#trust });
    if (!reading.trust) throw new Refusal('TRUST_MALFORMED', { detail: this.#trust });
    this.#seen.sawTrust(reading.trust.list.sequence);
    return reading;
  }

  async #reread(): Promise<OpenedTrust> {
    const stamp = [this.#trust, this.#trustKeys].map(stampOf).join(' ');
    if (this.#opened && stamp === this.#stamp) return this.#opened;
    const pins: TrustKeys = parseTrustKeys(readBytes(this.#trustKeys));
    const opened = await openTrust({ envelopeBytes: readBytes(this.#trust), pins, crypto: nodeCrypto });
    this.#opened = opened;
    this.#stamp = stamp;
    return opened;
  }
}
