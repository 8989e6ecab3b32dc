import { describe, expect, test } from 'vitest';
import { base64 } from '#core/bytes';
import { stateOf } from '#verifier/states';
import { newKey } from '../support/keys.ts';
import { identifier, makeText, newSigner, usualClaims } from './support/make.ts';
import {
  batchOf,
  ec,
  indexFile,
  judge,
  ministryTrust,
  readIndex,
  readSigners,
  revocationIndex,
  rsa,
  sha256Text,
  signerList,
  signersFile,
} from './support/judge.ts';

const good = makeText({ signer: ec });
const [from, to] = ['2022-01-01T00:00:00Z', '2022-04-01T00:00:00Z'];
const row = { country: 'VN', certificate: base64(ec.certificate), from };

describe('the list of document signers', () => {
  test('makes certificates of its signers valid, and tells its age', async () => {
    const documentSigners = await readSigners(signersFile(signerList([ec, rsa])));
    for (const signer of [ec, rsa])
      expect(await judge(makeText({ signer }), { documentSigners })).toMatchObject({
        verdict: 'valid',
        documentSignersAge: 24 * 3600,
        revocationsAge: 12 * 3600,
      });
  });

  test.each([
    ['signed by another key', signersFile(signerList([ec]), newKey('p256')), 'DOCUMENT_SIGNERS_UNTRUSTED'],
    ['of another instance', signersFile(signerList([ec], { instance: 'other' })), 'TRUST_OF_OTHER_INSTANCE'],
    ['an index of revocations', indexFile(revocationIndex([])), 'DOCUMENT_SIGNERS_MALFORMED'],
    ['not JSON', Uint8Array.of(1, 2, 3), 'DOCUMENT_SIGNERS_MALFORMED'],
    ['a space more', Uint8Array.of(0x20, ...signersFile(signerList([ec]))), 'DOCUMENT_SIGNERS_MALFORMED'],
  ])('settles nothing where it is %s', async (_name, bytes, code) => {
    const documentSigners = await readSigners(bytes);
    const verdict = await judge(good, { documentSigners });
    expect(verdict).toMatchObject({ verdict: 'undetermined', reasons: [code] });
    expect(verdict.steps).toMatchObject({ cose: true, signature: null, cbor: null });
    expect(verdict.payload).toBeUndefined();
    expect(stateOf(verdict)).toBe('unchecked');
  });

  test('settles nothing once the key that signs it is given up', async () => {
    const services = ministryTrust().services.map((service) => ({ ...service, to: '2022-04-30T00:00:00Z' }));
    const documentSigners = await readSigners(signersFile(signerList([ec])), ministryTrust({ services }));
    expect((await judge(good, { documentSigners })).reasons).toEqual(['DOCUMENT_SIGNERS_UNTRUSTED']);
  });

  test.each([
    ['at its next update', { nextUpdate: '2022-05-01T00:00:00Z' }],
    ['before its issue', { issuedAt: '2022-05-01T00:00:01Z' }],
  ])('is stale %s: nobody is called unknown by it', async (_name, changes) => {
    const documentSigners = await readSigners(signersFile(signerList([ec], changes)));
    const known = await judge(good, { documentSigners });
    expect(known).toMatchObject({ verdict: 'undetermined', reasons: ['DOCUMENT_SIGNERS_STALE'] });
    expect(known.steps.signature).toBe(true);
    const unknown = await judge(makeText({ signer: newSigner('p256') }), { documentSigners });
    expect(unknown).toMatchObject({
      verdict: 'undetermined',
      reasons: ['DOCUMENT_SIGNERS_STALE', 'DOCUMENT_SIGNER_UNKNOWN'],
    });
  });

  test('an old list still condemns a signature that does not hold', async () => {
    const list = signerList([ec], { nextUpdate: '2022-05-01T00:00:00Z' });
    const documentSigners = await readSigners(signersFile(list));
    const wrong = makeText({ signer: ec, signature: () => new Uint8Array(64) });
    expect((await judge(wrong, { documentSigners })).verdict).toBe('invalid');
  });

  test.each([
    ['for another country', [{ ...row, country: 'AT' }], ['DOCUMENT_SIGNER_UNKNOWN'], 'untrusted'],
    ['given up before', [{ ...row, to }], ['HC1_OUTSIDE_SIGNER_DATES'], 'invalid'],
    ['taken on later', [{ ...row, from: '2022-04-21T00:00:00Z' }], ['HC1_OUTSIDE_SIGNER_DATES'], 'invalid'],
    ['given up since', [{ ...row, to: '2022-04-25T00:00:00Z' }], [], 'valid'],
    [
      'in two rows, one of which counts',
      [
        { ...row, to },
        { ...row, from: to },
      ],
      [],
      'valid',
    ],
    ['in two rows, one of each country', [{ ...row, country: 'AT' }, row], [], 'valid'],
  ] as const)('a signer is judged as it is listed: %s', async (_name, signers, reasons, state) => {
    const documentSigners = await readSigners(signersFile(signerList([], { signers: [...signers] })));
    const verdict = await judge(good, { documentSigners });
    expect(verdict.reasons).toEqual(reasons);
    expect(stateOf(verdict)).toBe(state);
  });

  test('a certificate of another country is not this signer’s to make', async () => {
    const documentSigners = await readSigners(signersFile(signerList([ec])));
    const foreign = makeText({ signer: ec, claims: usualClaims().set(1, 'AT') });
    expect((await judge(foreign, { documentSigners })).reasons).toEqual(['DOCUMENT_SIGNER_UNKNOWN']);
  });

  test('a row that holds no certificate harms no other', async () => {
    const bad = { country: 'VN', certificate: base64(Uint8Array.of(0x30, 0)), from };
    const documentSigners = await readSigners(signersFile(signerList([], { signers: [bad, row] })));
    expect((await judge(good, { documentSigners })).verdict).toBe('valid');
  });
});

