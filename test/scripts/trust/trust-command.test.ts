import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { base64 } from '#core/bytes';
import { canonicalBytes } from '#core/record/canonical-bytes';
import { parseTrustList, type TrustKeys } from '#core/sign/trust-list';
import { trustCommand } from '#scripts/trust/command';
import { ecFamily, ecSigner, rows, trust } from '../../verifier/support/standard-world.ts';
import { signerRow } from '../../verifier/support/world.ts';

const folder = mkdtempSync(join(tmpdir(), 'kyso-trust-'));
const at = (name: string) => join(folder, name);
const NOW = ['--at', '2022-04-30T09:00:00Z'];
const keys = ['a', 'b', 'c', 'stranger'].map((name) => ({
  file: at(`${name}.pem`),
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }),
}));
const [a, b, , stranger] = keys.map(({ file }) => file) as [string, string, string, string];

function writeKey(file: string, key: KeyObject): void {
  writeFileSync(file, key.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
}

const pins: TrustKeys = {
  type: 'kyso/trust-keys/v1',
  instance: 'demo',
  threshold: 2,
  keys: keys.slice(0, 3).map(({ publicKey }) => base64(publicKey.export({ format: 'der', type: 'spki' }))),
};

beforeAll(() => {
  for (const { file, privateKey } of keys) writeKey(file, privateKey);
  writeFileSync(at('pins.json'), canonicalBytes(pins));
  writeFileSync(at('signer.der'), ecSigner.certificate);
  writeFileSync(at('ca.der'), ecFamily.ca.certificate);
  writeFileSync(at('root.der'), ecFamily.root.certificate);
});
beforeEach(() => {
  for (const name of ['payload.json', 'trust.json', 'next.json']) if (existsSync(at(name))) rmSync(at(name));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function run(...argv: string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const exitCode = await trustCommand(argv, { out: (text) => out.push(text), err: (text) => err.push(text) });
  return { exitCode, out: out.join('\n'), err: err.join('\n') };
}

function describeList(changes: object = {}): string {
  writeFileSync(at('description.json'), JSON.stringify({ ...trust, ...changes }, null, 2));
  return at('description.json');
}

const make = (changes: object = {}, ...more: string[]) =>
  run('make', describeList(changes), '--out', at('payload.json'), ...more);
const pinned = ['--trust-keys', at('pins.json')];

async function signed(...by: readonly string[]): Promise<string> {
  await make();
  const [first = '', ...others] = by;
  await run('sign', at('payload.json'), '--key', first, '--out', at('trust.json'));
  for (const key of others) await run('sign', at('trust.json'), '--key', key);
  return at('trust.json');
}

describe('make', () => {
  test('writes the canonical bytes of what is described', async () => {
    expect(await make()).toMatchObject({ exitCode: 0, err: '' });
    expect(parseTrustList(readFileSync(at('payload.json')))).toEqual(trust);
  });

  test('takes certificates and digests from files', async () => {
    const [root] = trust.roots;
    const row = { ...signerRow(ecSigner, ecFamily.ca), issuerKey: { file: 'ca.der' } };
    const roots = [{ ...root, certificate: { file: 'root.der' } }];
    const subject = {
      ...row,
      certificate: undefined,
      subject: { file: 'signer.der' },
      from: '2024-01-01T00:00:00Z',
    };
    const signers = [{ ...row, certificate: { file: 'signer.der' }, to: '2024-01-01T00:00:00Z' }, subject];
    expect(await make({ roots, signers })).toMatchObject({ exitCode: 0 });
    const list = parseTrustList(readFileSync(at('payload.json')));
    expect(list.roots[0]?.certificate).toBe(base64(ecFamily.root.certificate));
    expect(list.signers[0]).toEqual({ ...signerRow(ecSigner, ecFamily.ca), to: '2024-01-01T00:00:00Z' });
    expect(list.signers[1]?.subject).toBe(base64(ecSigner.name));
  });

  test('tells every fault at once, by its place, and writes nothing', async () => {
    const [root, ...others] = trust.roots;
    const roots = [{ ...root, certificate: { file: 'absent.der' } }, ...others];
    const { exitCode, err } = await make({ roots, sequence: 0, instance: 'Not Allowed', extra: 1 });
    expect(exitCode).toBe(1);
    for (const place of [
      '/roots/0/certificate: file_unreadable',
      '/sequence',
      '/instance',
      ': unrecognized_keys',
    ])
      expect(err).toContain(place);
    expect(existsSync(at('payload.json'))).toBe(false);
  });

  test('refuses dates in the wrong order, a root that is no CA, a signer twice', async () => {
    const [root] = trust.roots;
    const { exitCode, err } = await make({
      nextUpdate: trust.issuedAt,
      roots: [{ ...root, certificate: { file: 'signer.der' } }],
      signers: [
        ...rows,
        { ...rows[0], unit: '761', to: '2021-01-01T00:00:00Z' },
        { ...rows[1], unit: '761' },
      ],
    });
    expect(exitCode).toBe(1);
    for (const fault of [
      '/nextUpdate: not_after_issuedAt',
      '/roots/0/certificate: not_a_ca',
      '/signers/2/to: not_after_from',
      '/signers/3: signer_twice',
    ])
      expect(err).toContain(fault);
  });

  test('after a list before it, keeps every row, end-dates at most, and counts up', async () => {
    const before = ['--previous', await signed(a)];
    const ended = rows.map((row) => ({ ...row, to: '2022-05-01T00:00:00Z' }));
    expect(await make({ sequence: 6, signers: ended }, ...before)).toMatchObject({ exitCode: 0 });
    const changed = await make({ signers: [{ ...rows[0], unit: '761' }] }, ...before);
    expect(changed.exitCode).toBe(1);
    expect(changed.err).toContain('/sequence: not_above_5');
    for (const i of [0, 1]) expect(changed.err).toContain(`previous/signers/${i}: row_removed_or_changed`);
  });

  test('refuses a description that is none', async () => {
    writeFileSync(at('broken.json'), '{');
    expect((await run('make', at('broken.json'), '--out', at('payload.json'))).exitCode).toBe(2);
    expect((await run('make', at('absent.json'), '--out', at('payload.json'))).exitCode).toBe(2);
    expect((await run('make')).exitCode).toBe(2);
  });
});

describe('sign', () => {
  test('adds a signature and leaves the others as they are', async () => {
    const file = await signed(a);
    const first = JSON.parse(readFileSync(file, 'utf8')) as { payload: string; signatures: unknown[] };
    expect(await run('sign', file, '--key', b, ...pinned, '--out', at('next.json'))).toMatchObject({
      exitCode: 0,
    });
    const both = JSON.parse(readFileSync(at('next.json'), 'utf8')) as typeof first;
    expect(both.payload).toBe(first.payload);
    expect(both.signatures).toHaveLength(2);
    expect(both.signatures[0]).toEqual(first.signatures[0]);
    expect((await run('verify', at('next.json'), ...pinned, ...NOW)).exitCode).toBe(0);
  });

  test('refuses a key that is no pin, a second time, and pins of another instance', async () => {
    const file = await signed(a);
    expect((await run('sign', file, '--key', stranger, ...pinned)).err).toContain('TRUST_KEY_NOT_PINNED');
    expect((await run('sign', file, '--key', a, ...pinned)).err).toContain('has signed it already');
    writeFileSync(at('other.json'), canonicalBytes({ ...pins, instance: 'production' }));
    const other = await run('sign', file, '--key', b, '--trust-keys', at('other.json'));
    expect(other.err).toContain('TRUST_OF_OTHER_INSTANCE');
    expect((JSON.parse(readFileSync(file, 'utf8')) as { signatures: unknown[] }).signatures).toHaveLength(1);
  });

  test('refuses a key that others can read, or of another kind', async () => {
    await make();
    chmodSync(a, 0o640);
    const open = await run('sign', at('payload.json'), '--key', a);
    chmodSync(a, 0o600);
    expect([open.exitCode, open.err]).toEqual([1, expect.stringContaining('TRUST_KEY_NOT_PRIVATE')]);
    writeKey(at('rsa.pem'), generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
    for (const file of ['rsa.pem', 'absent.pem', 'ca.der']) {
      if (file === 'ca.der') chmodSync(at(file), 0o600);
      expect((await run('sign', at('payload.json'), '--key', at(file))).exitCode).toBe(2);
    }
  });

  test('signs nothing but trust lists', async () => {
    for (const [name, content] of [
      ['statement.json', '{"type":"kyso/list/v1"}'],
      ['spaced.json', JSON.stringify(trust, null, 1)],
    ] as const) {
      writeFileSync(at(name), content);
      expect((await run('sign', at(name), '--key', a)).exitCode).toBe(1);
      expect(readFileSync(at(name), 'utf8')).toBe(content);
    }
  });
});

test('show says what stands in it, in Vietnamese and English, and who signed', async () => {
  const { out } = await run('show', await signed(a, stranger), ...pinned, ...NOW);
  for (const part of [
    'Danh sách tin cậy · Trust list: demo, số · sequence 5',
    '2022-04-28T00:00:00Z (2 ngày · days)',
    'còn · left 27 ngày · days',
    'government  government root  2022-01-01T00:00:00Z – …',
    '760 (quận/huyện, district)',
    'Chữ ký · Signatures: 2 (cần · needed 2)',
    'khóa · key 1/3: đúng · holds',
    'khóa lạ · unknown key',
  ])
    expect(out).toContain(part);
  const bytes = readFileSync(at('trust.json'), 'utf8');
  const [one = ''] = /"sig":"[^"]{20}/.exec(bytes) ?? [];
  writeFileSync(at('next.json'), bytes.replace(one, `${one.slice(0, -4)}AAAA`));
  expect((await run('show', at('next.json'), ...pinned)).out).toContain('DOES NOT HOLD');
});

describe('verify', () => {
  test.each<[string, () => string[], string[], number]>([
    ['two pinned keys', () => [a, b], [], 0],
    ['a higher sequence than seen', () => [a, b], ['--above', '4'], 0],
    ['one pinned key', () => [a], [], 1],
    ['one pinned key and a stranger', () => [a, stranger], [], 1],
    ['a sequence that was seen', () => [a, b], ['--above', '5'], 3],
    ['a list that has run out', () => [a, b], ['--at', '2022-05-28T00:00:00Z'], 3],
    ['a list of the future', () => [a, b], ['--at', '2022-04-27T00:00:00Z'], 3],
    ['a sequence that is no number', () => [a, b], ['--above', 'x'], 2],
  ])('%s', async (_name, by, more, exitCode) => {
    expect((await run('verify', await signed(...by()), ...pinned, ...NOW, ...more)).exitCode).toBe(exitCode);
  });

  test('a list of another instance, no list, no file', async () => {
    await make({ instance: 'elsewhere' });
    await run('sign', at('payload.json'), '--key', a, '--out', at('trust.json'));
    await run('sign', at('trust.json'), '--key', b);
    const other = await run('verify', at('trust.json'), ...pinned, ...NOW);
    expect([other.exitCode, other.out]).toEqual([1, expect.stringContaining('TRUST_OF_OTHER_INSTANCE')]);
    expect((await run('verify', at('pins.json'), ...pinned)).exitCode).toBe(1);
    expect((await run('verify', at('absent.json'), ...pinned)).exitCode).toBe(2);
    expect((await run('verify', at('trust.json'))).exitCode).toBe(2);
  });
});
