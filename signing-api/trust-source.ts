import { readFile, stat } from 'node:fs/promises';
import { parseTrustKeys } from '#core/sign/trust-list';
import { Refusal } from '#core/refusal';
import type { Envelope } from '#core/sign/envelope';
import type { Crypto } from '#verifier/crypto-port';
import { readTrust, type TrustReading } from '#verifier/trust/read-trust';
import type { Trust } from '#verifier/trust/trust';
import { readKnownFile, type Config } from './config.ts';

/** The trust list that signatures are judged with: a file, read again when it changes, never an older one than seen before. */
export type TrustSource = {
  readonly reading: (at: Date) => Promise<TrustReading>;
  /** @throws Refusal TRUST_UNTRUSTED and the others of readTrust: nothing is collected without a trust list */
  readonly trust: (at: Date) => Promise<Trust>;
  readonly envelope: () => Promise<Envelope>;
};

export function trustSource(config: Config, crypto: Crypto): TrustSource {
  const pins = parseTrustKeys(readKnownFile(config.trustKeysFile));
  let seen = 0;
  let file: { readonly stamp: string; readonly bytes: Buffer } | null = null;
  const bytes = async () => {
    const { size, mtimeMs, ino } = await stat(config.trustFile);
    const stamp = `${size}/${mtimeMs}/${ino}`;
    if (file?.stamp !== stamp) file = { stamp, bytes: await readFile(config.trustFile) };
    return file.bytes;
  };
  const reading = async (at: Date) => {
    const answer = await readTrust({
      envelopeBytes: await bytes(),
      pins,
      at,
      highestSequenceSeen: seen,
      crypto,
    });
    if (answer.trust) seen = Math.max(seen, answer.trust.list.sequence);
    return answer;
  };
  const trust = async (at: Date) => {
    const answer = await reading(at);
    const [first] = answer.findings;
    if (first) throw new Refusal(first.code, { detail: first.detail ?? 'trust list' });
    if (!answer.trust) throw new Refusal('TRUST_UNTRUSTED');
    if (answer.trust.list.instance !== config.instance) throw new Refusal('TRUST_OF_OTHER_INSTANCE');
    return answer.trust;
  };
  return { reading, trust, envelope: async () => JSON.parse((await bytes()).toString('utf8')) as Envelope };
}
