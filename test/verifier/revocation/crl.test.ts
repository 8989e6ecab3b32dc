import { describe, expect, test } from 'vitest';
import { nodeCrypto } from '#verifier/crypto-node';
import { readCertificate } from '#verifier/der/certificate';
import { readCrl, type Crl } from '#verifier/der/crl';
import { nameKey } from '#verifier/der/name';
import { findPath } from '#verifier/path/find-path';
import { RFC_5280 } from '#verifier/path/path-policy';
import { askPath, NOW } from '../support/ask-path.ts';
import { boolean, explicit, fromHex, integer, sequence, tlv } from '../support/der-write.ts';
import { newKey } from '../support/keys.ts';
import {
  issue,
  issueCrl,
  manyEntries,
  nameOf,
  type CrlOptions,
  type Extension,
  type Holder,
} from '../support/x509.ts';

const FROM = '2025-12-31T00:00:00Z';
const REVOKED_AT = '2025-06-01T00:00:00Z';
const root = issue({ name: 'root', ca: true });
const ca = issue({ name: 'ca', ca: true, issuer: root });
const leaf = issue({ name: 'leaf', issuer: ca });
const rootCrl = issueCrl({ issuer: root, from: FROM });

const crl = (changes: Partial<CrlOptions> = {}) => issueCrl({ issuer: ca, from: FROM, ...changes });
const revoking = (of: Holder, extensions?: readonly Extension[]) => [
  { serial: of.serial, at: REVOKED_AT, ...(extensions ? { extensions } : {}) },
];
const ask = (crls: readonly Uint8Array[], pool: readonly Holder[] = [], end = leaf) =>
  askPath({ end, roots: [root], pool: [ca, ...pool], crls: [rootCrl, ...crls] });
const unknown = { verdict: 'undetermined', reasons: ['REVOCATION_UNKNOWN'] };
const revokedAnswer = { verdict: 'invalid', reasons: ['SIGNER_REVOKED'] };

const idp = (...parts: readonly Uint8Array[]): Extension => ['2.5.29.28', true, sequence(...parts)];
const uriName = (uri: string) => explicit(0, explicit(0, tlv(0x86, new TextEncoder().encode(uri))));
const flag = (number: number) => tlv(0x80 | number, Uint8Array.of(0xff));
const delta = (base: number): Extension => ['2.5.29.27', true, integer(base)];
const reason = (code: number): Extension => ['2.5.29.21', false, tlv(0x0a, Uint8Array.of(code))];
const entryIssuer = (name: Uint8Array): Extension => ['2.5.29.29', true, sequence(explicit(4, name))];
const points = (...each: readonly Uint8Array[]): Extension => ['2.5.29.31', false, sequence(...each)];

