import { sha256 } from '#verifier/crypto-node';
import type { AgentApi } from '../api.ts';
import type { Home } from '../config.ts';
import type { Journal } from '../journal.ts';
import type { SigningSession } from '../session.ts';
import type { SignerCertificate } from '../token/signer-certificate.ts';
import type { Token, TokenState, Unlock } from '../token/token.ts';
import { recomputeBatch, type RecomputedBatch } from './approve-batch.ts';
import type { Door } from './door.ts';
import { eachWork } from './each-work.ts';
import { demandGoingOn } from './going-on.ts';
import { listWork } from './list-work.ts';
import { differenceOf, rememberList } from './memory-of-lists.ts';
import { Pace } from './pace.ts';
import { openRecords } from './records.ts';
import { sequelOf, type Earlier, type Sequel } from './resume.ts';
import { drawSample } from './sample.ts';

export type Ceremony = {
  readonly home: Home;
  readonly api: AgentApi;
  readonly session: SigningSession;
  readonly journal: Journal;
  readonly token: Token;
  readonly tokenState: TokenState;
  readonly signer: SignerCertificate;
  readonly revocation: 'good' | 'unknown';
  readonly door: Door;
  readonly pss: boolean;
  readonly sampleSize: number;
  readonly now: () => Date;
  /** kept up to date, so that they hold wherever it ends */
  readonly counts: Counts;
};

/** Records of the batch, by what became of them. */
export type Counts = {
  /** signed by this run; in `list` mode all of them or none */
  signed: number;
  /** signed already, earlier or elsewhere: not signed again */
  skipped: number;
  /** signed, and the signature did not hold or the API would not take it */
  failed: number;
};

export type Stage = 'stream' | 'approve' | 'sign' | 'submit';
export type StageSeconds = Readonly<Record<Stage, number>>;

export type Signed = {
  readonly collectedAt: string;
  /** every signature was in the journal already: only handed in */
  readonly resumed: boolean;
  /** of the one signature, in `list` mode */
  readonly cmsSha256?: string;
  readonly seconds: StageSeconds;
};

/** How a batch is signed: as a list, or record by record. */
export type Work = {
  readonly earlier: Earlier;
  /** how many records are signed already */
  readonly signedItems: number;
  /** nothing is left for the token */
  readonly isSigned: boolean;
  /** Journals every signature before it counts. Wipes the PIN. */
  readonly sign: (batch: RecomputedBatch, unlock: Unlock) => Promise<void>;
  readonly handIn: () => Promise<{ readonly collectedAt: string; readonly cmsSha256?: string }>;
};

/**
 * A batch from its leaves to its collected signatures: recompute, show, yes and PIN, sign, hand in. What is about to be signed is on the
 * disk before the token is asked.
 * @throws Refusal of recomputeBatch, drawSample, the door, the token, the API; STATEMENT_OUT_OF_SEQUENCE, SESSION_ENDED,
 *   SIGNING_STOPPED
 */
export async function signBatch(ceremony: Ceremony): Promise<Signed> {
  const { journal, session, counts } = ceremony;
  const { statement, statementSha256 } = session;
  const seconds = { stream: 0, approve: 0, sign: 0, submit: 0 };
  const sequel = sequelOf(journal.entries, statement, statementSha256);
  const work = statement.mode === 'list' ? listWork(ceremony) : await eachWork(ceremony);
  counts.skipped = work.signedItems;
  let batch: RecomputedBatch | null = null;
  if (!work.isSigned) {
    const recomputed = await timed(seconds, 'stream', () => recompute(ceremony));
    const unlock = await timed(seconds, 'approve', () => approve(ceremony, recomputed, sequel, work));
    await timed(seconds, 'sign', () => work.sign(recomputed, unlock));
    batch = recomputed;
  } else {
    // only to remember the list; what is signed is handed in whatever comes of it
    batch = await recompute(ceremony).catch(() => null);
  }
  const { collectedAt, ...one } = await timed(seconds, 'submit', () => work.handIn());
  const { batchId, instance, kind, unit, sequence } = statement;
  const list = { batchId, statementSha256, instance, kind, unit: unit.code, sequence };
  journal.append({ type: 'collected', at: collectedAt, ...list, ...one });
  if (batch) remember(ceremony, batch);
  return { collectedAt, resumed: work.isSigned, ...one, seconds };
}

/** A list that is not remembered, on a full disk say, is told at the next one: the difference is then not complete. */
function remember({ home, session }: Ceremony, batch: RecomputedBatch): void {
  try {
    rememberList(home, session.statement, session.statementSha256, batch);
  } catch (error) {
    if (!(error instanceof Error && 'errno' in error)) throw error;
  }
}

async function recompute(ceremony: Ceremony): Promise<RecomputedBatch> {
  const { api, session, door } = ceremony;
  const { statement, ended, address } = session;
  const pace = new Pace();
  const progress = (done: number) => {
    pace.reached(done, performance.now());
    const total = statement.count;
    door.progress({ stage: 'receive', done, total, secondsLeft: pace.secondsFor(total - done) });
  };
  progress(0);
  try {
    const leaves = api.leaves(address, AbortSignal.any([ended, door.stop]));
    return await recomputeBatch(leaves, statement, progress);
  } catch (error) {
    demandGoingOn(ceremony);
    throw error;
  }
}

async function approve(
  ceremony: Ceremony,
  batch: RecomputedBatch,
  sequel: Sequel,
  { earlier, signedItems }: Work,
): Promise<Unlock> {
  const { home, api, session, door, sampleSize, tokenState, revocation } = ceremony;
  const { statement, statementBytes, statementSha256, address, ended } = session;
  const { kind, unit, campaign, createdAt } = statement;
  const scope = { kind, unit: unit.code, campaign, createdAt };
  const fetchLine = (index: number) => api.leaf(address, index);
  const records = openRecords(
    { fetchLine, fetchLeaves: () => api.leaves(address, ended) },
    batch.hashes,
    scope,
  );
  const summary = {
    statement,
    statementDigest: sha256(statementBytes),
    tally: batch.tally,
    sample: await drawSample(batch.hashes, scope, sampleSize, fetchLine),
    sequel,
    earlier,
    difference: differenceOf(home, statement, statementSha256, batch),
    outliers: batch.outliers,
    uncounted: batch.uncounted,
    revocation,
    signedItems,
  };
  demandGoingOn(ceremony);
  await door.approve(summary, records);
  await session.ensureLease();
  // who stopped meanwhile is not asked for the PIN
  demandGoingOn(ceremony);
  return door.unlock(tokenState);
}

async function timed<T>(seconds: Record<Stage, number>, stage: Stage, action: () => Promise<T>): Promise<T> {
  const start = performance.now();
  try {
    return await action();
  } finally {
    seconds[stage] = Math.round(performance.now() - start) / 1000;
  }
}
