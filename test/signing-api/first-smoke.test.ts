import { afterAll, beforeAll, expect, it } from 'vitest';
import { freeze, importRows, makeWorld, people, verifyIdentities, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(() => world.close());

it('smoke', async () => {
  const doses = people(world, 500, { errors: true });
  const answer = await importRows(world, doses.map((d) => d.row));
  expect(answer.text).toContain('importId');
  console.log(answer.text.slice(0, 600));
  await verifyIdentities(world);
  const key = await world.key('district', '760');
  console.log((await world.call('GET', '/v1/reports/stages', { key })).text);
  const batch = await freeze(world, key);
  console.log(batch);
  console.log((await world.call('GET', '/v1/reports/stages', { key })).text);
  console.log((await world.call('GET', '/v1/status', {})).text.slice(0, 200));
});
