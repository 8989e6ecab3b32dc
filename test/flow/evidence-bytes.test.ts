import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalText, type Json } from '#core/record/canonical-bytes';
import { AttestationCache } from '#verifier/attestation-cache';
import { verifyEvidence, type VerifyOptions } from '#verifier/index';
import { fetchEvidence, publicLists, recordsOf } from './support/evidence.ts';
import { bringIn } from './support/new-batch.ts';
import { makeScene, type Scene, type Unit } from './support/scene.ts';

/** Evidence as the API really makes it, signed by real tokens, of an RSA and of an ECDSA district and of both kinds of unit. */

const WEST: Unit = ['district', '760'];
const EAST: Unit = ['district', '769'];

type Files = Readonly<Record<'rsa' | 'rsaOther' | 'ecdsa' | 'ecdsaHolder' | 'both', string>>;

let scene: Scene;
let files: Files;
let lists: VerifyOptions;
beforeAll(async () => {
  scene = await makeScene();
  await bringIn(scene.world, 5, '760', '79-00123');
  await bringIn(scene.world, 5, '769', '79-00208');
  const [west, east] = [await signed('district-760', WEST), await signed('district-769', EAST)];
  const alone = {
    rsa: await fetched(west, 0),
    rsaOther: await fetched(west, 3),
    ecdsa: await fetched(east, 0),
  };
  await signed('facility-79-00208', ['facility', '79-00208']);
  files = { ...alone, ecdsaHolder: await fetched(east, 2, 'holder'), both: await fetched(east, 1) };
  lists = await publicLists(scene.world, { offline: true });
});
afterAll(() => scene.close());

type Signed = readonly { readonly recordId: string; readonly district: string }[];

async function signed(name: string, unit: Unit): Promise<Signed> {
  const signer = await scene.signer(name, unit);
  const batch = await scene.freeze(unit);
  expect(await signer.sign(batch.batchId)).toMatchObject({ refused: null });
  return recordsOf(scene.world, batch.batchId);
}

async function fetched(records: Signed, index: number, copy: 'holder' | 'other' = 'other'): Promise<string> {
  const record = records[index];
  const answer = await fetchEvidence(scene.world, record?.district ?? '', record?.recordId ?? '', copy);
  expect(answer.status, answer.text).toBe(200);
  return answer.text;
}

const verdictOf = async (text: string | Uint8Array, options = lists) =>
  (await verifyEvidence(typeof text === 'string' ? Buffer.from(text) : text, options)).verdict;

// of evidence that the API made; every byte, by every mask, is tried in the verifier's own tests
describe('the bytes', () => {
  it.each([
    ['rsa', 13],
    ['ecdsaHolder', 13],
    ['both', 37],
  ] as const)(
    'of %s evidence counts: none can be changed (every %i)',
    { timeout: 120_000 },
    async (name, step) => {
      const bytes = Buffer.from(files[name]);
      // as the command line judges many files of one batch, so that a changed file never lives on an unchanged one's verdict
      const options = { ...lists, cache: new AttestationCache() };
      expect(await verdictOf(bytes, options)).toBe('valid');
      for (let i = 0; i < bytes.length; i += step) {
        bytes[i] = (bytes[i] ?? 0) ^ 0x01;
        if ((await verdictOf(Uint8Array.from(bytes), options)) === 'valid') expect.fail(`byte ${i}`);
        bytes[i] = (bytes[i] ?? 0) ^ 0x01;
      }
      expect(await verdictOf(bytes, options)).toBe('valid');
    },
  );
});

type Path = readonly (string | number)[];

function places(value: Json, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const members = Object.entries(value).flatMap(([key, member]) =>
    places(member as Json, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return [path, ...members];
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

describe('no part can be swapped', () => {
  it.each([
    ['rsa', 'rsaOther'],
    ['ecdsaHolder', 'both'],
  ] as const)('between %s and %s', { timeout: 120_000 }, async (one, other) => {
    const whole = new Set(Object.values(files));
    let tried = 0;
    for (const [into, from] of [
      [JSON.parse(files[one]) as Json, JSON.parse(files[other]) as Json],
      [JSON.parse(files[other]) as Json, JSON.parse(files[one]) as Json],
    ] as const)
      for (const target of places(into))
        for (const source of places(from)) {
          const changed = canonicalText(put(into, target, at(from, source)));
          if (whole.has(changed)) continue;
          tried++;
          if ((await verdictOf(changed)) === 'valid')
            expect.fail(`${source.join('/')} → ${target.join('/')}`);
        }
    expect(tried).toBeGreaterThan(300);
  });
});
