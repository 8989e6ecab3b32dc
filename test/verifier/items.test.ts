import { describe, expect, test } from 'vitest';
import { base64, base64url, utf8 } from '#core/bytes';
import { evidenceBytes, type Evidence } from '#core/sign/evidence';
import { shortDigest } from '#core/sign/short-digest';
import { statementBytes } from '#core/sign/statement';
import { AttestationCache } from '#verifier/attestation-cache';
import { nodeCrypto } from '#verifier/crypto-node';
import type { Crypto } from '#verifier/crypto-port';
import { verifyEvidence } from '#verifier/index';
import { stateOf } from '#verifier/states';
import { demandOwnSignature } from '#verifier/verify-signature';
import { MIME, signCms } from './support/cms.ts';
import { text } from './support/der-write.ts';
import {
  ecEvidence,
  ecFamily,
  ecItem,
  ecSigner,
  list,
  options,
  rows,
  rsaEvidence,
  rsaFamily,
  rsaItem,
  rsaSigner,
  trust,
} from './support/standard-world.ts';
import {
  itemBytes,
  itemMime,
  judge,
  makeList,
  proofOf,
  record,
  signerRow,
  statusList,
} from './support/world.ts';
import { issueCrl } from './support/x509.ts';

/** Evidence of records that were signed one by one. */

const withAttestation = (evidence: Evidence, change: object): Evidence => ({
  ...evidence,
  attestations: evidence.attestations.map((one) => ({ ...one, ...change })),
});
const attestationOf = (evidence: Evidence) => {
  const [one] = evidence.attestations;
  if (!one) throw new Error('an attestation is expected');
  return one;
};

describe('evidence of an item', () => {
  test.each([
    ['RSA', rsaItem(), 2],
    ['ECDSA', ecItem(), 5],
    ['the holder’s copy', ecItem({ withOpening: true }), 5],
  ])('is valid: %s', async (_kind, evidence, index) => {
    const answer = await judge(evidence, await options());
    expect(answer).toMatchObject({ verdict: 'valid', reasons: [] });
    const each = statementBytes({ ...list.statement, mode: 'each' });
    expect(answer.attestations[0]).toMatchObject({
      kind: 'district',
      unit: '760',
      count: 7,
      index,
      keyStorage: 'token',
      // what the signer saw is the list
      shortDigest: shortDigest(nodeCrypto.sha256(each)),
    });
  });

  test('stands beside a list of the other kind', async () => {
    const facility = makeList([record(3)], {
      kind: 'facility',
      unit: { code: '79-00123', name: 'Trạm Y tế' },
      batchId: '01800000-0000-7000-8000-00000000b009',
    });
    const item = rsaItem({ list: facility, index: 0 });
    const both: Evidence = {
      ...rsaEvidence(),
      attestations: [...item.attestations, ...rsaEvidence().attestations],
    };
    const asked = await options({
      trust: {
        ...trust,
        signers: [...rows, signerRow(rsaSigner, rsaFamily.ca, { kind: 'facility', unit: '79-00123' })],
      },
    });
    const answer = await judge(both, asked);
    expect(answer).toMatchObject({ verdict: 'valid', reasons: [] });
    expect(answer.attestations.map(({ kind, index }) => [kind, index])).toEqual([
      ['facility', 0],
      ['district', undefined],
    ]);
  });

  const other = ecItem({ index: 4 });
  test.each<[string, Evidence, string]>([
    ['of another record', { ...ecItem(), record: other.record }, 'PROOF_INVALID'],
    ['with a proof', withAttestation(ecItem(), { proof: proofOf(list, 5) }), 'PROOF_INVALID'],
    ['whose index is not below the count', ecItem({ changes: { index: 7 } }), 'STATEMENT_MALFORMED'],
    [
      'whose leaf hash is another’s',
      ecItem({ changes: { leafHash: base64url(new Uint8Array(32)) } }),
      'PROOF_INVALID',
    ],
    ['of another campaign', ecItem({ changes: { campaign: 'measles' } }), 'RECORD_OF_OTHER_CAMPAIGN'],
    ['of another instance', ecItem({ changes: { instance: 'other' } }), 'TRUST_OF_OTHER_INSTANCE'],
    [
      'for another district',
      ecItem({ changes: { unit: { code: '769', name: 'Thủ Đức' } } }),
      'SIGNER_OF_OTHER_UNIT',
    ],
    ['for another kind of unit', ecItem({ changes: { kind: 'facility' } }), 'SIGNER_OF_OTHER_UNIT'],
    ['signed as a list', ecItem({ cms: { attributes: {} } }), 'SIGNATURE_MALFORMED'],
    [
      'signed as something else',
      ecItem({ cms: { attributes: { '0.4.0.1733.2.1': text('text/plain') } } }),
      'SIGNATURE_MALFORMED',
    ],
    [
      'with the signature of another item',
      withAttestation(ecItem(), { signature: attestationOf(other).signature }),
      'SIGNATURE_INVALID',
    ],
    [
      'with two of one kind',
      { ...ecItem(), attestations: [...ecItem().attestations, ...other.attestations] },
      'EVIDENCE_MALFORMED',
    ],
  ])('is invalid %s', async (_what, evidence, code) => {
    const { verdict, reasons } = await judge(evidence, await options());
    expect(verdict).toBe('invalid');
    expect(reasons).toContain(code);
  });

  test('a list that is signed as an item is invalid, as is one without proof, or the unsigned list of an each batch', async () => {
    const asked = await options();
    const asItem = await judge(ecEvidence({ cms: { attributes: itemMime } }), asked);
    expect(asItem).toMatchObject({ verdict: 'invalid', reasons: ['SIGNATURE_MALFORMED'] });
    const bare = { ...attestationOf(ecEvidence()), proof: undefined };
    const unproved = await judge({ ...ecEvidence(), attestations: [bare] }, asked);
    expect(unproved).toMatchObject({ verdict: 'invalid', reasons: ['PROOF_INVALID'] });
    const each = makeList(list.records, { mode: 'each' });
    const unsigned = await judge(ecEvidence({ list: each }), asked);
    expect(unsigned).toMatchObject({ verdict: 'invalid', reasons: ['STATEMENT_MALFORMED'] });
  });

  test('follows the status lists: its leaf and its batch', async () => {
    const hash = base64url(list.hashes[5] ?? new Uint8Array());
    for (const [changes, verdict] of [
      [{ superseded: [hash] }, 'superseded'],
      [{ withdrawn: [hash] }, 'revoked'],
      [{ batchesWithdrawn: [list.statement.batchId] }, 'revoked'],
    ] satisfies [Parameters<typeof statusList>[0], string][])
      expect((await judge(ecItem(), await options({ status: [statusList(changes)] }))).verdict).toBe(verdict);
  });
});

