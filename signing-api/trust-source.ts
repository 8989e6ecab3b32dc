import { readFile, stat } from 'node:fs/promises';
import { parseTrustKeys } from '#core/sign/trust-list';
import { Refusal } from '#core/refusal';
import type { Envelope } from '#core/sign/envelope';
import type { Crypto } from '#verifier/crypto-port';
import { dateTrust, openTrust, type OpenedTrust, type TrustReading } from '#verifier/trust/read-trust';
import type { Trust } from '#verifier/trust/trust';
import { readKnownFile, type Config } from './config.ts';
import { keepTrustSequence, trustSequenceSeen } from './store/trust-sequence.ts';
import type { Database } from './store/database.ts';

/** The trust list that signatures are judged with: a file, read again when it changes, never an older one than seen before. */
export type TrustSource = {
  readonly reading: (at: Date) => Promise<TrustReading>;
  /** @throws Refusal TRUST_UNTRUSTED and the others of readTrust: nothing is collected without a trust list */
  readonly trust: (at: Date) => Promise<Trust>;
  readonly envelope: () => Promise<Envelope>;
  /** From here on what was seen before is what the database says, and what is seen is kept there: it outlives a restart. */
  readonly rememberIn: (db: Database) => Promise<void>;
};

type TrustFile = { readonly stamp: string; readonly bytes: Buffer; readonly opened: OpenedTrust };

export function trustSource(config: Config, crypto: Crypto): TrustSource {
  const pins = parseTrustKeys(readKnownFile(config.trustKeysFile));
  let memory: Database | null = null;
  let seen = 0;
  let kept = 0;
  let file: TrustFile | null = null;
  const current = async (): Promise<TrustFile> => {
    const { size, mtimeMs, ino } = await stat(config.trustFile);
    const stamp = `${size}/${mtimeMs}/${ino}`;
    if (file?.stamp === stamp) return file;
    const bytes = await readFile(config.trustFile);
    return (file = { stamp, bytes, opened: await openTrust({ envelopeBytes: bytes, pins, crypto }) });
  };
  const reading = async (at: Date) => {
    const answer = dateTrust((await current()).opened, at, seen);
    if (answer.trust) seen = Math.max(seen, answer.trust.list.sequence);
    if (memory && seen > kept) {
      await keepTrustSequence(memory, seen, at);
      kept = seen;
    }
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
  return {
    reading,
    trust,
    envelope: async () => JSON.parse((await current()).bytes.toString('utf8')) as Envelope,
    rememberIn: async (db) => {
      memory = db;
      kept = await trustSequenceSeen(db);
      seen = Math.max(seen, kept);
    },
  };
}