describe('revocations', () => {
  const revoked = batchOf(ec, [identifier(1), identifier(7)]);
  const ofOther = batchOf(rsa, [identifier(1)]);
  const index = (changes = {}) => revocationIndex([[ec, revoked, 2]], changes);

  test('a certificate whose identifier is listed for its key was taken back', async () => {
    const revocations = await readIndex(indexFile(index()), [revoked]);
    const verdict = await judge(good, { revocations });
    expect(verdict).toMatchObject({ verdict: 'revoked', reasons: ['CERTIFICATE_REVOKED'] });
    expect(stateOf(verdict)).toBe('revoked');
    const second = makeText({ signer: ec, claims: usualClaims(2) });
    expect((await judge(second, { revocations })).verdict).toBe('valid');
    expect((await judge(good, { revocations })).verdict).toBe('revoked');
  });

  test('what is listed for another key says nothing', async () => {
    const revocations = await readIndex(indexFile(revocationIndex([[rsa, ofOther, 1]])), [ofOther]);
    expect((await judge(good, { revocations })).verdict).toBe('valid');
    expect((await judge(makeText({ signer: rsa }), { revocations })).verdict).toBe('revoked');
  });

  test('are asked by the identifier as issued, with its check character', async () => {
    const ci = `${identifier(3)}#C`;
    const claims = usualClaims(3);
    const hcert = (claims.get(-260) as ReadonlyMap<number, ReadonlyMap<string, unknown>>).get(1);
    const [dose] = hcert?.get('v') as readonly Map<string, string>[];
    dose?.set('ci', ci);
    const batch = batchOf(ec, [ci]);
    const revocations = await readIndex(indexFile(revocationIndex([[ec, batch, 1]])), [batch]);
    expect((await judge(makeText({ signer: ec, claims }), { revocations })).verdict).toBe('revoked');
    const without = makeText({ signer: ec, claims: usualClaims(3) });
    expect((await judge(without, { revocations })).verdict).toBe('valid');
  });

  test.each([
    ['signed by another key', indexFile(index(), newKey('p256')), 'REVOCATIONS_UNTRUSTED'],
    ['of another instance', indexFile(index({ instance: 'other' })), 'TRUST_OF_OTHER_INSTANCE'],
    ['a list of signers', signersFile(signerList([ec])), 'REVOCATIONS_MALFORMED'],
    ['not JSON', Uint8Array.of(1), 'REVOCATIONS_MALFORMED'],
  ])('settle nothing where the index is %s, offline or not', async (_name, bytes, code) => {
    const revocations = await readIndex(bytes, [revoked]);
    for (const offline of [false, true])
      expect(await judge(good, { revocations, offline })).toMatchObject({
        verdict: 'undetermined',
        reasons: [code],
      });
  });

  test.each([
    ['none', null, 'REVOCATIONS_UNKNOWN'],
    [
      'an old index',
      indexFile(revocationIndex([], { nextUpdate: '2022-05-01T00:00:00Z' })),
      'REVOCATIONS_STALE',
    ],
    [
      'an index of tomorrow',
      indexFile(revocationIndex([], { issuedAt: '2022-05-01T00:00:01Z' })),
      'REVOCATIONS_STALE',
    ],
    ['an index without its batch', indexFile(index()), 'REVOCATIONS_UNKNOWN'],
  ])('leave it open: %s; offline it is valid, and that is said', async (_name, bytes, code) => {
    const revocations = bytes && (await readIndex(bytes));
    const second = makeText({ signer: ec, claims: usualClaims(2) });
    expect(await judge(second, { revocations })).toMatchObject({ verdict: 'undetermined', reasons: [code] });
    expect(await judge(second, { revocations, offline: true })).toMatchObject({
      verdict: 'valid',
      reasons: ['REVOCATIONS_UNKNOWN'],
    });
  });

  test('an old index still condemns', async () => {
    const old = indexFile(index({ nextUpdate: '2022-05-01T00:00:00Z' }));
    for (const offline of [false, true])
      expect((await judge(good, { revocations: await readIndex(old, [revoked]), offline })).verdict).toBe(
        'revoked',
      );
  });

  test('a missing batch is asked for again, and the others count meanwhile', async () => {
    const later = batchOf(ec, [identifier(2)]);
    const both = indexFile(
      revocationIndex([
        [ec, revoked, 2],
        [ec, later, 1],
      ]),
    );
    const had = [revoked];
    const revocations = await readIndex(both, had);
    const third = makeText({ signer: ec, claims: usualClaims(3) });
    expect((await judge(good, { revocations })).verdict).toBe('revoked');
    expect((await judge(third, { revocations })).reasons).toEqual(['REVOCATIONS_UNKNOWN']);
    expect((await judge(third, { revocations: await readIndex(both, [revoked, later]) })).verdict).toBe(
      'valid',
    );
  });

  test.each([
    ['of another key', ofOther, 1],
    ['of another count', revoked, 3],
    ['that is none', Uint8Array.of(1), 1],
  ])('a batch %s settles nothing, offline or not', async (_name, bytes, count) => {
    const revocations = await readIndex(indexFile(revocationIndex([[ec, bytes, count]])), [bytes]);
    for (const offline of [false, true])
      expect(
        await judge(makeText({ signer: ec, claims: usualClaims(5) }), { revocations, offline }),
      ).toMatchObject({
        verdict: 'undetermined',
        reasons: ['REVOCATIONS_MALFORMED'],
      });
  });

  test('a batch under another’s name is not taken for it', async () => {
    const other = batchOf(ec, [identifier(9), identifier(8)]);
    const { readRevocations } = await import('#verifier/certificate/read-revocations');
    const { nodeCrypto } = await import('#verifier/crypto-node');
    const { prepareTrust } = await import('#verifier/trust/trust');
    const revocations = await readRevocations({
      indexBytes: indexFile(index()),
      batch: (name) => Promise.resolve(name === sha256Text(revoked) ? other : null),
      trust: prepareTrust(ministryTrust()),
      at: new Date('2022-05-01T00:00:00Z'),
      crypto: nodeCrypto,
    });
    expect((await judge(good, { revocations })).reasons).toEqual(['REVOCATIONS_MALFORMED']);
  });
});
