import { base64url } from '#core/bytes';
import { parseStreamEnd, type StreamEnd } from '#core/record/stream-line';
import { isRefusal, Refusal } from '#core/refusal';
import type { ListStatement } from '#core/sign/statement';
import { StreamRoot } from '#core/tree/stream-root';
import { sha256 } from '#verifier/crypto-node';
import { checkLeaf } from './check-leaf.ts';
import { LeafHashes } from './leaf-hashes.ts';
import { LineReader } from './line-reader.ts';
import { FacilityDays } from './outliers.ts';
import { prefixedLeaf } from './prefixed-leaf.ts';
import { RecordIds } from './record-ids.ts';
import type { Outlier } from './summary.ts';
import { Tally } from './tally.ts';

/** A list recomputed from its records: what the signer is shown comes from here, and only from here. */
export type RecomputedBatch = {
  readonly tally: Tally;
  /** to hold against records that are fetched again */
  readonly hashes: LeafHashes;
  /** by leaf index, as the hashes */
  readonly recordIds: RecordIds;
  readonly outliers: readonly Outlier[];
  /** records that were left out of the search for outliers */
  readonly uncounted: number;
};

const PROGRESS_EVERY = 10_000;

/**
 * Recomputes a batch from the stream of its leaves and holds it against the statement. Nothing is signed where anything differs.
 * @param chunks NDJSON (core/record/stream-line.ts)
 * @throws Refusal BATCH_CHANGED: order, count or root; and those of checkLeaf, INPUT_TOO_LARGE, API_ANSWER_INVALID, each naming the leaf
 */
export async function recomputeBatch(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  statement: ListStatement,
  onProgress?: (done: number) => void,
): Promise<RecomputedBatch> {
  const recount = new Recount(statement, onProgress);
  const reader = new LineReader((text, bytes, start, end) => recount.take(text, bytes, start, end));
  for await (const chunk of chunks) reader.push(chunk);
  if (!reader.atLineEnd)
    throw new Refusal('API_ANSWER_INVALID', { detail: 'the stream stops within a line' });
  return recount.finish();
}

class Recount {
  readonly #statement: ListStatement;
  readonly #scope;
  readonly #tally = new Tally();
  readonly #hashes = new LeafHashes();
  readonly #recordIds = new RecordIds();
  readonly #days = new FacilityDays();
  readonly #root = new StreamRoot(sha256);
  readonly #onProgress: ((count: number) => void) | undefined;
  #previous = '';
  #end: StreamEnd | null = null;

  constructor(statement: ListStatement, onProgress?: (count: number) => void) {
    const { kind, unit, campaign, createdAt } = statement;
    this.#statement = statement;
    this.#scope = { kind, unit: unit.code, campaign, createdAt };
    this.#onProgress = onProgress;
  }

  take(text: string, bytes: Buffer, start: number, end: number): void {
    if (this.#end) throw new Refusal('API_ANSWER_INVALID', { detail: 'lines after the end of the stream' });
    this.#end = text.length < 200 ? parseStreamEnd(text) : null;
    if (this.#end) return;
    try {
      this.#leaf(text, bytes, start, end);
    } catch (error) {
      throw isRefusal(error) ? located(error, this.#hashes.count) : error;
    }
  }

  #leaf(text: string, bytes: Buffer, start: number, end: number): void {
    if (this.#hashes.count === this.#statement.count)
      throw new Refusal('BATCH_CHANGED', { detail: 'more leaves than the statement names' });
    const { record, leaf } = checkLeaf(text, this.#scope);
    const place = record.residence.district + record.recordId;
    // strictly ascending, so nothing is there twice; both parts are ASCII, so text order is the order of bytes
    if (place <= this.#previous) throw new Refusal('BATCH_CHANGED', { detail: 'leaves are out of order' });
    this.#previous = place;
    this.#root.push(this.#hashes.add(prefixedLeaf(leaf, text, bytes, start, end)));
    this.#recordIds.add(record.recordId);
    this.#days.add(record);
    this.#tally.add(record);
    if (this.#hashes.count % PROGRESS_EVERY === 0) this.#onProgress?.(this.#hashes.count);
  }

  finish(): RecomputedBatch {
    const { count, root } = this.#statement;
    if (!this.#end) throw new Refusal('API_ANSWER_INVALID', { detail: 'the stream has no end line' });
    if (this.#end.count !== count || this.#hashes.count !== count)
      throw new Refusal('BATCH_CHANGED', { detail: 'count' });
    if (this.#end.root !== root || base64url(this.#root.end()) !== root)
      throw new Refusal('BATCH_CHANGED', { detail: 'root' });
    // a record has one district, so it cannot stand under two
    if (this.#recordIds.hasDouble())
      throw new Refusal('BATCH_CHANGED', { detail: 'a record stands in it twice' });
    this.#onProgress?.(count);
    return {
      tally: this.#tally,
      hashes: this.#hashes,
      recordIds: this.#recordIds,
      outliers: this.#days.outliers(),
      uncounted: this.#days.uncounted,
    };
  }
}

/** Says which leaf, by its number only: records are personal. */
function located(refusal: Refusal, index: number): Refusal {
  return new Refusal(refusal.code, {
    detail: `leaf ${index}${refusal.detail ? `: ${refusal.detail}` : ''}`,
    faults: refusal.faults.map(({ at, code }) => ({ at: `/leaves/${index}${at}`, code })),
    cause: refusal,
  });
}
