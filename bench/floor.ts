import { openService } from '#signing-api/open-service';
import { readConfig } from '#signing-api/config';

/**
 * The floor of a list: the same sealed lines read once from the same database in leaf order, and hashed, with nothing else done.
 * @returns seconds
 */
export async function listFloor(env: Readonly<Record<string, string>>): Promise<number> {
  const { service, close } = await openService(readConfig(env));
  try {
    const start = performance.now();
    const lines = service.db.pages<{ line: Buffer }>(
      `select sealed_line as line from leaves where district = $1 order by record_id, version`,
      ['760'],
      5000,
    );
    for await (const page of lines) for (const { line } of page) service.crypto.sha256(line);
    return (performance.now() - start) / 1000;
  } finally {
    await close();
  }
}
