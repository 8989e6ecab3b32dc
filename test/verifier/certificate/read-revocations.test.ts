import { expect, test } from 'vitest';
import { readRevocations, type ReadBatches } from '#verifier/certificate/read-revocations';
import { nodeCrypto } from '#verifier/crypto-node';
import { prepareTrust } from '#verifier/trust/trust';
import {
  AT,
  batchOf,
  ec,
  indexFile,
  kidText,
  ministryTrust,
  revocationIndex,
  rsa,
  sha256Text,
} from './support/judge.ts';

const [one, two] = [batchOf(ec, ['A', 'B']), batchOf(ec, ['C'])];
const index = indexFile(
  revocationIndex([
    [ec, one, 2],
    [ec, two, 1],
  ]),
);

/** Reads an index and counts how often each batch is asked for. */
async function reader(indexBytes: Uint8Array, batches: readonly Uint8Array[], read?: ReadBatches) {
  const asked: string[] = [];
  const had = new Map(batches.map((bytes) => [sha256Text(bytes), bytes]));
  const reading = await readRevocations({
    indexBytes,
    batch: async (sha256) => {
      asked.push(sha256);
      await new Promise(setImmediate);
      return had.get(sha256) ?? null;
    },
    trust: prepareTrust(ministryTrust()),
    at: AT,
    crypto: nodeCrypto,
    ...(read ? { read } : {}),
  });
  return { reading, asked, had };
}

test('fifty who ask at once have each batch read once', async () => {
  const { reading, asked } = await reader(index, [one, two]);
  const known = await Promise.all(Array.from({ length: 50 }, async () => reading.ofKey(kidText(ec))));
  expect(asked).toEqual([sha256Text(one), sha256Text(two)]);
  expect(new Set(known).size).toBe(1);
  expect(known[0]).toMatchObject({ findings: [], hashes: { size: 3 } });
});

test('a batch that was not had is asked for again, and those that were are not where they are kept', async () => {
  const read: ReadBatches = new Map();
  const { reading, asked, had } = await reader(index, [one], read);
  expect((await reading.ofKey(kidText(ec))).findings).toMatchObject([{ code: 'REVOCATIONS_UNKNOWN' }]);
  had.set(sha256Text(two), two);
  expect((await reading.ofKey(kidText(ec))).findings).toEqual([]);
  expect(asked).toEqual([sha256Text(one), sha256Text(two), sha256Text(two)]);
});

test('a batch that could not be read for an error is read again', async () => {
  let fails = true;
  const reading = await readRevocations({
    indexBytes: indexFile(revocationIndex([[ec, two, 1]])),
    batch: () => (fails ? Promise.reject(new Error('lost')) : Promise.resolve(two)),
    trust: prepareTrust(ministryTrust()),
    at: AT,
    crypto: nodeCrypto,
  });
  await expect(reading.ofKey(kidText(ec))).rejects.toThrow('lost');
  fails = false;
  expect((await reading.ofKey(kidText(ec))).hashes.size).toBe(1);
});

test('batches are kept from one index to the next while it names them, and judged by each', async () => {
  const read: ReadBatches = new Map();
  const first = await reader(index, [one, two], read);
  await first.reading.ofKey(kidText(ec));
  const next = await reader(indexFile(revocationIndex([[ec, one, 2]])), [], read);
  expect(await next.reading.ofKey(kidText(ec))).toMatchObject({ findings: [], hashes: { size: 2 } });
  expect(next.asked).toEqual([]);
  expect([...read.keys()]).toEqual([sha256Text(one)]);
  for (const wrong of [revocationIndex([[ec, one, 1]]), revocationIndex([[rsa, one, 2]])]) {
    const { reading } = await reader(indexFile(wrong), [], read);
    const of = await reading.ofKey(wrong.batches[0]?.kid ?? '');
    expect(of).toMatchObject({ findings: [{ code: 'REVOCATIONS_MALFORMED' }], hashes: { size: 0 } });
  }
});