describe('a key in software', () => {
  const software = rows.map((row) => ({ ...row, keyStorage: 'software' as const }));

  test.each([
    ['a list', ecEvidence()],
    ['an item', ecItem()],
  ])('is told, and refused where a token is asked for: %s', async (_what, evidence) => {
    const asked = await options({ trust: { ...trust, signers: software } });
    for (const cache of [{}, { cache: new AttestationCache() }]) {
      const told = await judge(evidence, { ...asked, ...cache });
      expect(told).toMatchObject({ verdict: 'valid', attestations: [{ keyStorage: 'software' }] });
      const refused = await judge(evidence, { ...asked, ...cache, requireToken: true });
      expect(refused).toMatchObject({ verdict: 'invalid', reasons: ['SIGNER_NOT_ON_TOKEN'] });
      expect(stateOf(refused)).toBe('untrusted');
      expect((await judge(evidence, { ...asked, ...cache })).verdict).toBe('valid');
    }
  });

  test('one on a token is not', async () => {
    expect(await judge(ecItem(), { ...(await options()), requireToken: true })).toMatchObject({
      verdict: 'valid',
      reasons: [],
    });
  });
});

function counting(): { crypto: Crypto; checks: () => number } {
  let checks = 0;
  const verify: Crypto['verify'] = (...question) => {
    checks++;
    return nodeCrypto.verify(...question);
  };
  return { crypto: { ...nodeCrypto, verify }, checks: () => checks };
}

