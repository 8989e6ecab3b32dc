import { base64url } from '#core/bytes';
import { streamEnd } from '#core/record/stream-line';
import { Refusal } from '#core/refusal';
import type { Service } from '../service.ts';
import { batchParts, findBatch, sealedLines, type SealedLine } from '../store/batches.ts';
import type { SessionRow } from '../store/sessions.ts';
import { lineRowId } from './complete-versions.ts';

const PAGE = 2000;
const NEWLINE = Buffer.from('\n');

/** The leaves of a frozen batch, in order, as sealed once and never serialised again; the last line says count and root. */
export async function* streamLeaves(service: Service, session: SessionRow): AsyncGenerator<Buffer> {
  const batch = await findBatch(service.db, session.batchId);
  if (!batch) throw new Refusal('BATCH_UNKNOWN');
  const open = ({ recordId, version, sealed }: SealedLine) =>
    service.sealer.open(sealed, lineRowId(recordId, version));
  for (const part of await batchParts(service.db, batch.district, batch.batchId)) {
    const end = part.firstIndex + part.count;
    const read = (from: number) =>
      sealedLines(service.db, batch.batchId, part.leafDistrict, from, Math.min(from + PAGE, end));
    let next = read(part.firstIndex);
    for (let from = part.firstIndex; from < end; from += PAGE) {
      const lines = await next;
      // reading the next page overlaps with unsealing and sending this one
      if (from + PAGE < end) {
        next = read(from + PAGE);
        next.catch(() => undefined);
      }
      yield Buffer.concat(lines.flatMap((line) => [open(line), NEWLINE]));
    }
  }
  yield Buffer.from(streamEnd(batch.count, base64url(batch.root)) + '\n');
}

/** One leaf again, for a person who wants to see it. @throws Refusal RECORD_UNKNOWN where the index is outside the batch */
export async function oneLeaf(service: Service, session: SessionRow, leafIndex: number): Promise<Buffer> {
  const parts = await batchParts(service.db, session.district, session.batchId);
  const part = parts.find(
    ({ firstIndex, count }) => leafIndex >= firstIndex && leafIndex < firstIndex + count,
  );
  const line =
    part && (await sealedLines(service.db, session.batchId, part.leafDistrict, leafIndex, leafIndex + 1))[0];
  if (!line) throw new Refusal('RECORD_UNKNOWN');
  return Buffer.concat([service.sealer.open(line.sealed, lineRowId(line.recordId, line.version)), NEWLINE]);
}
