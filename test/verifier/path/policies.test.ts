import { describe, expect, test } from 'vitest';
import { ANY_POLICIES, type InitialPolicies } from '#verifier/path/path-policy';
import { askPath } from '../support/ask-path.ts';
import { fromHex, integer, oid, sequence, tlv } from '../support/der-write.ts';
import { issue, type Extension } from '../support/x509.ts';

const ANY = '2.5.29.32.0';
const policies = (...oids: string[]): Extension => [
  '2.5.29.32',
  false,
  sequence(...oids.map((one) => sequence(oid(one)))),
];
const mappings = (...pairs: [string, string][]): Extension => [
  '2.5.29.33',
  true,
  sequence(...pairs.map(([from, to]) => sequence(oid(from), oid(to)))),
];
const requireExplicit = (after: number): Extension => [
  '2.5.29.36',
  true,
  sequence(tlv(0x80, integer(after).subarray(2))),
];
const inhibitMapping = (after: number): Extension => [
  '2.5.29.36',
  true,
  sequence(tlv(0x81, integer(after).subarray(2))),
];
const inhibitAny = (after: number): Extension => ['2.5.29.54', true, integer(after)];
const [A, B, C] = ['1.2.3.1', '1.2.3.2', '1.2.3.3'];

/** A path root → CAs → signer, each with its extensions. */
async function ask(levels: readonly (readonly Extension[])[], initial: Partial<InitialPolicies> = {}) {
  const root = issue({ name: 'root', ca: true });
  let issuer = root;
  const made = levels.map((extensions, i) => {
    const isEnd = i === levels.length - 1;
    const one = issue({ name: `level ${i}`, issuer, extensions, ...(isEnd ? {} : { ca: true }) });
    issuer = one;
    return one;
  });
  const { verdict, reasons } = await askPath({
    end: made.at(-1) ?? root,
    roots: [root],
    pool: made.slice(0, -1),
    policy: { policies: { ...ANY_POLICIES, ...initial } },
  });
  return verdict === 'valid' ? 'valid' : reasons[0];
}

const explicit = { explicit: true };
const only = (...oids: string[]) => ({ explicit: true, set: new Set(oids) });

describe('certificate policies', () => {
  test.each<[string, Extension[][], Partial<InitialPolicies>, string]>([
    ['none, none asked for', [[], []], {}, 'valid'],
    ['none, one asked for', [[], []], explicit, 'PATH_POLICY'],
    ['the same all the way', [[policies(A)], [policies(A)]], explicit, 'valid'],
    ['different ones', [[policies(A)], [policies(B)]], explicit, 'PATH_POLICY'],
    ['different ones, none asked for', [[policies(A)], [policies(B)]], {}, 'valid'],
    ['one that is accepted', [[policies(A, B)], [policies(B)]], only(B), 'valid'],
    ['one that is not accepted', [[policies(A)], [policies(A)]], only(B), 'PATH_POLICY'],
    ['any policy above', [[policies(ANY)], [policies(A)]], only(A), 'valid'],
    ['any policy below', [[policies(A)], [policies(ANY)]], only(A), 'valid'],
    ['any policy below another', [[policies(A)], [policies(ANY)]], only(B), 'PATH_POLICY'],
    ['any policy all the way', [[policies(ANY)], [policies(ANY)]], only(B), 'valid'],
    [
      'any policy, which is inhibited',
      [[policies(ANY)], [policies(A)]],
      { ...explicit, inhibitAny: true },
      'PATH_POLICY',
    ],
    [
      'any policy inhibited by the CA',
      [[policies(A), inhibitAny(0)], [policies(ANY)]],
      explicit,
      'PATH_POLICY',
    ],
    ['any policy inhibited one later', [[policies(A), inhibitAny(1)], [policies(ANY)]], explicit, 'valid'],
    ['mapped', [[policies(A), mappings([A, B])], [policies(B)]], only(A), 'valid'],
    [
      'mapped, the name of the other domain asked for',
      [[policies(A), mappings([A, B])], [policies(B)]],
      only(B),
      'PATH_POLICY',
    ],
    [
      'mapped, and the old one used',
      [[policies(A), mappings([A, B])], [policies(A)]],
      only(A),
      'PATH_POLICY',
    ],
    ['mapped from any policy', [[policies(ANY), mappings([A, B])], [policies(B)]], only(A), 'valid'],
    [
      'mapped twice',
      [[policies(A), mappings([A, B])], [policies(B), mappings([B, C])], [policies(C)]],
      only(A),
      'valid',
    ],
    [
      'mapped where mapping is inhibited',
      [[policies(A), mappings([A, B])], [policies(B)]],
      { ...explicit, inhibitMapping: true },
      'PATH_POLICY',
    ],
    [
      'mapped where the CA above inhibits it',
      [[policies(A), inhibitMapping(0)], [policies(A), mappings([A, B])], [policies(B)]],
      explicit,
      'PATH_POLICY',
    ],
    ['mapped to any policy', [[policies(A), mappings([A, ANY])], [policies(A)]], {}, 'PATH_POLICY'],
    ['mapped from any policy by name', [[policies(A), mappings([ANY, A])], [policies(A)]], {}, 'PATH_POLICY'],
    ['required by the CA', [[requireExplicit(0)], []], {}, 'PATH_POLICY'],
    ['required later than the path is long', [[requireExplicit(2)], []], {}, 'valid'],
    ['required by the signer itself', [[], [requireExplicit(0)]], {}, 'PATH_POLICY'],
    ['absent in the middle', [[policies(A)], [], [policies(A)]], explicit, 'PATH_POLICY'],
    ['a policy twice', [[policies(A, A)], [policies(A)]], {}, 'CERTIFICATE_MALFORMED'],
    ['empty', [[['2.5.29.32', false, sequence()]], []], {}, 'CERTIFICATE_MALFORMED'],
    ['empty constraints', [[['2.5.29.36', true, sequence()]], []], {}, 'CERTIFICATE_MALFORMED'],
    ['a negative number', [[['2.5.29.54', true, fromHex('0201ff')]], []], {}, 'CERTIFICATE_MALFORMED'],
    [
      'a number beyond all paths',
      [[['2.5.29.54', true, fromHex('02047fffffff')], policies(A)], [policies(A)]],
      explicit,
      'valid',
    ],
  ])('%s', async (_name, levels, initial, expected) => {
    expect(await ask(levels, initial)).toBe(expected);
  });

  test('that map each to each, level after level, are answered', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `1.2.3.${i}`);
    const pairs = names.flatMap((from) => names.map((to): [string, string] => [from, to]));
    const level = [policies(...names), mappings(...pairs)];
    const levels = [...Array.from({ length: 7 }, () => level), [policies('1.2.3.0')]];
    expect(await ask(levels, only('1.2.3.7'))).toBe('valid');
    expect(await ask(levels, only('1.2.4'))).toBe('PATH_POLICY');
  });

  test('in their thousands are answered', async () => {
    const names = Array.from({ length: 1000 }, (_, i) => `1.2.3.${i}`);
    const levels = Array.from({ length: 8 }, () => [policies(...names)]);
    expect(await ask(levels, only('1.2.3.999'))).toBe('valid');
    const many = names.slice(0, 700).map((from): [string, string] => [from, A]);
    expect(
      await ask(
        [[policies(...names.slice(0, 700)), mappings(...many.slice(0, 600))], [policies(A)]],
        only(A),
      ),
    ).toBe('valid');
  });
});