describe('a folder of items', () => {
  const items = list.records.map((_record, index) =>
    ecItem({ index, cms: { attributes: itemMime, signedAt: `2022-04-29T08:20:0${index}Z` } }),
  );

  test('has its chain judged once, each signature by itself', async () => {
    const { crypto, checks } = counting();
    const asked = { ...(await options()), crypto, cache: new AttestationCache() };
    for (const evidence of items) expect((await judge(evidence, asked)).verdict).toBe('valid');
    // two certificates and two CRLs, then a signature an item
    expect(checks()).toBe(4 + items.length);
  });

  test('gets the same answers with and without a cache, whatever is asked in between', async () => {
    const cache = new AttestationCache();
    const revoking = issueCrl({
      issuer: ecFamily.ca,
      from: '2022-04-30T00:00:00Z',
      // between two of the claimed times
      revoked: [{ serial: ecSigner.serial, at: '2022-04-29T08:20:03Z' }],
    });
    const [good] = items as [Evidence, ...Evidence[]];
    const all = [
      ...items,
      { ...good, material: { ...good.material, crls: [] } },
      { ...good, material: { ...good.material, certificates: [], crls: good.material.crls } },
      { ...good, material: { ...good.material, crls: [...good.material.crls].reverse() } },
      { ...good, material: { ...good.material, crls: [...good.material.crls, ...good.material.crls] } },
      { ...good, material: { ...good.material, crls: [...good.material.crls, base64(revoking)] } },
      withAttestation(good, { signature: 'MAAA' }),
      rsaItem(),
      ecEvidence(),
    ];
    const asked = [
      await options(),
      await options({ crls: [revoking] }),
      await options({ at: new Date('2032-04-30T10:00:00Z') }),
      await options({ trust: { ...trust, signers: [] } }),
    ];
    const words = new Set<string>();
    for (let round = 0; round < 2; round++)
      for (const evidence of all)
        for (const one of asked) {
          const bytes = evidenceBytes(evidence);
          const answer = await verifyEvidence(bytes, { ...one, cache });
          expect(answer).toEqual(await verifyEvidence(bytes, one));
          words.add(answer.reasons[0] ?? answer.verdict);
        }
    expect(words).toEqual(
      new Set([
        'valid',
        'SIGNER_REVOKED',
        'REVOKED_NO_POE',
        'REVOCATION_UNKNOWN',
        'SIGNER_UNTRUSTED',
        'SIGNATURE_MALFORMED',
        'EVIDENCE_UNUSED_MATERIAL',
        'TRUST_STALE',
      ]),
    );
  });

  test('a changed byte never lives on what was read before', { timeout: 120_000 }, async () => {
    const asked = { ...(await options()), cache: new AttestationCache() };
    const [first, second] = items.map(evidenceBytes) as [Uint8Array, Uint8Array];
    for (let i = 0; i < second.length; i++) {
      if (i % 50 === 0) expect((await verifyEvidence(first, asked)).verdict).toBe('valid');
      const changed = second.with(i, (second[i] ?? 0) ^ 0x01);
      if ((await verifyEvidence(changed, asked)).verdict === 'valid') expect.fail(`byte ${i}`);
    }
  });
});

describe("a signer's own check of an item", () => {
  const statementBytes = itemBytes(list, 3);
  const own = { statementBytes, crypto: nodeCrypto, signerCertificate: rsaSigner.certificate };

  test('holds for its signature over its statement', async () => {
    await demandOwnSignature({
      ...own,
      cms: signCms({ statement: statementBytes, signer: rsaSigner, attributes: itemMime }),
    });
  });

  test.each([
    [
      'over another item',
      { statement: itemBytes(list, 4), signer: rsaSigner, attributes: itemMime },
      'SIGNATURE_INVALID',
    ],
    [
      'of another signer',
      { statement: statementBytes, signer: ecSigner, attributes: itemMime },
      'SIGNATURE_INVALID',
    ],
    [
      'that calls it a list',
      { statement: statementBytes, signer: rsaSigner, attributes: { '0.4.0.1733.2.1': text(MIME) } },
      'SIGNATURE_MALFORMED',
    ],
  ])('refuses one %s', async (_what, cms, code) => {
    await expect(demandOwnSignature({ ...own, cms: signCms(cms) })).rejects.toMatchObject({ code });
  });

  test('refuses to call anything but a statement signed', async () => {
    const statement = utf8('{"type":"kyso/login/v1"}');
    const cms = signCms({ statement, signer: rsaSigner, attributes: itemMime });
    await expect(demandOwnSignature({ ...own, statementBytes: statement, cms })).rejects.toMatchObject({
      code: 'STATEMENT_MALFORMED',
    });
  });
});
