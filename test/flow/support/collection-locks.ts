import type pg from 'pg';
import { until } from './kill-flow.ts';
import type { KillStage } from './kill-stage.ts';

/** Holds the API inside one step of the collection, by locking the row that the step needs, until `release`. */
export type Held = { readonly reached: () => Promise<void>; readonly release: () => Promise<void> };

/** In its transaction, before the signature is inserted. */
export async function holdBeforeKeeping(stage: KillStage): Promise<Held> {
  const client = await stage.connect();
  await client.query('begin');
  await client.query(`select from leases where name = 'open:district:760' for update`);
  return held(stage, client, () => Promise.resolve(true));
}

/** Committed, and not yet answered: where the session's lease is given back. */
export async function holdBeforeAnswering(stage: KillStage, batchId: string): Promise<Held> {
  const client = await stage.connect();
  await client.query('begin');
  await client.query('select from leases where name = $1 for update', [`signing:${batchId}`]);
  return held(stage, client, async () => {
    const [row] = await stage.sql<{ n: string }>('select count(*) as n from signatures where batch_id = $1', [
      batchId,
    ]);
    return row?.n === '1';
  });
}

function held(stage: KillStage, client: pg.Client, andAlso: () => Promise<boolean>): Held {
  return {
    reached: () =>
      until(async () => {
        const [row] = await stage.sql<{ n: string }>('select count(*) as n from pg_locks where not granted');
        return Number(row?.n) > 0 && (await andAlso());
      }),
    release: async () => {
      await client.end().catch(() => undefined);
    },
  };
}
