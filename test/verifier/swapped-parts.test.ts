import { expect, test } from 'vitest';
import { canonicalText, type Json } from '#core/record/canonical-bytes';
import { utf8 } from '#core/bytes';
import type { Evidence } from '#core/sign/evidence';
import { verifyEvidence } from '#verifier/index';
import {
  ecEvidence,
  ecFamily,
  ecItem,
  ecSigner,
  options,
  rsaEvidence,
  rsaItem,
} from './support/standard-world.ts';
import { makeEvidence, makeList, record } from './support/world.ts';

type Path = readonly (string | number)[];

/** Every member and element, at every depth. */
function places(value: Json, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    path,
    ...Object.entries(value).flatMap(([key, member]) =>
      places(member as Json, [...path, Array.isArray(value) ? Number(key) : key]),
    ),
  ];
}

function at(value: Json, path: Path): Json {
  return path.reduce<Json>((part, key) => (part as Record<string | number, Json>)[key] as Json, value);
}

function put(value: Json, [key, ...rest]: Path, part: Json): Json {
  if (key === undefined) return part;
  const copy = (Array.isArray(value) ? [...(value as Json[])] : { ...(value as object) }) as Record<
    string | number,
    Json
  >;
  copy[key] = put(copy[key] as Json, rest, part);
  return copy;
}

const otherList = makeList(
  [8, 9, 10].map((number) => record(number)),
  { batchId: '01800000-0000-7000-8000-00000000b002', sequence: 2, previous: 'A'.repeat(43) },
);
const first = ecEvidence({ withOpening: true });
const sameBatch: Evidence = {
  ...first,
  ...(({ record, opening }) => ({ record, opening }))(ecEvidence({ index: 1, withOpening: true })),
  attestations: first.attestations.map((one) => ({
    ...one,
    proof: ecEvidence({ index: 1 }).attestations[0]?.proof,
  })),
};
const pairs: Record<string, readonly [Evidence, Evidence]> = {
  'of one batch': [first, sameBatch],
  'of two batches of one signer': [
    first,
    makeEvidence({ list: otherList, index: 1, signer: ecSigner, family: ecFamily }),
  ],
  'of two signers over one list': [rsaEvidence(), first],
  'both items, of one batch': [ecItem({ withOpening: true }), ecItem({ index: 1, withOpening: true })],
  'both items, of two signers': [rsaItem(), ecItem()],
  'an item and a list, of one signer and record': [ecItem(), ecEvidence()],
  'an item and a list, of two signers': [rsaItem({ index: 0 }), first],
  'of two signers and two records': [
    rsaEvidence({ index: 0 }),
    makeEvidence({ list: otherList, index: 0, signer: ecSigner, family: ecFamily }),
  ],
};

test.each(Object.entries(pairs))(
  'no part swapped between two valid ones %s gives valid',
  { timeout: 120_000 },
  async (_name, pair) => {
    const asked = await options({ offline: true, status: null });
    const texts = pair.map((one) => canonicalText(one as Json));
    for (const text of texts) expect((await verifyEvidence(utf8(text), asked)).verdict).toBe('valid');
    let tried = 0;
    for (const [into, from] of [pair, [pair[1], pair[0]]] as unknown as [Json, Json][])
      for (const target of places(into))
        for (const source of places(from)) {
          const changed = canonicalText(put(into, target, at(from, source)));
          if (texts.includes(changed)) continue;
          tried++;
          const { verdict } = await verifyEvidence(utf8(changed), asked);
          if (verdict === 'valid') expect.fail(`${source.join('/')} → ${target.join('/')}: valid`);
        }
    expect(tried).toBeGreaterThan(300);
  },
);

test('the proof of one record does not serve another', async () => {
  const asked = await options();
  for (const index of [0, 1, 3, 6]) {
    const evidence = { ...ecEvidence({ index }), record: ecEvidence({ index: 2 }).record };
    expect((await verifyEvidence(utf8(canonicalText(evidence as Json)), asked)).reasons).toContain(
      'PROOF_INVALID',
    );
  }
});
