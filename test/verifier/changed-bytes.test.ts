import { describe, expect, test } from 'vitest';
import { canonicalBytes } from '#core/record/canonical-bytes';
import { isRefusalCode } from '#core/refusal';
import { evidenceBytes, type Evidence } from '#core/sign/evidence';
import { verifyEvidence } from '#verifier/index';
import {
  ecEvidence,
  ecItem,
  list,
  options,
  rsaEvidence,
  rsaFamily,
  rsaSigner,
} from './support/standard-world.ts';
import { samplePlaces } from './support/sample.ts';
import { makeEvidence } from './support/world.ts';
import { base64 } from '#core/bytes';

const none = { certificates: [] as string[] };

/** Evidence of different make: key kinds, intermediate inside or outside the signature, opening. */
const files: Record<string, Evidence> = {
  'RSA, intermediate in the material': rsaEvidence(),
  'ECDSA, with an opening': ecEvidence({ withOpening: true }),
  'RSA-PSS, intermediate in the signature': makeEvidence({
    list,
    index: 0,
    signer: rsaSigner,
    family: rsaFamily,
    cms: { signature: 'pss', others: [rsaFamily.ca.certificate] },
    material: none,
  }),
  'an item, ECDSA, with an opening': ecItem({ withOpening: true }),
};

describe.each(Object.entries(files))('evidence: %s', (_name, evidence) => {
  const bytes = evidenceBytes(evidence);

  test.each([
    [0x01, 20],
    [0x80, 40],
    [0x20, 40],
  ])(
    'is not valid with a byte changed by %i, one at random of each %i',
    { timeout: 120_000 },
    async (mask, step) => {
      const asked = await options({ offline: true, status: null });
      expect((await verifyEvidence(bytes, asked)).verdict).toBe('valid');
      for (const i of samplePlaces(bytes.length, step, mask)) {
        const changed = Uint8Array.from(bytes);
        changed[i] = (changed[i] ?? 0) ^ mask;
        const { verdict, reasons } = await verifyEvidence(changed, asked);
        if (verdict === 'valid' || !reasons.every(isRefusalCode))
          expect.fail(`byte ${i}: ${verdict} ${reasons.join(' ')}`);
      }
    },
  );

  test('is not valid prolonged, cut short or with a byte missing, at one place at random of each 40', async () => {
    const asked = await options({ offline: true, status: null });
    for (const i of samplePlaces(bytes.length, 40, 7)) {
      const cut = bytes.slice(0, i);
      const without = Uint8Array.from([...bytes.slice(0, i), ...bytes.slice(i + 1)]);
      for (const changed of [cut, without])
        expect((await verifyEvidence(changed, asked)).verdict).toBe('invalid');
    }
    for (const more of [0x0a, 0x20, 0x7d, 0])
      expect((await verifyEvidence(Uint8Array.from([...bytes, more]), asked)).verdict).toBe('invalid');
  });
});

/** Base64 hides single DER bytes behind groups of three: here bytes inside the signature, certificates and CRLs change alone. */
describe.each(Object.entries(files))('DER inside evidence: %s', (_name, evidence) => {
  const places: readonly [string, string, (changed: string) => Evidence][] = [
    [
      'signature',
      evidence.attestations[0]?.signature ?? '',
      (signature) => ({
        ...evidence,
        attestations: evidence.attestations.map((one) => ({ ...one, signature })),
      }),
    ],
    ...evidence.material.certificates.map((text, i): [string, string, (changed: string) => Evidence] => [
      `certificate ${i}`,
      text,
      (changed) => ({
        ...evidence,
        material: { ...evidence.material, certificates: evidence.material.certificates.with(i, changed) },
      }),
    ]),
    ...evidence.material.crls.map((text, i): [string, string, (changed: string) => Evidence] => [
      `CRL ${i}`,
      text,
      (changed) => ({
        ...evidence,
        material: { ...evidence.material, crls: evidence.material.crls.with(i, changed) },
      }),
    ]),
  ];

  test.each(places)(
    'no byte of the %s gives valid when it is changed, one at random of each 10',
    { timeout: 120_000 },
    async (_place, text, put) => {
      const asked = await options({ offline: true, status: null });
      const der = Uint8Array.from(Buffer.from(text, 'base64'));
      for (const i of samplePlaces(der.length, 10, der.length))
        for (const value of [(der[i] ?? 0) ^ 0x01, (der[i] ?? 0) ^ 0x80]) {
          if (value === der[i]) continue;
          const changed = Uint8Array.from(der);
          changed[i] = value;
          const { verdict } = await verifyEvidence(canonicalBytes(put(base64(changed))), asked);
          if (verdict === 'valid') expect.fail(`byte ${i} → ${value}: valid`);
        }
    },
  );
});
