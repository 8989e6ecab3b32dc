import { expect, test } from 'vitest';
import { compare } from '../support/differential/compare.ts';
import { explanationOf } from '../support/differential/explained.ts';

test('agrees with `openssl verify` on generated and mutated chains, but for the differences that are explained', async () => {
  const { bothValid, differences } = await compare(300, 20261123);
  expect(differences.filter((difference) => explanationOf(difference) === null)).toEqual([]);
  // that the chains are no nonsense which everybody refuses
  expect(bothValid).toBeGreaterThan(60);
});
