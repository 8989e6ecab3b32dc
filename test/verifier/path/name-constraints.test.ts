import { describe, expect, test } from 'vitest';
import { askPath } from '../support/ask-path.ts';
import { explicit, fromHex, octets, oid, sequence, set, text, tlv } from '../support/der-write.ts';
import { issue, nameOf, type Extension } from '../support/x509.ts';

const ascii = (value: string) => new TextEncoder().encode(value);
const email = (value: string) => tlv(0x81, ascii(value));
const host = (value: string) => tlv(0x82, ascii(value));
const uri = (value: string) => tlv(0x86, ascii(value));
const address = (digits: string) => tlv(0x87, fromHex(digits));
const directory = (name: Uint8Array) => explicit(4, name);
const other = () => explicit(0, oid('1.2.3'), explicit(0, text('x')));

const root = issue({ name: 'root', ca: true });
const san = (...names: readonly Uint8Array[]): Extension => ['2.5.29.17', false, sequence(...names)];
const tree = (tag: number, names: readonly Uint8Array[]) =>
  names.length === 0 ? [] : [explicit(tag, ...names.map((name) => sequence(name)))];
const constraints = (permitted: readonly Uint8Array[], excluded: readonly Uint8Array[]): Extension => [
  '2.5.29.30',
  true,
  sequence(...tree(0, permitted), ...tree(1, excluded)),
];

type Asked = {
  permitted?: Uint8Array[];
  excluded?: Uint8Array[];
  names?: Uint8Array[];
  subject?: Uint8Array;
};

async function ask({ permitted = [], excluded = [], names, subject }: Asked) {
  const ca = issue({ name: 'ca', ca: true, issuer: root, extensions: [constraints(permitted, excluded)] });
  const end = issue({
    name: 'end',
    issuer: ca,
    ...(subject ? { subject } : {}),
    ...(names ? { extensions: [san(...names)] } : {}),
  });
  const { verdict, reasons } = await askPath({ end, roots: [root], pool: [ca] });
  return verdict === 'valid' ? 'valid' : reasons[0];
}

