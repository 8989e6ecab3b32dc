import { describe, expect, test } from 'vitest';
import { base64, base64url, utf8 } from '#core/bytes';
import type { RefusalCode } from '#core/refusal';
import type { Evidence } from '#core/sign/evidence';
import { verifyEvidence } from '#verifier/index';
import type { VerdictWord } from '#verifier/finding';
import {
  ecEvidence,
  ecFamily,
  ecSigner,
  list,
  options,
  rows,
  rsaEvidence,
  rsaFamily,
  trust,
} from './support/standard-world.ts';
import {
  judge,
  makeEvidence,
  makeFamily,
  makeList,
  proofOf,
  record,
  signerRow,
  statusList,
  trustList,
  type Asking,
} from './support/world.ts';
import { issue, issueCrl } from './support/x509.ts';

/** Each way an evidence file is refused or left open, on real signatures, by its code. */
async function expectVerdict(
  evidence: Evidence,
  asking: Partial<Asking>,
  verdict: VerdictWord,
  ...codes: RefusalCode[]
) {
  const answer = await judge(evidence, await options(asking));
  expect({ verdict: answer.verdict, reasons: answer.reasons }).toEqual({ verdict, reasons: codes });
}

const attestation = (evidence: Evidence) => evidence.attestations[0] as Evidence['attestations'][number];
const withAttestation = (
  evidence: Evidence,
  changes: Partial<Evidence['attestations'][number]>,
): Evidence => ({
  ...evidence,
  attestations: [{ ...attestation(evidence), ...changes }],
});
const withMaterial = (evidence: Evidence, changes: Partial<Evidence['material']>): Evidence => ({
  ...evidence,
  material: { ...evidence.material, ...changes },
});

describe('the file', () => {
  test('refuses what is not canonical JSON, not evidence or too large', async () => {
    const asked = await options();
    const reasons = async (bytes: Uint8Array) => (await verifyEvidence(bytes, asked)).reasons;
    expect(await reasons(new Uint8Array())).toEqual(['NOT_CANONICAL']);
    expect(await reasons(utf8('{"type":"kyso/evidence/v1", "x":1}'))).toEqual(['NOT_CANONICAL']);
    expect(await reasons(utf8('{"a":1,"a":1}'))).toEqual(['NOT_CANONICAL']);
    expect(await reasons(Uint8Array.of(0xff, 0xfe))).toEqual(['NOT_CANONICAL']);
    expect(await reasons(utf8('{"type":"kyso/evidence/v1"}'))).toEqual(['EVIDENCE_MALFORMED']);
    expect(await reasons(utf8('null'))).toEqual(['NOT_CANONICAL']);
    expect(await reasons(utf8('[]'))).toEqual(['EVIDENCE_MALFORMED']);
    expect(await reasons(new Uint8Array(17 * 1024 * 1024))).toEqual(['INPUT_TOO_LARGE']);
  });

  test('refuses an unknown member', async () => {
    await expectVerdict(
      { ...ecEvidence(), extra: 1 } as unknown as Evidence,
      {},
      'invalid',
      'EVIDENCE_MALFORMED',
    );
  });
});

