import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '#signing-api/postgres/start';

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string;
  }
}

/** One real PostgreSQL for all test files; every world makes its own database in it. */
export default async function globalPostgres(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startPostgres({ dataDir: join(process.cwd(), '.test', 'postgres') });
  project.provide('postgresUrl', postgres.url);
  return () => postgres.stop();
}
