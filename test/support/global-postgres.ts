import { mkdtempSync, rmSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '#signing-api/postgres/start';

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string;
  }
}

/** One real PostgreSQL for all test files; every world makes its own database in it. */
export default async function globalPostgres(project: TestProject): Promise<() => Promise<void>> {
  // below /tmp whatever TMPDIR says: the server's account must be able to walk there
  const folder = mkdtempSync('/tmp/kyso-test-');
  const postgres = await startPostgres({ dataDir: folder });
  project.provide('postgresUrl', postgres.url);
  return async () => {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
