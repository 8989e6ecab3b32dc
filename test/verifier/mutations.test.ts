import { expect, test } from 'vitest';
import { base64 } from '#core/bytes';
import { mutations, originalsHold } from './support/mutations/run-mutations.ts';

/** A small run of the campaign of that name: here structures change as structures, and parts of one thing stand in another. */
test('nothing that was changed or swapped at random is accepted', { timeout: 120_000 }, async () => {
  expect(await originalsHold()).toBe(true);
  const tried = { evidence: 0, cms: 0, ocsp: 0 };
  for await (const { kind, isAccepted, bytes } of mutations(1500, 20260101)) {
    tried[kind]++;
    if (isAccepted) expect.fail(`${kind}: ${base64(bytes)}`);
  }
  for (const count of Object.values(tried)) expect(count).toBeGreaterThan(200);
});
