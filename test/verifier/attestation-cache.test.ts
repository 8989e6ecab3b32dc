import { expect, test } from 'vitest';
import { utf8 } from '#core/bytes';
import { canonicalText } from '#core/record/canonical-bytes';
import { Refusal } from '#core/refusal';
import { evidenceBytes, parseEvidence, type Evidence } from '#core/sign/evidence';
import { Frames } from '#verifier/evidence/frames';
import { AttestationCache } from '#verifier/attestation-cache';
import { nodeCrypto } from '#verifier/crypto-node';
import type { Crypto } from '#verifier/crypto-port';
import { verifyEvidence } from '#verifier/index';
import { ecEvidence, ecFamily, ecSigner, list, options, rsaEvidence } from './support/standard-world.ts';
import { samplePlaces } from './support/sample.ts';
import { proofOf } from './support/world.ts';
import { leafText } from '#core/record/leaf';
import { issueCrl } from './support/x509.ts';

function counting(): { crypto: Crypto; checks: () => number } {
  let checks = 0;
  const verify: Crypto['verify'] = (...question) => {
    checks++;
    return nodeCrypto.verify(...question);
  };
  return { crypto: { ...nodeCrypto, verify }, checks: () => checks };
}

/** The seven records of the list with one signature, as one batch gives them. */
function batch(): Evidence[] {
  const first = ecEvidence();
  return list.records.map((record, index) => ({
    ...first,
    record: leafText(record),
    attestations: first.attestations.map((one) => ({ ...one, proof: proofOf(list, index) })),
  }));
}

test('the signature, path and CRLs of a batch are checked once', async () => {
  const { crypto, checks } = counting();
  const asked = { ...(await options()), crypto, cache: new AttestationCache() };
  for (const evidence of batch())
    expect((await verifyEvidence(evidenceBytes(evidence), asked)).verdict).toBe('valid');
  expect(checks()).toBe(5);
});

test('answers are the same with and without a cache, whatever is asked in between', async () => {
  const cache = new AttestationCache();
  const revoking = issueCrl({
    issuer: ecFamily.ca,
    from: '2022-04-30T00:00:00Z',
    revoked: [{ serial: ecSigner.serial, at: '2022-04-29T00:00:00Z' }],
  });
  const good = ecEvidence();
  const less: Evidence = { ...good, material: { ...good.material, crls: [] } };
  const doubled: Evidence = {
    ...good,
    material: { ...good.material, crls: good.material.crls.flatMap((crl) => [crl, crl]) },
  };
  const ocsp: Evidence = { ...good, material: { ...good.material, ocsp: ['MAMCAQA='] } };
  const moved: Evidence = { ...good, material: { ...good.material, ocsp: good.material.crls, crls: [] } };
  const log: Evidence = {
    ...good,
    attestations: good.attestations.map((one) => ({ ...one, log: { index: 0, path: [], checkpoint: 'x' } })),
  };
  const asked = [
    await options(),
    await options({ crls: [revoking] }),
    await options({ at: new Date('2022-04-30T10:00:00Z') }),
    await options({ at: new Date('2032-04-30T10:00:00Z') }),
  ];
  for (let round = 0; round < 2; round++)
    for (const evidence of [good, less, doubled, ocsp, moved, log, rsaEvidence(), ...batch()])
      for (const one of asked) {
        const bytes = evidenceBytes(evidence);
        expect(await verifyEvidence(bytes, { ...one, cache })).toEqual(await verifyEvidence(bytes, one));
      }
});

test(
  'no changed byte passes for what was read before, one at random of each 12',
  { timeout: 120_000 },
  async () => {
    const cache = new AttestationCache();
    const asked = await options();
    const [first, second] = batch().map(evidenceBytes) as [Uint8Array, Uint8Array];
    for (const i of samplePlaces(second.length, 12, 1))
      for (const mask of [0x01, 0x80]) {
        expect((await verifyEvidence(first, { ...asked, cache })).verdict).toBe('valid');
        const changed = second.with(i, (second[i] ?? 0) ^ mask);
        const { verdict, reasons } = await verifyEvidence(changed, { ...asked, cache });
        expect(verdict).toBe('invalid');
        if (i % 5 === 0) expect(reasons).toEqual((await verifyEvidence(changed, asked)).reasons);
      }
  },
);

test('reads a record and a proof beside a known frame exactly as without', () => {
  const frames = new Frames();
  const texts = batch().map((evidence) => canonicalText(evidence));
  const text = texts[0] ?? '';
  for (const one of texts) expect(frames.read(utf8(one)).evidence).toEqual(parseEvidence(utf8(one)));
  const wrong: [string | RegExp, string][] = [
    ['"leafIndex":0', '"leafIndex":00'],
    ['"leafIndex":0', '"leafIndex":-1'],
    ['"leafIndex":0', '"leafIndex":9007199254740992'],
    ['"treeSize":7', '"treeSize":0'],
    ['"path":[', '"path":["",'],
    ['"path":[', '"path":[ '],
    [',"record":"', ',"record":"\\u0041'],
    [',"record":"', ',"record":"\u0007'],
    [',"record":"', ',"record":"e\u0301'],
    [',"record":"', `,"record":"${'x'.repeat(4096)}`],
    [/,"record":.*,"type"/, ',"record":"x","type"'],
    [/,"record":.*,"type"/, ',"record":1,"type"'],
    [/,"record":.*,"type"/, ',"record":"","record":"xx","type"'],
    [/,"record":.*,"type"/, ',"record":"xx","x":"","type"'],
    ['kyso/evidence/v1"}', 'kyso/evidence/v1"} '],
  ];
  for (const [from, to] of wrong) {
    const bytes = utf8(text.replace(from, to));
    expect(text.replace(from, to)).not.toBe(text);
    expect(() => frames.read(bytes), to).toThrow(Refusal);
    expect(() => parseEvidence(bytes), to).toThrow(Refusal);
  }
});

test('is bounded', async () => {
  const { crypto, checks } = counting();
  const asked = { ...(await options()), crypto, cache: new AttestationCache(1) };
  for (const evidence of batch().slice(0, 2)) await verifyEvidence(evidenceBytes(evidence), asked);
  expect(checks()).toBe(10);
});
