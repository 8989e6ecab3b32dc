import { Client } from 'pg';
import { connectionString, database } from './settings.ts';

const duplicate = new Set(['42P04', '23505']);

/** Makes the service's database at first use; also shows that the server lets its owner in. */
export async function makeDatabase(socketFolder: string, password: string): Promise<void> {
  const client = new Client({ connectionString: connectionString(socketFolder, password, 'postgres') });
  // A server that ends under an idle client tells so by an event.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${database}`);
  } catch (cause) {
    if (!duplicate.has((cause as { code?: string }).code ?? '')) throw cause;
  } finally {
    await client.end();
  }
}
