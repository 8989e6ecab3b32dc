import { base64, base64url, fromBase64 } from '#core/bytes';
import { instant } from '#core/dates';
import { isRefusal, Refusal } from '#core/refusal';
import { sha256 } from '#verifier/crypto-node';
import type { AgentApi } from '../api.ts';
import type { Journal } from '../journal.ts';
import type { SigningSession } from '../session.ts';
import { summaryText } from '../terminal/summary-text.ts';
import type { SignerCertificate } from '../token/signer-certificate.ts';
import type { Token, TokenState, Unlock } from '../token/token.ts';
import { recomputeBatch, type RecomputedBatch } from './approve-batch.ts';
import { earlierFor, sequelOf, type Earlier, type Sequel } from './resume.ts';
import { drawSample } from './sample.ts';
import { prepareList, signPrepared, type PreparedSignature } from './sign-list.ts';
import { submitSignature } from './submit.ts';

/** The door the signer stands at: what it shows, the yes it asks for, the PIN it brings. */
export type Door = {
  readonly show: (text: string) => void;
  /** @throws Refusal APPROVAL_DECLINED */
  readonly approve: () => Promise<void>;
  /** @throws Refusal PIN_UNREADABLE, PIN_LAST_TRY, PIN_LOCKED */
  readonly unlock: () => Promise<Unlock>;
};

export type Ceremony = {
  readonly api: AgentApi;
  readonly session: SigningSession;
  readonly journal: Journal;
  readonly token: Token;
  readonly tokenState: TokenState;
  readonly signer: SignerCertificate;
  readonly door: Door;
  readonly pss: boolean;
  readonly sampleSize: number;
};

export type Stage = 'stream' | 'approve' | 'sign' | 'submit';

export type Signed = {
  readonly cmsSha256: string;
  readonly collectedAt: string;
  /** the signature was in the journal already: only handed in */
  readonly resumed: boolean;
  readonly seconds: Readonly<Record<Stage, number>>;
};

/**
 * A batch from its leaves to its collected signature: recompute, show, yes and PIN, sign once, hand in. What is about to be signed is
 * on the disk before the token is asked.
 * @throws Refusal of recomputeBatch, drawSample, the door, the token, the API; STATEMENT_OUT_OF_SEQUENCE, SESSION_ENDED
 */
export async function signBatch(ceremony: Ceremony): Promise<Signed> {
  const { journal, session, signer } = ceremony;
  const { statement, statementSha256 } = session;
  const seconds = { stream: 0, approve: 0, sign: 0, submit: 0 };
  const sequel = sequelOf(journal.entries, statement, statementSha256);
  const earlier = earlierFor(journal.entries, statementSha256, signer.sha256);
  if (!earlier.result) {
    const batch = await timed(seconds, 'stream', () => recompute(ceremony));
    const unlock = await timed(seconds, 'approve', () => approve(ceremony, batch, sequel, earlier));
    await timed(seconds, 'sign', () => signOnce(ceremony, earlier, unlock));
  }
  const collectedAt = await timed(seconds, 'submit', () => handIn(ceremony));
  const { cmsSha256 } = signedResult(ceremony);
  return { cmsSha256, collectedAt, resumed: earlier.result !== undefined, seconds };
}

async function recompute({ api, session, door }: Ceremony): Promise<RecomputedBatch> {
  const { statement, ended } = session;
  try {
    const progress = (count: number) =>
      door.show(`  đã nhận và kiểm tra ${count} / ${statement.count} hồ sơ`);
    return await recomputeBatch(api.leaves(session.address, ended), statement, progress);
  } catch (error) {
    throw ended.aborted ? ended.reason : error;
  }
}

async function approve(
  { api, session, door, sampleSize }: Ceremony,
  batch: RecomputedBatch,
  sequel: Sequel,
  earlier: Earlier,
): Promise<Unlock> {
  const { statement, statementBytes } = session;
  const { kind, unit, campaign, createdAt } = statement;
  const fetchLine = (index: number) => api.leaf(session.address, index);
  const sample = await drawSample(
    batch.hashes,
    { kind, unit: unit.code, campaign, createdAt },
    sampleSize,
    fetchLine,
  );
  door.show(
    summaryText({
      statement,
      statementDigest: sha256(statementBytes),
      tally: batch.tally,
      sample,
      sequel,
      earlier,
    }),
  );
  await door.approve();
  await session.ensureLease();
  return door.unlock();
}

async function signOnce(ceremony: Ceremony, earlier: Earlier, unlock: Unlock): Promise<void> {
  const { journal, session, token, tokenState, signer } = ceremony;
  const common = {
    batchId: session.statement.batchId,
    statementSha256: session.statementSha256,
    signerSha256: signer.sha256,
  };
  try {
    if (session.ended.aborted) throw session.ended.reason;
    const prepared = prepare(ceremony, earlier);
    const operations = token.tokenOperations;
    const cms = await signPrepared(token, { serial: tokenState.serial }, prepared, unlock).catch(
      (error: unknown) => {
        const wasAsked = earlier.intent !== undefined || token.tokenOperations > operations;
        // a driver that crashed cannot say what it did; any other refusal without a C_Sign made no signature
        if (isRefusal(error) && error.code !== 'MODULE_FAILED' && !wasAsked)
          journal.append({ type: 'unsigned', at: instant(new Date()), ...common, reason: error.code });
        throw error;
      },
    );
    journal.append({
      type: 'result',
      at: instant(new Date()),
      ...common,
      cms: base64(cms),
      cmsSha256: base64url(sha256(cms)),
    });
  } finally {
    unlock.pin.wipe();
  }
}

/** The intent is on the disk when this returns; one that is there already is used again, byte for byte. */
function prepare(
  { journal, session, signer, tokenState, pss }: Ceremony,
  { intent }: Earlier,
): PreparedSignature {
  if (intent) {
    const attributes = fromBase64(intent.signedAttributes);
    if (!attributes) throw new Refusal('AGENT_STATE_DAMAGED', { detail: 'journal' });
    return {
      statement: session.statementBytes,
      algorithm: intent.algorithm,
      certificate: signer.der,
      signedAttributes: attributes,
    };
  }
  const at = new Date();
  const prepared = prepareList(session.statementBytes, signer, tokenState, at, pss);
  journal.append({
    type: 'intent',
    at: instant(at),
    batchId: session.statement.batchId,
    statementSha256: session.statementSha256,
    signerSha256: signer.sha256,
    algorithm: prepared.algorithm,
    signedAttributes: base64(prepared.signedAttributes),
  });
  return prepared;
}

async function handIn(ceremony: Ceremony): Promise<string> {
  const { api, journal, session } = ceremony;
  const { batchId, instance, kind, unit, sequence } = session.statement;
  const { cms, cmsSha256 } = signedResult(ceremony);
  const { collectedAt } = await submitSignature(api, session, cms, cmsSha256);
  journal.append({
    type: 'collected',
    at: collectedAt,
    batchId,
    statementSha256: session.statementSha256,
    instance,
    kind,
    unit: unit.code,
    sequence,
    cmsSha256,
  });
  return collectedAt;
}

function signedResult({ journal, session, signer }: Ceremony) {
  const { result } = earlierFor(journal.entries, session.statementSha256, signer.sha256);
  if (!result) throw new Refusal('AGENT_STATE_DAMAGED', { detail: 'the journal lacks the result' });
  return result;
}

async function timed<T>(seconds: Record<Stage, number>, stage: Stage, action: () => Promise<T>): Promise<T> {
  const start = performance.now();
  try {
    return await action();
  } finally {
    seconds[stage] = Math.round(performance.now() - start) / 1000;
  }
}