describe('a complete CRL', () => {
  test('answers: not revoked, revoked, revoked only later', async () => {
    expect(await ask([crl()])).toMatchObject({ verdict: 'valid' });
    expect(await ask([crl({ revoked: revoking(leaf) })])).toMatchObject(revokedAnswer);
    const later = [{ serial: leaf.serial, at: '2026-02-01T00:00:00Z' }];
    expect(await ask([crl({ revoked: later })])).toMatchObject({ verdict: 'valid' });
  });

  test.each<[string, Partial<CrlOptions>]>([
    ['is signed with another key', { signedBy: newKey('p256') }],
    ['is of another authority of that name', { issuer: issue({ name: 'ca', ca: true }) }],
    ['is not yet in force', { from: '2026-01-01T00:00:01Z' }],
    ['has run out', { to: '2026-01-01T00:00:00Z' }],
    ['has no end', { to: null }],
    ['bears a critical extension', { extensions: [['1.2.3.4', true, fromHex('0500')]] }],
    ['bears a scope that cannot be read', { extensions: [['2.5.29.28', true, fromHex('300102')]] }],
    [
      'bears a critical extension in some entry',
      { revoked: [{ serial: 5, at: REVOKED_AT, extensions: [['1.2.3.4', true, fromHex('0500')]] }] },
    ],
    ['is for authorities', { extensions: [idp(flag(2))] }],
    ['is for attribute certificates', { extensions: [idp(flag(5))] }],
    [
      'is for a distribution point that the certificate does not name',
      { extensions: [idp(uriName('http://other'))] },
    ],
    ['is for some reasons only', { extensions: [idp(fromHex('83020640'))] }],
  ])('that %s answers nothing, and spoils nothing', async (_name, changes) => {
    expect(await ask([crl(changes)])).toMatchObject(unknown);
    expect(await ask([crl(changes), crl()])).toMatchObject({ verdict: 'valid' });
    expect(await ask([crl(changes), crl({ revoked: revoking(leaf) })])).toMatchObject(revokedAnswer);
  });

  test('of an issuer that may not sign CRLs answers nothing', async () => {
    const weak = issue({ name: 'weak', ca: true, issuer: root, keyUsage: fromHex('03020204') });
    const end = issue({ name: 'leaf', issuer: weak });
    const answer = await ask([issueCrl({ issuer: weak, from: FROM })], [weak], end);
    expect(answer).toMatchObject(unknown);
  });

  test('revoking an authority ends every path through it', async () => {
    const bad = issueCrl({ issuer: root, from: FROM, revoked: revoking(ca) });
    const answer = await askPath({ end: leaf, roots: [root], pool: [ca], crls: [bad, crl()] });
    expect(answer).toMatchObject({ verdict: 'invalid', reasons: ['CA_REVOKED'] });
  });

  test('with two entries for a serial number goes by the earlier', () => {
    const read = readCrl(
      crl({
        revoked: [
          { serial: 5, at: '2025-07-01T00:00:00Z' },
          { serial: 5, at: REVOKED_AT, extensions: [reason(4)] },
        ],
      }),
    );
    expect(read.entries.find(nameKey(ca.name), '05')).toEqual({ at: REVOKED_AT, isHarmless: false });
  });

  test('of 200,000 entries answers', async () => {
    const entries = manyEntries(200_000, REVOKED_AT, [reason(1)]);
    expect(await ask([crl({ manyEntries: entries })])).toMatchObject({ verdict: 'valid' });
  });

  test('a thousand forged ones beside it change nothing', async () => {
    const other = newKey('p256');
    const forged = Array.from({ length: 1000 }, (_, i) =>
      crl({ number: i, signedBy: other, revoked: revoking(leaf) }),
    );
    expect(await ask([...forged, crl()])).toMatchObject({ verdict: 'valid' });
  });
});

describe('distribution points', () => {
  const at = (...parts: readonly Uint8Array[]) =>
    issue({ name: 'leaf', issuer: ca, extensions: [points(sequence(...parts))] });

  test('a partitioned CRL answers for those that name its point', async () => {
    const end = at(uriName('http://crl/1'));
    const one = crl({ extensions: [idp(uriName('http://crl/1'))] });
    const two = crl({ extensions: [idp(uriName('http://crl/2'))] });
    expect(await ask([one], [], end)).toMatchObject({ verdict: 'valid' });
    expect(await ask([two], [], end)).toMatchObject(unknown);
    const bad = crl({ extensions: [idp(uriName('http://crl/1'))], revoked: revoking(end) });
    expect(await ask([two, bad], [], end)).toMatchObject(revokedAnswer);
  });

  test('a name relative to the issuer, which need not be one', async () => {
    const relative = (content: Uint8Array) => explicit(0, tlv(0xa1, content));
    const rdn = sequence(fromHex('0603550403'), fromHex('0c0131'));
    const end = at(relative(rdn));
    expect(await ask([crl({ extensions: [idp(relative(rdn))] })], [], end)).toMatchObject({
      verdict: 'valid',
    });
    for (const content of [fromHex('020101'), fromHex(''), fromHex('3000'), fromHex('30030603550403')]) {
      expect(await ask([crl({ extensions: [idp(relative(content))] })], [], end)).toMatchObject(unknown);
      expect(
        await ask([crl({ extensions: [idp(uriName('http://x'))] })], [], at(relative(content))),
      ).toMatchObject(unknown);
    }
  });

  test('more points than anybody has are not followed', async () => {
    const many = Array.from({ length: 100 }, (_, i) => sequence(uriName(`http://crl/${i}`)));
    const end = issue({ name: 'leaf', issuer: ca, extensions: [points(...many)] });
    expect(await ask([crl()], [], end)).toMatchObject(unknown);
  });

  test('reasons are put together from several CRLs', async () => {
    // bits 1 to 4, then 5 to 8
    const some = (reasons: string, more: Partial<CrlOptions> = {}) =>
      crl({ extensions: [idp(fromHex(reasons))], ...more });
    const [first, second] = ['83020378', '8303070780'];
    expect(await ask([some(first)])).toMatchObject(unknown);
    expect(await ask([some(second)])).toMatchObject(unknown);
    expect(await ask([some(first), some(second)])).toMatchObject({ verdict: 'valid' });
    expect(await ask([some(first), some(second, { revoked: revoking(leaf) })])).toMatchObject(revokedAnswer);
  });
});

