import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sealer, unwrapKey, wrapKey } from '#signing-api/sealing';
import { makeRowCode, readRowCode } from '#signing-api/row-code';
import { openDataKeys } from '#signing-api/store/data-keys';
import { freeze, makeWorld, people, verifyIdentities, type World } from '../support/world.ts';
import { refused, refusedLater } from '../support/refused.ts';
import { take } from './rows-in.ts';

const key = randomBytes(32);
const sealer = new Sealer({ seal: new Map([[1, key]]), index: randomBytes(32) });
const opens = (sealed: Buffer, row = 'row/1') => sealer.open(sealed, row).toString('utf8');

describe('sealed bytes', () => {
  const sealed = sealer.seal('079080000001 Nguyễn', 'row/1');

  it('open in their own row, and say nothing by themselves', () => {
    expect(opens(sealed)).toBe('079080000001 Nguyễn');
    expect(sealed.toString('latin1')).not.toContain('0790');
    expect(sealer.seal('079080000001 Nguyễn', 'row/1')).not.toEqual(sealed);
  });

  it('do not open in another row', () => {
    expect(refused(() => opens(sealed, 'row/2')).code).toBe('INTERNAL');
  });

  it('do not open with any byte changed, or cut', () => {
    for (let i = 0; i < sealed.length; i++) {
      const bent = Buffer.from(sealed);
      bent.writeUInt8((bent[i] ?? 0) ^ 1, i);
      expect(refused(() => opens(bent)).code).toBe('INTERNAL');
      expect(refused(() => opens(sealed.subarray(0, i))).code).toBe('INTERNAL');
    }
  });

  it('of an older key still open after a new one was made, which seals from then on', () => {
    const both = new Sealer({
      seal: new Map([
        [1, key],
        [3, randomBytes(32)],
      ]),
      index: key,
    });
    expect(both.open(sealed, 'row/1').toString('utf8')).toBe('079080000001 Nguyễn');
    expect(refused(() => opens(both.seal('x', 'row/1'))).detail).toBe('sealed under an unknown key');
  });

  it('may be empty', () => {
    expect(opens(sealer.seal('', 'row/1'))).toBe('');
  });
});

describe('a blind index', () => {
  it('is the same for the same parts, and another for another domain or division', () => {
    const index = sealer.blindIndex('id', 'CCCD', '079080000001');
    expect(sealer.blindIndex('id', 'CCCD', '079080000001')).toEqual(index);
    expect(sealer.blindIndex('identity', 'CCCD', '079080000001')).not.toEqual(index);
    expect(sealer.blindIndex('id', 'CCCD0', '79080000001')).not.toEqual(index);
    expect(
      new Sealer({ seal: new Map([[1, key]]), index: key }).blindIndex('id', 'CCCD', '079080000001'),
    ).not.toEqual(index);
  });
});

describe('a row code', () => {
  const id = '0180726f-2c00-7abc-8def-0123456789ab';

  it('is read back by its maker only, unchanged', () => {
    const code = makeRowCode(sealer, id, 7);
    expect(readRowCode(sealer, code)).toEqual({ recordId: id, version: 7 });
    expect(readRowCode(new Sealer({ seal: new Map([[1, key]]), index: key }), code)).toBeNull();
    for (let i = 0; i < code.length; i++)
      expect(
        readRowCode(sealer, code.slice(0, i) + (code[i] === 'A' ? 'B' : 'A') + code.slice(i + 1)),
      ).toBeNull();
    for (const text of ['', code + 'A', code.slice(1), 'Nguyễn'])
      expect(readRowCode(sealer, text)).toBeNull();
  });
});

describe('data keys', () => {
  it('open under their own master key, id and purpose only', () => {
    const wrapped = wrapKey(key, randomBytes(32), 'seal/1');
    expect(unwrapKey(key, wrapped, 'seal/1')).toHaveLength(32);
    for (const run of [
      () => unwrapKey(randomBytes(32), wrapped, 'seal/1'),
      () => unwrapKey(key, wrapped, 'seal/2'),
    ])
      expect(refused(run).code).toBe('CONFIG_INVALID');
  });
});

describe('the database', () => {
  let world: World;
  beforeAll(async () => {
    world = await makeWorld();
  });
  afterAll(() => world.close());

  it('refuses to start under another master key', async () => {
    expect((await refusedLater(() => openDataKeys(world.service.db, randomBytes(32)))).code).toBe(
      'CONFIG_INVALID',
    );
  });

  it('holds no id number and no plain leaf in any table, after import, check and freeze', async () => {
    const rows = people(world, 300, { errors: true, seed: 5 }).map(({ row }) => row);
    await take(world, rows);
    await verifyIdentities(world);
    await freeze(world, await world.key('district', '760'));
    await world.call('GET', '/v1/status');
    const dump = await everything(world);
    expect(dump.length).toBeGreaterThan(500_000);
    for (const { idNumber } of rows) {
      if (!idNumber) continue;
      expect(dump.includes(idNumber)).toBe(false);
      expect(dump.includes(Buffer.from(idNumber).toString('hex'))).toBe(false);
    }
    for (const text of ['"type":"kyso/record/v1"', '"salt":', '"commit":', '"opening"'])
      expect([text, dump.includes(Buffer.from(text).toString('hex'))]).toEqual([text, false]);
    expect(dump).not.toMatch(/"(salt|commit|opening)"/);
  });
});

/** All rows of all tables as text, bytes in hex: what pg_dump would write. */
async function everything(world: World): Promise<string> {
  const tables = await world.sql<{ name: string }>(
    `select format('%I', table_name) as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  let dump = '';
  for (const { name } of tables) {
    const [found] = await world.sql<{ text: string | null }>(
      `select string_agg(t::text, E'\\n') as text from ${name} t`,
    );
    dump += found?.text ?? '';
  }
  return dump;
}