describe('the record', () => {
  test('refuses a changed record', async () => {
    const evidence = ecEvidence();
    const changed = { ...evidence, record: evidence.record.replace('Nguyễn Văn An', 'Nguyễn Văn Bn') };
    await expectVerdict(changed, {}, 'invalid', 'PROOF_INVALID');
  });

  test('refuses a record that is not one', async () => {
    await expectVerdict(
      { ...ecEvidence(), record: '{"type":"kyso/record/v1"}' },
      {},
      'invalid',
      'RECORD_MALFORMED',
      'PROOF_INVALID',
    );
  });

  test('refuses another place in the list, another tree size, a missing or longer path', async () => {
    const evidence = ecEvidence();
    const proof = proofOf(list, 5);
    for (const wrong of [
      { ...proof, leafIndex: 4 },
      { ...proof, leafIndex: 7 },
      { ...proof, treeSize: 8 },
      { ...proof, path: proof.path.slice(1) },
      { ...proof, path: [...proof.path, proof.path[0] as string] },
    ])
      await expectVerdict(withAttestation(evidence, { proof: wrong }), {}, 'invalid', 'PROOF_INVALID');
    const bare = (({ statement, signature }) => ({ statement, signature }))(attestation(evidence));
    await expectVerdict({ ...evidence, attestations: [bare] }, {}, 'invalid', 'PROOF_INVALID');
  });

  test('refuses an opening of another number', async () => {
    const evidence = ecEvidence({ withOpening: true });
    const opening = { number: '079080000002', salt: evidence.opening?.salt ?? '' };
    await expectVerdict({ ...evidence, opening }, {}, 'invalid', 'OPENING_INVALID');
  });

  test('refuses a record of another campaign than its list', async () => {
    const mixed = makeList([record(1, { campaign: 'influenza' }), record(2)]);
    const evidence = makeEvidence({ list: mixed, index: 0, signer: ecSigner, family: ecFamily });
    await expectVerdict(evidence, {}, 'invalid', 'RECORD_OF_OTHER_CAMPAIGN');
  });
});

describe('the statement', () => {
  const signed = (changes: Parameters<typeof makeList>[1]) =>
    makeEvidence({ list: makeList(list.records, changes), index: 3, signer: ecSigner, family: ecFamily });

  test('refuses a statement of another instance', async () => {
    await expectVerdict(signed({ instance: 'production' }), {}, 'invalid', 'TRUST_OF_OTHER_INSTANCE');
  });

  test('refuses a list statement of mode each', async () => {
    await expectVerdict(signed({ mode: 'each' }), {}, 'invalid', 'STATEMENT_MALFORMED');
  });

  test('refuses a statement that is not of its form, or not canonical, although it is signed', async () => {
    await expectVerdict(signed({ sequence: 2 }), {}, 'invalid', 'STATEMENT_MALFORMED');
    await expectVerdict(signed({ unknown: 'x' } as object), {}, 'invalid', 'STATEMENT_MALFORMED');
    const spaced = makeEvidence({
      list,
      index: 0,
      signer: ecSigner,
      family: ecFamily,
      cms: { statement: utf8('{ "type": "kyso/list/v1" }') },
    });
    await expectVerdict(
      withAttestation(spaced, { statement: '{ "type": "kyso/list/v1" }' }),
      {},
      'invalid',
      'NOT_CANONICAL',
    );
  });

  test('refuses a changed statement', async () => {
    const evidence = ecEvidence();
    const statement = attestation(evidence).statement.replace('08:15:00Z', '08:15:01Z');
    await expectVerdict(withAttestation(evidence, { statement }), {}, 'invalid', 'SIGNATURE_INVALID');
  });

  test('refuses two attestations of one kind', async () => {
    const [one, other] = [ecEvidence({ index: 2 }), rsaEvidence({ index: 2 })];
    const both: Evidence = {
      ...one,
      attestations: [attestation(one), attestation(other)],
      material: {
        certificates: [...one.material.certificates, ...other.material.certificates],
        crls: [...one.material.crls, ...other.material.crls],
        ocsp: [],
      },
    };
    await expectVerdict(both, {}, 'invalid', 'EVIDENCE_MALFORMED');
  });
});

