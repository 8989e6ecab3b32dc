import { mkdir, rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { z } from 'zod';
import { isRefusal, Refusal } from '#core/refusal';
import { MAX_PAPERS } from '#core/wire/papers';
import { writeSealed } from '../../files/sealed-file.ts';
import { PaperPress } from '../../paper/press.ts';
import type { Service } from '../../service.ts';
import type { ClaimedJob } from '../../store/jobs.ts';
import { findPaper, listPapers } from '../../store/papers.ts';
import { paperFile, paperFolder, unfinishedFile } from './paper-folder.ts';
import { paperSource } from './paper-source.ts';
import type { Progress } from '../verify-identity.ts';

const REPORT_EVERY = 25;

const scope = z.object({
  district: z.string(),
  ward: z.string().nullable(),
  facility: z.string().nullable(),
  after: z.string().nullable(),
});
/** What a job prints, as it is kept with it. */
export const paperWish = z.union([z.object({ certificateIds: z.array(z.string()) }), z.object({ scope })]);
export type PaperWish = z.infer<typeof paperWish>;

export type PrintedPapers = {
  readonly printed: number;
  readonly leftOut: readonly string[];
  readonly next: string | null;
};

/**
 * Prints certificates into a ZIP, one page at a time, sealed on the disk. A run that is cut off leaves nothing that counts: the next
 * begins anew. What ended since it was asked for, or cannot be printed, is left out and named.
 * @throws Refusal CERTIFICATE_UNKNOWN where nothing is to be printed
 */
export async function printPapers(
  service: Service,
  job: ClaimedJob,
  wish: PaperWish,
  progress: Progress,
  signal: AbortSignal,
): Promise<PrintedPapers> {
  const { ids, next } = await wanted(service, wish);
  if (ids.length === 0) throw new Refusal('CERTIFICATE_UNKNOWN', { detail: 'no certificate in force' });
  await mkdir(paperFolder(service), { recursive: true, mode: 0o700 });
  const part = unfinishedFile(service, job);
  const press = new PaperPress();
  const halt = new AbortController();
  const zip = new ZipFile();
  const written = writeSealed(
    service.sealer,
    job.jobId,
    part,
    zip.outputStream,
    AbortSignal.any([signal, halt.signal]),
  );
  written.catch(() => undefined);
  try {
    const leftOut: string[] = [];
    for (const [i, id] of ids.entries()) {
      if (i % REPORT_EVERY === 0) await progress(i, ids.length);
      const page = await printOne(service, press, id);
      if (page) await Promise.race([taken(zip, `${id}.pdf`, page), written]);
      else leftOut.push(id);
    }
    zip.end();
    await written;
    await rename(part, paperFile(service, job.jobId));
    await progress(ids.length, ids.length);
    return { printed: ids.length - leftOut.length, leftOut, next };
  } catch (error) {
    halt.abort();
    await written.catch(() => undefined);
    await rm(part, { force: true });
    signal.throwIfAborted();
    throw error;
  } finally {
    await press.close();
  }
}

async function wanted(
  service: Service,
  wish: PaperWish,
): Promise<{ readonly ids: readonly string[]; readonly next: string | null }> {
  if ('certificateIds' in wish) return { ids: wish.certificateIds, next: null };
  const found = await listPapers(service.db, wish.scope, service.clock(), MAX_PAPERS + 1);
  const ids = found.slice(0, MAX_PAPERS);
  return { ids, next: found.length > ids.length ? (ids.at(-1) ?? null) : null };
}

async function printOne(service: Service, press: PaperPress, id: string): Promise<Buffer | null> {
  const row = await findPaper(service.db, id, service.clock());
  if (!row) return null;
  try {
    return await press.print(paperSource(service, row), 'pdf');
  } catch (error) {
    // of this certificate alone
    if (isRefusal(error) && error.http === 422) return null;
    throw error;
  }
}

/** Resolves once the ZIP has come to this page, so that one page waits at most. */
function taken(zip: ZipFile, name: string, page: Buffer): Promise<void> {
  return new Promise((resolve) => {
    zip.addReadStreamLazy(name, { mode: 0o100600, compressionLevel: 1 }, (give) => {
      give(null, Readable.from([page]));
      resolve();
    });
  });
}
