import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '#signing-api/store/database';
import { freshDatabase } from '../../support/world.ts';

let url: string;
let db: Database;
beforeAll(async () => {
  url = await freshDatabase();
  db = new Database(url, 1, 1);
});
afterAll(() => db.close());

describe('the database', () => {
  it('lets a reader of pages write meanwhile, also where all other connections are one', async () => {
    await db.query('create table seen (n integer)');
    for await (const page of db.pages<{ n: number }>('select n from generate_series(1, 10) n', [], 3))
      await db.transaction(async (tx) => {
        for (const { n } of page) await tx.query('insert into seen values ($1)', [n]);
      });
    expect(await db.query('select count(*) as count from seen')).toEqual([{ count: 10 }]);
  });

  it('ends a report that takes too long with OVERLOADED', async () => {
    await expect(db.within(50).query('select pg_sleep(20)')).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect(await db.within(20_000).query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('keeps the bound of a report to that report', async () => {
    await db.within(50).query('select 1');
    expect(await db.query('show statement_timeout')).toEqual([{ statement_timeout: '0' }]);
  });

  it.each(['postgres://x@no-such-host.invalid/x', 'postgres://x@127.0.0.1:1/x'])(
    'says UNAVAILABLE where there is no server: %s',
    async (nowhere) => {
      const lost = new Database(nowhere);
      await expect(lost.query('select 1')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await lost.close();
    },
  );
});
