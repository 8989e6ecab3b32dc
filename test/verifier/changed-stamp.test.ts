import { expect, test } from 'vitest';
import { base64, fromBase64 } from '#core/bytes';
import { canonicalBytes } from '#core/record/canonical-bytes';
import { evidenceBytes, type Evidence } from '#core/sign/evidence';
import { verifyEvidence, type VerifyOptions } from '#verifier/index';
import { withCms, withOcsp } from './support/stamps.ts';
import { ocspSeed, seedFamilies, seedRows, seedServices, stampedSeed } from './support/stamped-seeds.ts';
import { samplePlaces } from './support/sample.ts';
import { asking, trustList } from './support/world.ts';

/** As changed-bytes.test.ts, for what stands around the bytes that authorities and responders sign. */

const list = trustList(seedFamilies, seedRows);
const trust = { ...list, services: [...list.services, ...seedServices] };
const options = (): Promise<VerifyOptions> => asking({ trust, status: null, offline: true });
const seeds = { 'with a time stamp': stampedSeed, 'with an answer of a delegated responder': ocspSeed };

async function isValid(evidence: Evidence, asked: VerifyOptions): Promise<boolean> {
  return (await verifyEvidence(canonicalBytes(evidence), asked)).verdict === 'valid';
}

test.each(Object.entries(seeds))(
  'evidence %s is not valid with a byte changed, one at random of each 64',
  { timeout: 120_000 },
  async (_name, evidence) => {
    const asked = await options();
    const bytes = evidenceBytes(evidence);
    expect(await isValid(evidence, asked)).toBe(true);
    for (const i of samplePlaces(bytes.length, 64, 11)) {
      const changed = Uint8Array.from(bytes);
      const mask = i % 2 === 0 ? 0x01 : 0x20;
      changed[i] = (changed[i] ?? 0) ^ mask;
      const { verdict } = await verifyEvidence(changed, asked);
      if (verdict === 'valid') expect.fail(`byte ${i} ^ ${mask}: valid`);
    }
  },
);

const der = (text = '') => fromBase64(text) ?? new Uint8Array();
const places: [string, Uint8Array, (changed: Uint8Array) => Evidence][] = [
  [
    'signature with its stamp',
    der(stampedSeed.attestations[0]?.signature),
    (put) => withCms(stampedSeed, () => put),
  ],
  ...stampedSeed.material.ocsp.map((text, i): [string, Uint8Array, (changed: Uint8Array) => Evidence] => [
    `OCSP answer ${i} of the issuer`,
    der(text),
    (put) => ({
      ...stampedSeed,
      material: { ...stampedSeed.material, ocsp: stampedSeed.material.ocsp.with(i, base64(put)) },
    }),
  ]),
  ['OCSP answer of a delegate', der(ocspSeed.material.ocsp[0]), (put) => withOcsp(ocspSeed, put)],
];

test.each(places)(
  'no byte of the %s gives valid when it is changed, one at random of each 6',
  { timeout: 120_000 },
  async (_name, bytes, put) => {
    const asked = await options();
    for (const i of samplePlaces(bytes.length, 6, bytes.length)) {
      const changed = Uint8Array.from(bytes);
      changed[i] = (changed[i] ?? 0) ^ (1 << (i % 8));
      if (await isValid(put(changed), asked)) expect.fail(`byte ${i}: valid`);
    }
  },
);

test('without any of its parts it is not valid, nor with its answers swapped', async () => {
  const asked = await options();
  const { material } = stampedSeed;
  const [first = '', second = ''] = material.ocsp;
  for (const changed of [
    { ...material, ocsp: [second, first] },
    { ...material, ocsp: [first] },
    { ...material, ocsp: [second] },
    { ...material, ocsp: ocspSeed.material.ocsp },
    { ...material, crls: [] },
    { ...material, certificates: [] },
  ])
    expect(await isValid({ ...stampedSeed, material: changed }, asked)).toBe(false);
  const swapped = { ...stampedSeed, attestations: ocspSeed.attestations };
  expect(await isValid(swapped, asked)).toBe(false);
});
