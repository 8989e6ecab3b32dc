import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { readNdjson } from '#signing-api/files/read-ndjson';
import { SourceText } from '#signing-api/files/source';

async function readAll(source: SourceText): Promise<number> {
  let rows = 0;
  for await (const row of readNdjson(source)) rows += row.rowNo > 0 ? 1 : 0;
  return rows;
}

it('refuses an upload that stands still, so that it cannot hold up the other imports', async () => {
  const upload = new PassThrough();
  upload.write('{"name":"x"}\n');
  await expect(readAll(new SourceText(upload, 1_000_000, 50))).rejects.toMatchObject({
    code: 'SOURCE_UNREADABLE',
    detail: 'the upload stalled',
  });
});

it('refuses an upload that breaks off', async () => {
  const upload = new PassThrough();
  upload.write('{"name":"x"}\n');
  setImmediate(() => upload.destroy(new Error('socket hang up')));
  await expect(readAll(new SourceText(upload, 1_000_000))).rejects.toMatchObject({
    code: 'SOURCE_UNREADABLE',
    detail: 'the upload broke off',
  });
});
