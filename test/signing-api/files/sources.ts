import { Readable } from 'node:stream';
import { readCsv } from '#signing-api/files/read-csv';
import { readNdjson } from '#signing-api/files/read-ndjson';
import { SourceText, type SourceRow } from '#signing-api/files/source';

type Chunks = string | Buffer | readonly (string | Buffer)[];

export function sourceText(content: Chunks, maxBytes = 1024 ** 2): SourceText {
  const chunks = typeof content === 'string' || Buffer.isBuffer(content) ? [content] : content;
  return new SourceText(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), maxBytes);
}

export const csvRows = (content: Chunks, maxBytes?: number) => all(readCsv(sourceText(content, maxBytes)));
export const ndjsonRows = (content: Chunks, maxBytes?: number) =>
  all(readNdjson(sourceText(content, maxBytes)));

async function all(rows: AsyncIterable<SourceRow>): Promise<SourceRow[]> {
  const out: SourceRow[] = [];
  for await (const row of rows) out.push(row);
  return out;
}

/** One chunk a byte: every border there is. */
export function bytewise(text: string): Buffer[] {
  return [...Buffer.from(text)].map((byte) => Buffer.from([byte]));
}