describe('two attestations', () => {
  const facility = issue({ name: 'Bệnh viện', keyKind: 'rsa', issuer: rsaFamily.ca });
  const facilityList = makeList([record(6), record(9)], {
    kind: 'facility',
    unit: { code: '79-00123', name: 'Bệnh viện' },
    batchId: '01800000-0000-7000-8000-00000000b009',
  });
  const trusted = trustList(
    [rsaFamily, ecFamily],
    [...rows, signerRow(facility, rsaFamily.ca, { kind: 'facility', unit: '79-00123' })],
  );
  const district = ecEvidence();
  const other = makeEvidence({ list: facilityList, index: 0, signer: facility, family: rsaFamily });
  const joined = (one: Evidence, next: Evidence): Evidence => ({
    ...district,
    attestations: [attestation(one), attestation(next)],
    material: {
      certificates: [...one.material.certificates, ...next.material.certificates],
      crls: [...one.material.crls, ...next.material.crls],
      ocsp: [],
    },
  });
  const both = joined(other, district);

  test('of district and facility are valid together', async () => {
    const answer = await judge(both, await options({ trust: trusted }));
    expect(answer.details).toEqual([]);
    expect(answer.attestations.map(({ kind, unit }) => [kind, unit])).toEqual([
      ['facility', '79-00123'],
      ['district', '760'],
    ]);
  });

  test('stand in one order only, and so does what belongs to them', async () => {
    await expectVerdict(joined(district, other), { trust: trusted }, 'invalid', 'EVIDENCE_MALFORMED');
    for (const member of ['certificates', 'crls'] as const) {
      const reversed = withMaterial(both, { [member]: [...both.material[member]].reverse() });
      await expectVerdict(reversed, { trust: trusted }, 'invalid', 'EVIDENCE_UNUSED_MATERIAL');
    }
  });

  test('must both hold: the worst verdict wins', async () => {
    const crl = issueCrl({
      issuer: rsaFamily.ca,
      from: '2022-04-30T01:00:00Z',
      revoked: [{ serial: facility.serial, at: '2022-04-28T00:00:00Z' }],
    });
    await expectVerdict(both, { trust: trusted, crls: [crl] }, 'invalid', 'SIGNER_REVOKED');
    const answer = await judge(both, await options({ trust: trusted, crls: [crl] }));
    expect(answer.attestations.map(({ verdict }) => verdict)).toEqual(['invalid', 'valid']);
  });

  test('of which one batch is withdrawn are revoked', async () => {
    const status = [statusList({ batchesWithdrawn: [facilityList.statement.batchId] })];
    await expectVerdict(both, { trust: trusted, status }, 'revoked', 'RECORD_WITHDRAWN');
  });
});

describe('the unit rule', () => {
  test('refuses a district signature on a record of another district', async () => {
    const moved = makeList([record(1, { residence: { district: '761', ward: '26734' } })]);
    const status = [statusList({ district: '761' })];
    const evidence = makeEvidence({ list: moved, index: 0, signer: ecSigner, family: ecFamily });
    await expectVerdict(evidence, { status }, 'invalid', 'SIGNER_OF_OTHER_UNIT');
  });

  test('refuses a facility signature on a record of another facility', async () => {
    const lists = makeList([record(1, { facility: '79-00999' })], {
      kind: 'facility',
      unit: { code: '79-00123', name: 'BV' },
    });
    const row = signerRow(ecSigner, ecFamily.ca, { kind: 'facility', unit: '79-00123' });
    const evidence = makeEvidence({ list: lists, index: 0, signer: ecSigner, family: ecFamily });
    await expectVerdict(evidence, { trust: trustList([ecFamily], [row]) }, 'invalid', 'SIGNER_OF_OTHER_UNIT');
  });

  test.each([
    ['another unit', { unit: '761' }],
    ['another kind', { kind: 'facility' }],
  ] as const)('refuses a signer of %s', async (_name, changes) => {
    const trusted = trustList([ecFamily], [signerRow(ecSigner, ecFamily.ca, changes)]);
    await expectVerdict(ecEvidence(), { trust: trusted }, 'invalid', 'SIGNER_OF_OTHER_UNIT');
  });

  test.each([
    ['no row', []],
    ['a row of another certificate', [signerRow(ecSigner, ecFamily.ca, { certificate: 'A'.repeat(43) })]],
    ['a row under another issuer key', [signerRow(ecSigner, rsaFamily.ca)]],
    ['a row that ended', [signerRow(ecSigner, ecFamily.ca, { to: '2022-04-30T09:00:00Z' })]],
    ['a row that has not begun', [signerRow(ecSigner, ecFamily.ca, { from: '2022-04-30T09:00:01Z' })]],
  ] as const)('does not trust a signer with %s', async (_name, signers) => {
    await expectVerdict(
      ecEvidence(),
      { trust: trustList([ecFamily], signers) },
      'invalid',
      'SIGNER_UNTRUSTED',
    );
  });

  test('knows a signer by issuer key and complete subject, and reports the key storage', async () => {
    const { issuerKey, kind, unit, from } = signerRow(ecSigner, ecFamily.ca);
    const row = {
      issuerKey,
      kind,
      unit,
      from,
      keyStorage: 'software',
      subject: base64(ecSigner.name),
    } as const;
    const trusted = trustList([ecFamily], [row]);
    const answer = await judge(ecEvidence(), await options({ trust: trusted }));
    expect(answer.verdict).toBe('valid');
    expect(answer.attestations[0]?.keyStorage).toBe('software');
  });
});