describe('indirect CRLs', () => {
  const signer = issue({ name: 'crl signer', issuer: root, keyUsage: fromHex('03020102') });
  const end = issue({
    name: 'leaf',
    issuer: ca,
    extensions: [points(sequence(explicit(2, explicit(4, signer.name))))],
  });
  const indirect = (changes: Partial<CrlOptions> = {}) =>
    issueCrl({ issuer: signer, from: FROM, extensions: [idp(flag(4))], ...changes });
  const other = issue({ name: 'other ca', ca: true, issuer: root });

  test('answer where the certificate names their issuer', async () => {
    expect(await ask([indirect()], [signer], end)).toMatchObject({ verdict: 'valid' });
    expect(await ask([indirect()], [signer], leaf)).toMatchObject(unknown);
    expect(await ask([indirect({ extensions: [] })], [signer], end)).toMatchObject(unknown);
  });

  test('hold entries of many issuers, each going on until the next is named', async () => {
    const entry = (serial: number, issuer?: Holder) => ({
      serial,
      at: REVOKED_AT,
      ...(issuer ? { extensions: [entryIssuer(issuer.name)] } : {}),
    });
    const revoked = (list: CrlOptions['revoked']) => ask([indirect({ revoked: list ?? [] })], [signer], end);
    expect(await revoked([entry(end.serial)])).toMatchObject({ verdict: 'valid' });
    expect(await revoked([entry(1, ca), entry(end.serial)])).toMatchObject(revokedAnswer);
    expect(await revoked([entry(1, ca), entry(2, other), entry(end.serial)])).toMatchObject({
      verdict: 'valid',
    });
    expect(await revoked([entry(1, other), entry(end.serial, ca)])).toMatchObject(revokedAnswer);
  });

  test('need a signer with a path to the same root, that is not revoked', async () => {
    const elsewhere = issue({ name: 'elsewhere', ca: true });
    const stranger = issue({ name: 'crl signer', issuer: elsewhere, keyUsage: fromHex('03020102') });
    expect(await ask([indirect({ issuer: stranger })], [stranger, elsewhere], end)).toMatchObject(unknown);
    const badRoot = issueCrl({ issuer: root, from: FROM, revoked: revoking(signer) });
    const answer = await askPath({ end, roots: [root], pool: [ca, signer], crls: [badRoot, indirect()] });
    expect(answer).toMatchObject(unknown);
    const plain = issue({ name: 'crl signer', issuer: root });
    expect(await ask([indirect({ issuer: plain })], [plain], end)).toMatchObject(unknown);
  });

  test('belong to the path when their signer has ended, while later, newer CRLs handed in answer', async () => {
    const ended = issue({
      name: 'crl signer',
      issuer: root,
      keyUsage: fromHex('03020102'),
      to: '2025-12-31T12:00:00Z',
    });
    const old = readCrl(indirect({ issuer: ended }));
    const newer = readCrl(indirect());
    const rootsOwn = readCrl(rootCrl);
    const read = ({ certificate }: Holder) => readCertificate(certificate);
    const find = (handedIn: readonly Crl[]) =>
      findPath({
        end: read(end),
        roots: [read(root)],
        pool: [ca, ended, signer].map(read),
        policy: RFC_5280,
        ...{ at: NOW, claimedTime: NOW, revocation: 'require', crypto: nodeCrypto },
        answers: {
          embedded: { crls: [old, rootsOwn], ocsp: [] },
          handedIn: { crls: handedIn, ocsp: [] },
        },
      });
    const alone = await find([]);
    expect(alone.findings).toMatchObject([{ code: 'REVOCATION_UNKNOWN', verdict: 'undetermined' }]);
    const later = await find([newer]);
    expect(later.findings).toEqual([]);
    const are = (found: readonly Crl[], wanted: readonly Crl[]) =>
      found.length === wanted.length && wanted.every((one) => found.includes(one));
    expect(are(later.revocation.consulted.crls, [newer, rootsOwn])).toBe(true);
    for (const { revocation } of [alone, later])
      expect(are(revocation.belonging.crls, [old, rootsOwn])).toBe(true);
  });

  test('a signer cannot call itself good where its issuer calls it revoked', async () => {
    const own = issue({
      name: 'ca',
      issuer: ca,
      keyUsage: fromHex('03020102'),
    });
    const byItself = issueCrl({ issuer: own, from: '2025-12-31T12:00:00Z' });
    expect(await ask([byItself], [own])).toMatchObject({ verdict: 'valid' });
    expect(await ask([byItself, crl({ revoked: revoking(own) })], [own])).toMatchObject({ verdict: 'valid' });
    const both = crl({ revoked: [...revoking(own), ...revoking(leaf)] });
    expect(await ask([byItself, both], [own])).toMatchObject(revokedAnswer);
  });

  test('of 200,000 entries, each naming its issuer, answer', async () => {
    const entries = manyEntries(200_000, REVOKED_AT, [entryIssuer(other.name)]);
    expect(await ask([indirect({ manyEntries: entries })], [signer], end)).toMatchObject({
      verdict: 'valid',
    });
  });
});

