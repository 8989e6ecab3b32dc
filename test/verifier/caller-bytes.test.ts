import { expect, test } from 'vitest';
import { fromBase64 } from '#core/bytes';
import { evidenceBytes } from '#core/sign/evidence';
import { readCertificate } from '#verifier/der/certificate';
import { readCrl } from '#verifier/der/crl';
import { readSignedData } from '#verifier/der/signed-data';
import { nodeCrypto } from '#verifier/crypto-node';
import { checkCms } from '#verifier/evidence/check-cms';
import { readCms } from '#verifier/evidence/read-cms';
import { verifyEvidence } from '#verifier/index';
import { ecEvidence, options, rsaEvidence } from './support/standard-world.ts';

/**
 * `Buffer.slice` shares memory where `Uint8Array.slice` copies: what a reader writes into a copy of a caller's Buffer must not be
 * written into the Buffer itself.
 */

test.each([
  ['an RSA', rsaEvidence],
  ['an ECDSA', ecEvidence],
])(
  'reading and checking the CMS of %s signer leaves the bytes of a Buffer as they were',
  async (_kind, make) => {
    const [attestation] = make().attestations;
    const received = Buffer.from(attestation?.signature ?? '', 'base64');
    const before = Uint8Array.from(received);
    readSignedData(received);
    expect(Uint8Array.from(received)).toEqual(before);
    const cms = readCms(received);
    const statement = Buffer.from(attestation?.statement ?? '');
    expect(await checkCms(cms, statement, nodeCrypto)).toEqual([]);
    expect(await checkCms(cms, statement, nodeCrypto)).toEqual([]);
    expect(Uint8Array.from(received)).toEqual(before);
    expect(readCms(received).signedBytes).toEqual(cms.signedBytes);
  },
);

test('so does reading certificates, CRLs and whole evidence', async () => {
  const evidence = rsaEvidence();
  for (const [texts, read] of [
    [evidence.material.certificates, readCertificate],
    [evidence.material.crls, readCrl],
  ] as const)
    for (const text of texts) {
      const received = Buffer.from(text, 'base64');
      read(received);
      expect(Uint8Array.from(received)).toEqual(fromBase64(text));
    }
  const file = Buffer.from(evidenceBytes(evidence));
  const before = file.toString('latin1');
  expect((await verifyEvidence(file, await options())).verdict).toBe('valid');
  expect((await verifyEvidence(file, await options())).verdict).toBe('valid');
  expect(file.toString('latin1')).toBe(before);
});