describe('material', () => {
  const unused = (evidence: Evidence, asking: Partial<Asking> = {}) =>
    expectVerdict(evidence, asking, 'invalid', 'EVIDENCE_UNUSED_MATERIAL');
  const { material } = ecEvidence();

  test('refuses certificates that no path needs: of another family, a root, the signer', async () => {
    for (const certificate of [rsaFamily.ca.certificate, ecFamily.root.certificate, ecSigner.certificate])
      await unused(
        withMaterial(ecEvidence(), { certificates: [...material.certificates, base64(certificate)] }),
      );
  });

  test('refuses a CRL of another family, a second one of the same issuer, one signed by somebody else', async () => {
    const older = issueCrl({ issuer: ecFamily.ca, from: '2022-04-28T00:00:00Z' });
    const forged = issueCrl({ issuer: ecFamily.ca, from: '2022-04-28T00:00:00Z', signedBy: ecSigner.key });
    for (const crl of [rsaFamily.caCrl, older, forged])
      await unused(withMaterial(ecEvidence(), { crls: [...material.crls, base64(crl)] }));
  });

  test('refuses the same twice', async () => {
    await unused(withMaterial(ecEvidence(), { crls: [...material.crls, material.crls[0] as string] }));
    await unused(
      withMaterial(ecEvidence(), {
        certificates: [...material.certificates, material.certificates[0] as string],
      }),
    );
  });

  test('refuses an intermediate both inside and outside the signature, and a stranger inside', async () => {
    await unused(ecEvidence({ cms: { others: [ecFamily.ca.certificate] } }));
    await unused(ecEvidence({ cms: { others: [rsaFamily.ca.certificate] } }));
  });

  test('refuses log entries, which nothing uses yet', async () => {
    const log = { index: 0, path: [], checkpoint: 'x' };
    await unused(withAttestation(ecEvidence(), { log }));
  });

  test('refuses material that cannot be read', async () => {
    const certificates = [...material.certificates, 'MAMCAQA='];
    await expectVerdict(withMaterial(ecEvidence(), { certificates }), {}, 'invalid', 'CERTIFICATE_MALFORMED');
    await expectVerdict(
      withMaterial(ecEvidence(), { crls: [...material.crls, 'MAMCAQA='] }),
      {},
      'invalid',
      'CRL_MALFORMED',
    );
    const ocsp = ['MAMCAQA='];
    await expectVerdict(withMaterial(ecEvidence(), { ocsp }), {}, 'invalid', 'OCSP_MALFORMED');
  });

  test('an embedded CRL that a newer one overtakes still counts as used', async () => {
    const newer = issueCrl({ issuer: ecFamily.ca, from: '2022-04-30T00:00:00Z', to: '2022-05-02T00:00:00Z' });
    await expectVerdict(ecEvidence(), { crls: [newer] }, 'valid');
  });

  test('intermediates may stand in the signature', async () => {
    await expectVerdict(
      withMaterial(ecEvidence({ cms: { others: [ecFamily.ca.certificate] } }), { certificates: [] }),
      {},
      'valid',
    );
  });

  test('without an intermediate there is no path', async () => {
    await expectVerdict(withMaterial(ecEvidence(), { certificates: [] }), {}, 'invalid', 'SIGNER_UNTRUSTED');
  });
});

