import { canonicalText } from '#core/record/canonical-bytes';
import type { Row } from '#core/record/row';
import { freeze, importRows, verifyIdentities, type World } from '../../support/world.ts';
import { newPeople } from './new-people.ts';

/** A frozen batch, as its unit sees it. */
export type OpenBatch = { readonly batchId: string; readonly count: number; readonly statement: Uint8Array };

/** Takes clean new people of one place in, verified: what the next batches of its district and facility will hold. */
export async function bringIn(
  world: World,
  records: number,
  district = '760',
  facility = '79-00123',
): Promise<Row[]> {
  const { rows, registered } = newPeople(records, district, facility);
  for (const person of registered) world.register.know(person);
  const answer = await importRows(world, rows);
  if (answer.body['new'] !== records) throw new Error(`import: ${answer.text}`);
  await verifyIdentities(world);
  return rows;
}

/** Freezes what is eligible for a unit now. @param key of the unit */
export async function openBatch(world: World, key: string): Promise<OpenBatch> {
  const batch = await freeze(world, key);
  if (batch['state'] !== 'open') throw new Error(`freeze: ${canonicalText(batch as { state: string })}`);
  return {
    batchId: String(batch['batchId']),
    count: Number(batch['count']),
    statement: Buffer.from(String(batch['statement'])),
  };
}
