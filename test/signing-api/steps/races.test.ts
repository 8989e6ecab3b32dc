import { afterAll, beforeAll, expect, it } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import type { Row } from '#core/record/row';
import type { Caller } from '#signing-api/caller';
import type { SourceRow } from '#signing-api/files/source';
import { importSource } from '#signing-api/steps/import-source';
import { makeBatch } from '#signing-api/steps/make-batch';
import { openLease } from '#signing-api/steps/request-batch';
import { claimInstance } from '#signing-api/store/settings';
import { dropLease, takeLease } from '#signing-api/store/leases';
import { makeWorld, verifyIdentities, type World } from '../../support/world.ts';
import { knownAs, personRow, stageOf, take } from '../rows-in.ts';

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(() => world.close());

const BY = '01a2050d-6ec4-7392-9cfd-72fe9dd3fa1a';
const operator: Caller = { keyId: BY, role: 'operator', unit: null };
const unit = { kind: 'district', code: '760' } as const;
const noProgress = () => Promise.resolve();

async function eligibleRow(changes: Row = {}): Promise<string> {
  const row = personRow(changes);
  knownAs(world, row);
  const taken = await take(world, [row]);
  await verifyIdentities(world);
  return String(taken.ids[0]);
}

it('two processes on one freeze make one batch, and both say the same', async () => {
  await eligibleRow();
  const batchId = uuidv7();
  await takeLease(world.service.db, openLease(unit), batchId, new Date(), null);
  const order = { batchId, unit, mode: 'list', by: BY } as const;
  const made = await Promise.all([1, 2].map(() => makeBatch(world.service, order, noProgress)));
  expect(made[0]).toEqual(made[1]);
  expect(await world.sql('select 1 from batches where batch_id = $1', [batchId])).toHaveLength(1);
});

it('a freeze whose unit gave the batch up makes nothing', async () => {
  const batchId = uuidv7();
  const making = makeBatch(world.service, { batchId, unit, mode: 'list', by: BY }, noProgress);
  await expect(making).rejects.toMatchObject({ code: 'BATCH_WITHDRAWN' });
  expect(await world.sql('select 1 from batch_leaves where batch_id = $1', [batchId])).toHaveLength(0);
});

it('freezes no record of another campaign', async () => {
  const elsewhere = { kind: 'facility', code: '79-01017' } as const;
  await eligibleRow({ facility: '79-01017' });
  const batchId = uuidv7();
  await takeLease(world.service.db, openLease(elsewhere), batchId, new Date(), null);
  const service = { ...world.service, config: { ...world.service.config, campaign: 'influenza' } };
  const making = makeBatch(service, { batchId, unit: elsewhere, mode: 'list', by: BY }, noProgress);
  await expect(making).rejects.toMatchObject({ code: 'BATCH_EMPTY' });
  await dropLease(world.service.db, openLease(elsewhere), batchId);
});

it('a withdrawal answered while an import moves the record holds where it lives then', async () => {
  const row = personRow({ ward: '26734' });
  const recordId = String((await take(world, [row])).ids[0]);
  const district = await world.key('district', '760');
  const gate = withResolvers();
  const reached = withResolvers();
  async function* rows(): AsyncGenerator<SourceRow> {
    yield { rowNo: 1, raw: '', row: { ...row, ward: wardOf769 } };
    // a whole chunk, so that the move is written before the withdrawal comes
    for (let rowNo = 2; rowNo <= 2001; rowNo++) yield { rowNo, raw: '', row: null };
    reached.resolve(undefined);
    await gate.promise;
    yield { rowNo: 2002, raw: '', row: null };
  }
  const importing = importSource(world.service, operator, rows(), () => Buffer.from(uuidv7()));
  await reached.promise;
  const withdrawn = await world.call('POST', `/v1/districts/760/records/${recordId}/withdrawals`, {
    key: district,
    body: { reason: 'test' },
  });
  gate.resolve(undefined);
  await importing;
  expect(withdrawn.status).toBe(201);
  expect(await stageOf(world, '769', recordId)).toMatchObject({ stage: 'blocked', reason: 'WITHDRAWN' });
});

it('a database that one instance used is refused to another', async () => {
  await expect(claimInstance(world.service.db, 'production')).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  });
  await claimInstance(world.service.db, world.service.config.instance);
});

const wardOf769 = '26794';

function withResolvers(): { promise: Promise<undefined>; resolve: (value: undefined) => void } {
  let resolve: (value: undefined) => void = () => undefined;
  const promise = new Promise<undefined>((done) => (resolve = done));
  return { promise, resolve };
}