describe('revocation', () => {
  const from = '2022-04-30T00:00:00Z';
  const newer = (at: string, issuer = ecFamily.ca, serial = ecSigner.serial) =>
    issueCrl({ issuer, from, revoked: [{ serial, at }] });

  test('refuses a signer revoked before the claimed signing time', async () => {
    await expectVerdict(ecEvidence(), { crls: [newer('2022-04-29T08:20:00Z')] }, 'invalid', 'SIGNER_REVOKED');
  });

  test('leaves open a signer revoked since: the claimed time proves nothing', async () => {
    await expectVerdict(
      ecEvidence(),
      { crls: [newer('2022-04-29T08:20:01Z')] },
      'undetermined',
      'REVOKED_NO_POE',
    );
  });

  test('a revocation after the judged time does not count', async () => {
    await expectVerdict(ecEvidence(), { crls: [newer('2022-04-30T09:00:01Z')] }, 'valid');
  });

  test('refuses a revoked intermediate', async () => {
    const crl = newer('2022-04-30T01:00:00Z', ecFamily.root, ecFamily.ca.serial);
    await expectVerdict(ecEvidence(), { crls: [crl] }, 'invalid', 'CA_REVOKED');
  });

  test('an older CRL handed in does not overtake the embedded one', async () => {
    const older = issueCrl({
      issuer: ecFamily.ca,
      from: '2022-04-28T00:00:00Z',
      revoked: [{ serial: ecSigner.serial, at: '2022-04-01T00:00:00Z' }],
    });
    await expectVerdict(ecEvidence(), { crls: [older] }, 'valid');
  });

  const only = (...crls: Uint8Array[]) =>
    withMaterial(ecEvidence(), { crls: [...crls, ecFamily.rootCrl].map(base64) });
  const withoutOfCa = only();
  const extension = (type: string, critical: boolean) => ({
    extensions: [[type, critical, Uint8Array.of(2, 1, 1)] as const],
  });
  const usual = { issuer: ecFamily.ca, from: '2022-04-29T00:00:00Z', to: '2022-05-29T00:00:00Z' };

  test.each([
    ['no CRL', []],
    ['a CRL that has run out', [issueCrl({ ...usual, to: '2022-04-30T09:00:00Z' })]],
    ['a CRL of the future', [issueCrl({ ...usual, from: '2022-04-30T09:00:01Z' })]],
    ['a CRL without next update', [issueCrl({ ...usual, to: null })]],
  ] as const)('is unknown with %s', async (_name, crls) => {
    await expectVerdict(only(...crls), {}, 'undetermined', 'REVOCATION_UNKNOWN');
  });

  test.each([
    ['a delta CRL alone', issueCrl({ ...usual, ...extension('2.5.29.27', true) })],
    ['a CRL whose scope cannot be read', issueCrl({ ...usual, ...extension('2.5.29.28', false) })],
    ['a CRL with an unknown critical extension', issueCrl({ ...usual, ...extension('1.2.3.4', true) })],
    [
      'a CRL with an entry that has an unknown critical extension',
      issueCrl({
        ...usual,
        revoked: [{ serial: 1, at: '2022-01-02T00:00:00Z', ...extension('1.2.3.4', true) }],
      }),
    ],
  ])('is unknown with %s handed in; evidence that holds it holds what nothing uses', async (_name, crl) => {
    await expectVerdict(withoutOfCa, { crls: [crl] }, 'undetermined', 'REVOCATION_UNKNOWN');
    await expectVerdict(only(crl), {}, 'invalid', 'EVIDENCE_UNUSED_MATERIAL', 'REVOCATION_UNKNOWN');
  });

  test('a later delta CRL revokes the signer that it names, and no other', async () => {
    const delta = (serial: number) =>
      issueCrl({
        issuer: ecFamily.ca,
        from: '2022-04-30T00:00:00Z',
        number: 8,
        revoked: [{ serial, at: '2022-04-29T00:00:00Z' }],
        extensions: [['2.5.29.27', true, Uint8Array.of(2, 1, 1)]],
      });
    await expectVerdict(ecEvidence(), { crls: [delta(ecSigner.serial)] }, 'invalid', 'SIGNER_REVOKED');
    await expectVerdict(ecEvidence(), { crls: [delta(1)] }, 'valid');
  });

  test('a CRL handed in answers where the embedded one has run out', async () => {
    const late = { at: new Date('2022-06-01T00:00:00Z'), status: null, offline: true };
    const trusted = trustList([ecFamily], rows, { nextUpdate: '2022-07-01T00:00:00Z' });
    await expectVerdict(
      ecEvidence(),
      { ...late, trust: trusted },
      'undetermined',
      'REVOCATION_UNKNOWN',
      'STATUS_UNKNOWN',
    );
    const crls = [ecFamily.ca, ecFamily.root].map((issuer) =>
      issueCrl({ issuer, from: '2022-05-30T00:00:00Z' }),
    );
    await expectVerdict(ecEvidence(), { ...late, trust: trusted, crls }, 'valid', 'STATUS_UNKNOWN');
  });

  test('is unknown where the CRL is signed with SHA-1, and where its issuer may not sign CRLs', async () => {
    const sha1 = issueCrl({ ...usual, issuer: rsaFamily.ca, signature: 'rsa-sha1' });
    const crls = [sha1, rsaFamily.rootCrl].map(base64);
    const answer = await judge(withMaterial(rsaEvidence(), { crls }), await options());
    expect(answer.reasons).toContain('REVOCATION_UNKNOWN');
    const root = makeFamily('third', 'p256').root;
    const ca = issue({ name: 'third ca', issuer: root, ca: true, keyUsage: Uint8Array.of(3, 2, 2, 4) });
    const family = {
      root,
      ca,
      rootCrl: issueCrl({ ...usual, issuer: root }),
      caCrl: issueCrl({ ...usual, issuer: ca }),
    };
    const signer = issue({ name: 'signer', issuer: ca });
    const trusted = trustList([family], [signerRow(signer, ca)]);
    await expectVerdict(
      makeEvidence({ list, index: 0, signer, family, material: { crls: [base64(family.rootCrl)] } }),
      { trust: trusted, crls: [family.caCrl] },
      'undetermined',
      'REVOCATION_UNKNOWN',
    );
  });
});

