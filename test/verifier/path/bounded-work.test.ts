import { describe, expect, test } from 'vitest';
import { askPath, type PathAsked } from '../support/ask-path.ts';
import { countingCrypto } from '../support/counting.ts';
import { newKey } from '../support/keys.ts';
import { issue, issueCrl, type Holder } from '../support/x509.ts';

/** What everybody may be made to spend by whoever sends him certificates: counted in signature checks, which is what costs. */

const FROM = '2025-12-31T00:00:00Z';
/** checks that a search for paths may spend, and links (path/candidate-paths.ts) */
const MAX_CHECKS = 1024;
/** paths that are judged (path/find-path.ts), each of at most 16 certificates */
const MAX_JUDGED = 16 * 16;

const root = issue({ name: 'root', ca: true });
const ca = issue({ name: 'ca', ca: true, issuer: root });
const leaf = issue({ name: 'leaf', issuer: ca });
const keys = Array.from({ length: 12 }, () => newKey('p256'));

async function ask(asked: PathAsked) {
  const { crypto, checks } = countingCrypto();
  const { verdict, reasons } = await askPath({ ...asked, crypto });
  return { verdict, reasons, checks: checks() };
}

/** Everybody has certified everybody else, himself with each other's key included. */
function mesh(name: string): { readonly holders: readonly Holder[]; readonly all: readonly Holder[] } {
  const holders = keys.map((key, i) => issue({ name: `${name} ${i}`, key, ca: true }));
  const all = holders.flatMap((issuer) =>
    holders.flatMap((_, j) => {
      const key = keys[j];
      return issuer === holders[j] || !key ? [] : [issue({ name: `${name} ${j}`, key, ca: true, issuer })];
    }),
  );
  return { holders, all };
}

describe('intermediates that certify each other in a circle', () => {
  const other = issue({ name: 'other', ca: true });
  const circle = [
    issue({ name: 'ca', key: ca.key, ca: true, issuer: other }),
    issue({ name: 'other', key: other.key, ca: true, issuer: ca }),
  ];

  test('cost nothing where none of them leads to a root', async () => {
    expect(await ask({ end: leaf, roots: [root], pool: circle })).toEqual({
      verdict: 'invalid',
      reasons: ['SIGNER_UNTRUSTED'],
      checks: 0,
    });
  });

  test('do not keep the way out from being found', async () => {
    const answer = await ask({ end: leaf, roots: [root], pool: [...circle, ca] });
    expect(answer).toMatchObject({ verdict: 'valid', reasons: [] });
    expect(answer.checks).toBeLessThanOrEqual(4);
  });

  test('twelve of them, all with all, whose every way to the root is forged: refused', async () => {
    const { holders, all } = mesh('false');
    const forged = keys.map((key, i) =>
      issue({ name: `false ${i}`, key, ca: true, issuer: root, signedBy: newKey('p256') }),
    );
    const end = issue({ name: 'end', issuer: holders[0] ?? root });
    const answer = await ask({ end, roots: [root], pool: [...all, ...forged] });
    expect(answer).toMatchObject({ verdict: 'invalid' });
    expect(answer.reasons).toContain('SIGNER_UNTRUSTED');
    expect(answer.checks).toBeLessThanOrEqual(MAX_CHECKS + MAX_JUDGED);
  });

  test('twelve of them, all with all, whose every way ends in an expired certificate: said so', async () => {
    const { holders, all } = mesh('ended');
    const ended = keys.map((key, i) =>
      issue({ name: `ended ${i}`, key, ca: true, issuer: root, to: '2025-01-01T00:00:00Z' }),
    );
    const end = issue({ name: 'end', issuer: holders[0] ?? root });
    const answer = await ask({ end, roots: [root], pool: [...all, ...ended] });
    expect(answer).toMatchObject({ verdict: 'invalid' });
    expect(answer.reasons).toContain('CA_EXPIRED');
    expect(answer.checks).toBeLessThanOrEqual(MAX_CHECKS);
  });
});

describe('a bag of a thousand certificates', () => {
  const thousand = (make: (i: number) => Holder) => Array.from({ length: 1000 }, (_, i) => make(i));
  const key = newKey('p256');

  test('that have nothing to do with the signer cost nothing: one check for each link of his path', async () => {
    const others = thousand((i) => issue({ name: `other ${i}`, key, ca: true, issuer: i % 2 ? root : ca }));
    expect(await ask({ end: leaf, roots: [root], pool: [...others, ca] })).toEqual({
      verdict: 'valid',
      reasons: [],
      checks: 2,
    });
    expect(await ask({ end: leaf, roots: [root], pool: others })).toMatchObject({
      reasons: ['SIGNER_UNTRUSTED'],
      checks: 0,
    });
  });

  test('that bear the issuer’s name with other keys are tried once each at most', async () => {
    const others = thousand((i) => issue({ name: 'ca', key: keys[i % 12] ?? key, ca: true, issuer: root }));
    const good = await ask({ end: leaf, roots: [root], pool: [...others, ca] });
    expect(good).toMatchObject({ verdict: 'valid', reasons: [] });
    expect(good.checks).toBeLessThanOrEqual(MAX_CHECKS);
    const none = await ask({ end: leaf, roots: [root], pool: others });
    expect(none).toMatchObject({ verdict: 'invalid', reasons: ['CERTIFICATE_SIGNATURE_INVALID'] });
    expect(none.checks).toBeLessThanOrEqual(MAX_CHECKS + MAX_JUDGED);
  });

  test('that are all of the issuer, none good, are not all looked at, and the answer says so', async () => {
    const ended = thousand(() =>
      issue({ name: 'ca', key: ca.key, ca: true, issuer: root, to: '2025-01-01T00:00:00Z' }),
    );
    const answer = await ask({ end: leaf, roots: [root], pool: ended });
    expect(answer).toMatchObject({ verdict: 'invalid', reasons: ['CA_EXPIRED', 'PATH_NOT_UNDERSTOOD'] });
    expect(answer.checks).toBeLessThanOrEqual(2 * 16);
  });

  test('is a chain of a thousand: too long to be followed', async () => {
    const chain = [ca];
    for (let i = 0; i < 1000; i++)
      chain.push(issue({ name: `ca ${i}`, key, ca: true, issuer: chain[i] ?? ca }));
    const end = issue({ name: 'end', issuer: chain.at(-1) ?? ca });
    expect(await ask({ end, roots: [root], pool: chain })).toEqual({
      verdict: 'invalid',
      reasons: ['SIGNER_UNTRUSTED'],
      checks: 0,
    });
  });

  test('that call themselves CRL signers are tried on a CRL a few times at most', async () => {
    const signers = thousand((i) =>
      issue({ name: 'crl signer', key: keys[i % 12] ?? key, ca: true, issuer: root }),
    );
    const crl = issueCrl({
      issuer: { ...ca, name: signers[0]?.name ?? ca.name },
      from: FROM,
      signedBy: newKey('p256'),
    });
    const crls = [issueCrl({ issuer: root, from: FROM }), crl];
    const answer = await ask({ end: leaf, roots: [root], pool: [...signers, ca], crls });
    expect(answer).toMatchObject({ verdict: 'undetermined', reasons: ['REVOCATION_UNKNOWN'] });
    expect(answer.checks).toBeLessThanOrEqual(2 + 2 * 17);
  });
});
