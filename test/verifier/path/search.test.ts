import { describe, expect, test } from 'vitest';
import { nodeCrypto } from '#verifier/crypto-node';
import { readCertificate } from '#verifier/der/certificate';
import { findPath } from '#verifier/path/find-path';
import { RFC_5280 } from '#verifier/path/path-policy';
import { NO_ANSWERS } from '#verifier/revocation/check-revocation';
import { askPath, NOW } from '../support/ask-path.ts';
import { newKey } from '../support/keys.ts';
import { issue, nameOf, type Holder } from '../support/x509.ts';

const root = issue({ name: 'root', ca: true });
const ca = issue({ name: 'ca', ca: true, issuer: root });
const leaf = issue({ name: 'leaf', issuer: ca });
const valid = { verdict: 'valid', reasons: [] };

/** Under another's name, with a key of its own. */
function impostor(of: Holder, issuer?: Holder): Holder {
  return issue({ name: 'impostor', subject: of.name, ca: true, ...(issuer ? { issuer } : {}) });
}

describe('finding a path', () => {
  test('in a bag of a thousand certificates that have nothing to do with it', async () => {
    const key = newKey('p256');
    const others = Array.from({ length: 1000 }, (_, i) =>
      issue({ name: `other ${i}`, key, ca: true, issuer: i % 2 ? root : ca }),
    );
    expect(await askPath({ end: leaf, roots: [root], pool: [...others, ca] })).toMatchObject(valid);
  });

  test('among a thousand that bear the issuer’s name with other keys', async () => {
    const keys = Array.from({ length: 8 }, () => newKey('p256'));
    const others = Array.from({ length: 1000 }, (_, i) =>
      issue({ name: 'ca', key: keys[i % 8] ?? newKey('p256'), ca: true, issuer: root }),
    );
    expect(await askPath({ end: leaf, roots: [root], pool: [...others, ca] })).toMatchObject(valid);
  });

  test('through a mesh in which everybody has certified everybody', async () => {
    const keys = Array.from({ length: 12 }, () => newKey('p256'));
    const holders = keys.map((key, i) => issue({ name: `mesh ${i}`, key, ca: true }));
    const mesh = holders.flatMap((issuer, i) =>
      holders.flatMap((_, j) =>
        i === j ? [] : [issue({ name: `mesh ${j}`, key: keys[j] ?? newKey('p256'), ca: true, issuer })],
      ),
    );
    const [first, last] = [holders[0] ?? root, holders[11] ?? root];
    const way = issue({ name: 'mesh 11', key: last.key, ca: true, issuer: root });
    const end = issue({ name: 'end', issuer: first });
    expect(await askPath({ end, roots: [root], pool: [...mesh, way] })).toMatchObject({
      ...valid,
      length: 4,
    });
    expect(await askPath({ end, roots: [root], pool: mesh })).toMatchObject({
      verdict: 'invalid',
      reasons: ['SIGNER_UNTRUSTED'],
    });
  });

  test('ends in a mesh whose way to the root is forged', async () => {
    const keys = Array.from({ length: 12 }, () => newKey('p256'));
    const holders = keys.map((key, i) => issue({ name: `false ${i}`, key, ca: true }));
    const mesh = holders.flatMap((issuer, i) =>
      holders.flatMap((_, j) =>
        i === j ? [] : [issue({ name: `false ${j}`, key: keys[j] ?? newKey('p256'), ca: true, issuer })],
      ),
    );
    const forged = keys.map((key, i) =>
      issue({ name: `false ${i}`, key, ca: true, issuer: root, signedBy: newKey('p256') }),
    );
    const end = issue({ name: 'end', issuer: holders[0] ?? root });
    const answer = await askPath({ end, roots: [root], pool: [...mesh, ...forged] });
    expect(answer.verdict).toBe('invalid');
  });

  test('is not led astray by cross-certificates that go in a circle', async () => {
    const other = issue({ name: 'other', ca: true });
    const circle = [
      issue({ name: 'ca', key: ca.key, ca: true, issuer: other }),
      issue({ name: 'other', key: other.key, ca: true, issuer: ca }),
    ];
    expect(await askPath({ end: leaf, roots: [root], pool: [...circle, ca] })).toMatchObject(valid);
    expect(await askPath({ end: leaf, roots: [root], pool: circle })).toMatchObject({
      verdict: 'invalid',
      reasons: ['SIGNER_UNTRUSTED'],
    });
  });

  test('takes the good one of an authority’s certificates', async () => {
    const ended = issue({ name: 'ca', key: ca.key, ca: true, issuer: root, to: '2025-01-01T00:00:00Z' });
    const none = issue({ name: 'ca', key: ca.key, ca: false, issuer: root });
    expect(await askPath({ end: leaf, roots: [root], pool: [ended, none, ca] })).toMatchObject(valid);
    expect((await askPath({ end: leaf, roots: [root], pool: [ended] })).reasons).toContain('CA_EXPIRED');
  });

  test('goes over a changed key of a root, old signed with new', async () => {
    const fresh = issue({ name: 'root', ca: true });
    const oldWithNew = issue({ name: 'root', key: root.key, ca: true, issuer: fresh });
    expect(await askPath({ end: leaf, roots: [fresh], pool: [ca, oldWithNew] })).toMatchObject({
      ...valid,
      length: 4,
    });
  });

  test('never trusts a name without its key', async () => {
    for (const pool of [[impostor(root)], [impostor(root), impostor(ca, impostor(root))]]) {
      const issuer = pool.at(-1) ?? root;
      const end = issue({ name: 'leaf', issuer });
      expect((await askPath({ end, roots: [root], pool: [...pool, ca] })).verdict).toBe('invalid');
    }
  });

  test('never trusts a key under another name', async () => {
    const other = issue({ name: 'other', key: root.key, ca: true });
    const end = issue({ name: 'leaf', issuer: other });
    expect((await askPath({ end, roots: [root], pool: [other] })).reasons).toEqual(['SIGNER_UNTRUSTED']);
  });

  test('takes the root that is trusted, not its copy with other extensions', async () => {
    const strict = issue({ name: 'root', key: root.key, ca: { pathLength: 0 } });
    expect((await askPath({ end: leaf, roots: [strict], pool: [root, ca] })).reasons).toEqual([
      'CA_CONSTRAINTS',
    ]);
  });

  test('does not take a signer for its own root', async () => {
    expect((await askPath({ end: leaf, roots: [], pool: [leaf, ca, root] })).reasons).toEqual([
      'SIGNER_UNTRUSTED',
    ]);
    const own = issue({ name: 'own' });
    expect((await askPath({ end: own, roots: [root], pool: [own] })).verdict).toBe('invalid');
  });

  test('is not changed by extensions of others that cannot be read', async () => {
    const garbage = Uint8Array.of(0x30, 0x03, 0x02, 0x01);
    const types = [
      '2.5.29.17',
      '2.5.29.30',
      '2.5.29.31',
      '2.5.29.32',
      '2.5.29.33',
      '2.5.29.35',
      '2.5.29.36',
      '2.5.29.37',
    ];
    const broken = types.map((type) =>
      issue({ name: 'ca', key: ca.key, ca: true, issuer: root, extensions: [[type, false, garbage]] }),
    );
    expect(await askPath({ end: leaf, roots: [root], pool: [...broken, ca] })).toMatchObject(valid);
    for (const one of broken) {
      const answer = await askPath({ end: leaf, roots: [root], pool: [one], revocation: 'require' });
      expect(answer.verdict).not.toBe('valid');
    }
  });

  test('answers a leaf whose every lazily read extension is garbage with a refusal, not with an error', async () => {
    for (const value of [
      Uint8Array.of(),
      Uint8Array.of(0x30, 0x80),
      Uint8Array.of(0x30, 0x00),
      Uint8Array.of(0x1f),
    ])
      for (const type of ['2.5.29.17', '2.5.29.31', '2.5.29.32', '2.5.29.37']) {
        const end = issue({ name: 'leaf', issuer: ca, extensions: [[type, true, value]] });
        const answer = await askPath({ end, roots: [root], pool: [ca], revocation: 'require' });
        expect(answer.verdict).not.toBe('valid');
      }
  });

  test('checks each signature once, however many paths there are', async () => {
    let checks = 0;
    const crypto = {
      ...nodeCrypto,
      verify: (...given: Parameters<typeof nodeCrypto.verify>) => {
        checks++;
        return nodeCrypto.verify(...given);
      },
    };
    const copies = Array.from({ length: 40 }, () =>
      issue({ name: 'ca', key: ca.key, ca: { pathLength: 0 }, issuer: root, to: '2025-01-01T00:00:00Z' }),
    );
    await findPath({
      end: readCertificate(leaf.certificate),
      roots: [readCertificate(root.certificate)],
      pool: copies.map(({ certificate }) => readCertificate(certificate)),
      policy: RFC_5280,
      at: NOW,
      claimedTime: NOW,
      revocation: 'off',
      answers: { embedded: NO_ANSWERS, handedIn: NO_ANSWERS },
      crypto,
    });
    expect(checks).toBeLessThanOrEqual(80);
  });

  test('compares names as people would: case, spaces and string type apart', async () => {
    const shouting = issue({ name: 'x', subject: nameOf('  CA '), key: ca.key, ca: true, issuer: root });
    expect(await askPath({ end: leaf, roots: [root], pool: [shouting] })).toMatchObject(valid);
    const other = issue({ name: 'x', subject: nameOf('c a'), key: ca.key, ca: true, issuer: root });
    expect((await askPath({ end: leaf, roots: [root], pool: [other] })).verdict).toBe('invalid');
  });
});