describe('status', () => {
  const hash = base64url(list.hashes[5] as Uint8Array);

  test('tells a superseded, a withdrawn record and a withdrawn batch', async () => {
    const taken = (changes: Parameters<typeof statusList>[0]) => ({ status: [statusList(changes)] });
    await expectVerdict(ecEvidence(), taken({ superseded: [hash] }), 'superseded', 'RECORD_SUPERSEDED');
    await expectVerdict(ecEvidence(), taken({ withdrawn: [hash] }), 'revoked', 'RECORD_WITHDRAWN');
    await expectVerdict(
      ecEvidence(),
      taken({ batchesWithdrawn: [list.statement.batchId] }),
      'revoked',
      'RECORD_WITHDRAWN',
    );
    await expectVerdict(ecEvidence({ index: 4 }), taken({ superseded: [hash] }), 'valid');
  });

  test('is unknown without a list of the district, unless asked offline', async () => {
    await expectVerdict(ecEvidence(), { status: null }, 'undetermined', 'STATUS_UNKNOWN');
    await expectVerdict(
      ecEvidence(),
      { status: [statusList({ district: '761' })] },
      'undetermined',
      'STATUS_UNKNOWN',
    );
    await expectVerdict(ecEvidence(), { status: null, offline: true }, 'valid', 'STATUS_UNKNOWN');
  });

  test.each([
    ['24 hours old', { issuedAt: '2022-04-29T09:00:00Z', nextUpdate: '2022-05-09T00:00:00Z' }],
    ['past its next update', { nextUpdate: '2022-04-30T09:00:00Z' }],
    ['issued after the judged time', { issuedAt: '2022-04-30T09:00:01Z' }],
  ])('is stale when the list is %s', async (_name, changes) => {
    await expectVerdict(ecEvidence(), { status: [statusList(changes)] }, 'undetermined', 'STATUS_STALE');
    await expectVerdict(
      ecEvidence(),
      { status: [statusList(changes)], offline: true },
      'valid',
      'STATUS_UNKNOWN',
    );
  });

  test('an old list still condemns', async () => {
    const status = [statusList({ issuedAt: '2022-04-20T00:00:00Z', superseded: [hash] })];
    await expectVerdict(ecEvidence(), { status }, 'superseded', 'RECORD_SUPERSEDED', 'STATUS_STALE');
    await expectVerdict(
      ecEvidence(),
      { status, offline: true },
      'superseded',
      'RECORD_SUPERSEDED',
      'STATUS_UNKNOWN',
    );
  });

  test('of two lists of a district the one with the higher sequence counts', async () => {
    const status = [statusList({ sequence: 9, superseded: [hash] }), statusList({ sequence: 8 })];
    await expectVerdict(ecEvidence(), { status }, 'superseded', 'RECORD_SUPERSEDED');
  });
});

