import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImportQueue } from '#signing-api/import-queue';
import { importRows, makeWorld, ndjson, waitFor, type World } from '../support/world.ts';
import { operatorOf, personRow } from './rows-in.ts';

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(() => world.close());

function gate(): { open: () => void; passed: Promise<void> } {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { open, passed };
}

describe('the queue of imports', () => {
  it('runs one at a time, in order, and goes on after one that fails', async () => {
    const queue = new ImportQueue();
    const first = gate();
    const order: string[] = [];
    const a = queue.run(async () => {
      await first.passed;
      order.push('a');
      throw new Error('a broke');
    });
    const b = queue.run(() => Promise.resolve(order.push('b')));
    const c = queue.run(() => Promise.resolve(order.push('c')));
    first.open();
    await expect(a).rejects.toThrow('a broke');
    await Promise.all([b, c]);
    expect(order).toEqual(['a', 'b', 'c']);
    await queue.run(() => Promise.resolve(order.push('d')));
    expect(order).toEqual(['a', 'b', 'c', 'd']);
  });

  it('lets so many wait and refuses the next with OVERLOADED', async () => {
    const queue = new ImportQueue(1);
    const first = gate();
    const a = queue.run(() => first.passed);
    const b = queue.run(() => Promise.resolve('b'));
    await expect(queue.run(() => Promise.resolve('c'))).rejects.toMatchObject({ code: 'OVERLOADED' });
    first.open();
    await a;
    expect(await b).toBe('b');
  });

  it('refuses with OVERLOADED whose turn does not come, and does not run it later', async () => {
    const queue = new ImportQueue(5, 20);
    const first = gate();
    const a = queue.run(() => first.passed);
    let isRun = false;
    const b = queue.run(() => Promise.resolve((isRun = true)));
    await expect(b).rejects.toMatchObject({ code: 'OVERLOADED' });
    first.open();
    await a;
    expect(await queue.run(() => Promise.resolve('c'))).toBe('c');
    expect(isRun).toBe(false);
  });
});

describe('imports that wait for a slow one', () => {
  it('take up no connection: others are served, the 21st is told OVERLOADED, and each has its turn', async () => {
    const key = await operatorOf(world);
    const slow = request(`${world.url}/v1/imports`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/x-ndjson',
        'idempotency-key': randomUUID(),
      },
    });
    const slowStatus = new Promise<number | undefined>((resolve, reject) => {
      slow.on('response', (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      slow.on('error', reject);
    });
    slow.write(ndjson([personRow()]));
    await waitFor(
      async () =>
        (
          await world.sql(
            `select from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())`,
          )
        ).length > 0,
    );
    const waiting = Array.from({ length: 20 }, () => importRows(world, [personRow()], key));
    await waitFor(
      async () =>
        (await world.sql(`select from idempotency_keys where route = 'POST /v1/imports' and status is null`))
          .length === 21,
    );
    expect((await world.call('GET', '/v1/units', { key })).status).toBe(200);
    expect(await importRows(world, [personRow()], key)).toMatchObject({
      status: 503,
      body: { code: 'OVERLOADED' },
    });
    slow.end();
    expect(await slowStatus).toBe(201);
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(waiting.map(() => 201));
  });
});