describe('delta CRLs', () => {
  const base = crl({ number: 5 });
  const change = (changes: Partial<CrlOptions> = {}) =>
    crl({ number: 8, extensions: [delta(5)], revoked: revoking(leaf), ...changes });

  test('change what the complete one says', async () => {
    expect(await ask([base, change()])).toMatchObject(revokedAnswer);
    const hold = crl({ number: 5, revoked: revoking(leaf, [reason(6)]) });
    expect(await ask([hold])).toMatchObject(revokedAnswer);
    expect(await ask([hold, change({ revoked: revoking(leaf, [reason(8)]) })])).toMatchObject({
      verdict: 'valid',
    });
  });

  test('are no answer alone', async () => {
    expect(await ask([change({ revoked: [] })])).toMatchObject(unknown);
  });

  test.each<[string, Partial<CrlOptions>]>([
    ['older than the base', { number: 5 }],
    ['of another scope', { extensions: [delta(5), idp(flag(1))] }],
    ['signed with another key', { signedBy: newKey('p256') }],
    ['of another name', { issuer: issue({ name: 'x', subject: nameOf('other'), key: ca.key, ca: true }) }],
    ['that has run out', { to: '2025-12-31T23:59:59Z' }],
  ])('%s are passed over', async (_name, changes) => {
    expect(await ask([base, change(changes)])).toMatchObject({ verdict: 'valid' });
  });

  test.each<[string, Partial<CrlOptions>]>([
    ['made against a later base', { extensions: [delta(6)] }],
    ['with a base number that cannot be read', { extensions: [['2.5.29.27', true, boolean(true)]] }],
  ])('%s leave open what they call revoked, and nothing else', async (_name, changes) => {
    expect(await ask([base, change(changes)])).toMatchObject(unknown);
    expect(await ask([base, change({ ...changes, revoked: [] })])).toMatchObject({ verdict: 'valid' });
  });
});