describe('name constraints', () => {
  test.each<[string, Asked, string]>([
    ['a host of the subtree', { permitted: [host('a.vn')], names: [host('x.A.vn')] }, 'valid'],
    ['the subtree’s own host', { permitted: [host('a.vn')], names: [host('a.vn')] }, 'valid'],
    ['a host that only ends alike', { permitted: [host('a.vn')], names: [host('ba.vn')] }, 'PATH_NAMES'],
    [
      'one host outside of two',
      { permitted: [host('a.vn')], names: [host('a.vn'), host('b.vn')] },
      'PATH_NAMES',
    ],
    ['a host with an empty label', { permitted: [host('a.vn')], names: [host('.a.vn')] }, 'PATH_NAMES'],
    [
      'a host with a character that hosts have not',
      { permitted: [host('a.vn')], names: [host('x\0.a.vn')] },
      'PATH_NAMES',
    ],
    [
      'a host with a final dot, excluded',
      { excluded: [host('a.vn')], names: [host('x.a.vn.')] },
      'PATH_NAMES',
    ],
    [
      'a wildcard that stands for an excluded host',
      { excluded: [host('x.a.vn')], names: [host('*.a.vn')] },
      'PATH_NAMES',
    ],
    ['a wildcard beside an excluded host', { excluded: [host('x.b.vn')], names: [host('*.a.vn')] }, 'valid'],
    ['a form that is not constrained', { permitted: [host('a.vn')], names: [uri('http://b.vn/')] }, 'valid'],
    ['no name of the form', { permitted: [host('a.vn')] }, 'valid'],
    ['a mailbox', { permitted: [email('me@a.vn')], names: [email('me@A.vn')] }, 'valid'],
    ['another mailbox', { permitted: [email('me@a.vn')], names: [email('Me@a.vn')] }, 'PATH_NAMES'],
    ['a mailbox of the host', { permitted: [email('a.vn')], names: [email('x@a.vn')] }, 'valid'],
    ['a mailbox below the host', { permitted: [email('a.vn')], names: [email('x@b.a.vn')] }, 'PATH_NAMES'],
    ['a mailbox below the domain', { permitted: [email('.a.vn')], names: [email('x@b.a.vn')] }, 'valid'],
    ['two signs in an address', { excluded: [email('a.vn')], names: [email('"x@a.vn"@b.vn')] }, 'PATH_NAMES'],
    ['a URI’s host', { permitted: [uri('a.vn')], names: [uri('https://u:p@a.vn:8/x?@b.vn')] }, 'valid'],
    ['a URI below it', { permitted: [uri('a.vn')], names: [uri('https://b.a.vn/')] }, 'PATH_NAMES'],
    ['a URI without a host, excluded', { excluded: [uri('a.vn')], names: [uri('urn:x')] }, 'PATH_NAMES'],
    ['a URI with a backslash', { permitted: [uri('a.vn')], names: [uri('https://b.vn\\@a.vn/')] }, 'valid'],
    ['a URI with an address', { permitted: [uri('.a.vn')], names: [uri('https://10.0.0.1/')] }, 'PATH_NAMES'],
    ['an address', { permitted: [address('0a000000ff000000')], names: [address('0a010203')] }, 'valid'],
    [
      'an address outside',
      { permitted: [address('0a000000ff000000')], names: [address('0b010203')] },
      'PATH_NAMES',
    ],
    [
      'an address of the other version',
      { permitted: [address('0a000000ff000000')], names: [address('00'.repeat(16))] },
      'PATH_NAMES',
    ],
    [
      'a mask of another length',
      { excluded: [address('0a0000ff0000')], names: [address('0a0000')] },
      'CERTIFICATE_MALFORMED',
    ],
    [
      'an address of another length',
      { permitted: [address('0a000000ff000000')], names: [address('0a0000')] },
      'CERTIFICATE_MALFORMED',
    ],
    ['a form that is not known', { permitted: [other()], names: [other()] }, 'PATH_NOT_UNDERSTOOD'],
    ['a form that is not known, and not there', { excluded: [other()] }, 'valid'],
    ['a subject of the subtree', { permitted: [directory(nameOf('END'))] }, 'valid'],
    ['a subject outside', { permitted: [directory(nameOf('x'))] }, 'PATH_NAMES'],
    ['a subject that is excluded', { excluded: [directory(nameOf(' end'))] }, 'PATH_NAMES'],
    [
      'a directory name beside the subject',
      { permitted: [directory(nameOf('end'))], names: [directory(nameOf('x'))] },
      'PATH_NAMES',
    ],
    ['an empty subtree, excluded: everybody', { excluded: [directory(sequence())] }, 'PATH_NAMES'],
  ])('%s', async (_name, asked, expected) => {
    expect(await ask(asked)).toBe(expected);
  });

  const withEmail = sequence(
    set(sequence(oid('2.5.4.6'), tlv(0x13, ascii('VN')))),
    set(sequence(oid('1.2.840.113549.1.9.1'), tlv(0x16, ascii('x@b.vn')))),
  );

  test('an e-mail address in the subject counts, also where alternative names could hide it', async () => {
    const permitted = [email('a.vn')];
    expect(await ask({ permitted, subject: withEmail })).toBe('PATH_NAMES');
    expect(await ask({ permitted, subject: withEmail, names: [host('x.vn')] })).toBe('PATH_NAMES');
    expect(await ask({ permitted: [email('b.vn')], subject: withEmail })).toBe('valid');
  });

  test.each<[string, Uint8Array]>([
    ['nothing at all', sequence()],
    ['a minimum', sequence(explicit(0, sequence(host('a.vn'), fromHex('800101'))))],
    ['a name that is none', sequence(explicit(0, sequence(explicit(4, sequence(octets(fromHex('00')))))))],
    ['no sequence', fromHex('0500')],
    ['an open length', fromHex('3080')],
  ])('constraints with %s are refused', async (_name, value) => {
    const ca = issue({ name: 'ca', ca: true, issuer: root, extensions: [['2.5.29.30', true, value]] });
    const end = issue({ name: 'end', issuer: ca });
    const answer = await askPath({ end, roots: [root], pool: [ca] });
    expect(answer).toMatchObject({ verdict: 'invalid', reasons: ['CERTIFICATE_MALFORMED'] });
  });

  test('bind everybody below but the self-issued on the way', async () => {
    const top = issue({
      name: 'top',
      ca: true,
      issuer: root,
      extensions: [constraints([directory(nameOf('x'))], [])],
    });
    const again = issue({ name: 'top', ca: true, issuer: top });
    const end = (name: string) => issue({ name, issuer: again });
    expect((await askPath({ end: end('x'), roots: [root], pool: [top, again] })).verdict).toBe('valid');
    expect((await askPath({ end: end('y'), roots: [root], pool: [top, again] })).reasons).toEqual([
      'PATH_NAMES',
    ]);
    const bound = issue({ name: 'bound', ca: true, extensions: [constraints([directory(nameOf('x'))], [])] });
    const below = issue({ name: 'y', issuer: bound });
    expect((await askPath({ end: below, roots: [bound] })).reasons).toEqual(['PATH_NAMES']);
  });

  test.each<[string, (i: number) => Uint8Array]>([
    ['hosts', (i) => host(`h${i}.vn`)],
    ['directory names', (i) => directory(sequence(set(sequence(oid('2.5.4.3'), text(`${i}`)))))],
  ])('thousands of %s at every level are answered, and not accepted', async (_name, nameAt) => {
    const many = Array.from({ length: 600 }, (_, i) => nameAt(i));
    let issuer = root;
    const cas = Array.from({ length: 6 }, (_, i) => {
      issuer = issue({ name: `ca ${i}`, ca: true, issuer, extensions: [constraints([], many)] });
      return issuer;
    });
    const names = Array.from({ length: 600 }, (_, i) => nameAt(i + 1000));
    const end = issue({ name: 'end', issuer, extensions: [san(...names)] });
    const answer = await askPath({ end, roots: [root], pool: cas });
    expect(answer).toMatchObject({ verdict: 'undetermined', reasons: ['PATH_NOT_UNDERSTOOD'] });
  });
});