describe('trust', () => {
  test('is stale from its next update on, and before it was issued', async () => {
    for (const changes of [{ nextUpdate: '2022-04-30T09:00:00Z' }, { issuedAt: '2022-04-30T09:00:01Z' }])
      await expectVerdict(ecEvidence(), { trust: { ...trust, ...changes } }, 'undetermined', 'TRUST_STALE');
  });

  test('does not know a root that is not listed, or no longer', async () => {
    await expectVerdict(ecEvidence(), { trust: trustList([rsaFamily], rows) }, 'invalid', 'SIGNER_UNTRUSTED');
    const ended = trust.roots.map((root) => ({ ...root, to: '2022-04-30T00:00:00Z' }));
    await expectVerdict(ecEvidence(), { trust: { ...trust, roots: ended } }, 'invalid', 'SIGNER_UNTRUSTED');
  });

  test('says which algorithms count', async () => {
    const signatures: typeof trust.algorithms.signatures = ['RSA-PKCS1-SHA256'];
    const rsaOnly = { ...trust, algorithms: { signatures, minRsaBits: 2048 } };
    const answer = await judge(ecEvidence(), await options({ trust: rsaOnly }));
    expect(answer).toMatchObject({ verdict: 'invalid' });
    expect(answer.reasons).toContain('SIGNER_ALGORITHM');
    const strong = { ...trust.algorithms, minRsaBits: 3072 };
    await expectVerdict(
      rsaEvidence(),
      { trust: { ...trust, algorithms: strong } },
      'invalid',
      'SIGNER_ALGORITHM',
    );
  });
});

test('everything wrong is told at once', async () => {
  const evidence = withAttestation(ecEvidence({ index: 1 }), { proof: proofOf(list, 5) });
  const asked = await options({ trust: trustList([ecFamily], []), status: null });
  const { reasons } = await judge(evidence, asked);
  expect(reasons).toEqual(['SIGNER_UNTRUSTED', 'PROOF_INVALID', 'STATUS_UNKNOWN']);
});
