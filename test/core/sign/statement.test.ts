import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { utf8, utf8Text } from '#core/bytes';
import { declarations, parseStatement, statementBytes } from '#core/sign/statement';
import { refused } from '../../support/refused.ts';
import { readVectors } from '../../vectors/read.ts';
import { bytesOf, changed } from './samples.ts';

const [first, second] = readVectors('statement').cases;
if (!first || !second) throw new Error('two statements are expected');

describe('a list statement', () => {
  it.each([first, second])('is the bytes of the vector, and is read back', ({ statement, bytes, sha256 }) => {
    const read = parseStatement(utf8(bytes));
    expect(read).toEqual(statement);
    expect(utf8Text(statementBytes(read))).toBe(bytes);
    expect(createHash('sha256').update(statementBytes(read)).digest('hex')).toBe(sha256);
  });

  it('names the one before by the digest of its bytes', () => {
    expect(second.statement['previous']).toBe(Buffer.from(first.sha256, 'hex').toString('base64url'));
  });

  it('may carry the last checkpoint of the log', () => {
    const log = { size: 7012, root: first.statement['root'] };
    expect(parseStatement(bytesOf({ ...first.statement, log })).log).toEqual(log);
  });

  it('declares what the letter orders, in plain text', () => {
    for (const declaration of Object.values(declarations))
      expect(parseStatement(bytesOf({ ...first.statement, declaration })).declaration).toBe(declaration);
  });

  it('has its type checked first: nothing else is read of another type', () => {
    for (const value of [
      { type: 'kyso/item/v1' },
      { ...first.statement, type: 'kyso/list/v2' },
      {},
      [],
      'x',
      5,
    ]) {
      const refusal = refused(() => parseStatement(bytesOf(value)));
      expect(refusal.code).toBe('STATEMENT_MALFORMED');
      expect(refusal.detail).toBe('type');
      expect(refusal.faults).toEqual([]);
    }
  });

  it.each([
    ['sequence 1 with a previous one', { ...first.statement, previous: second.statement['previous'] }],
    ['sequence 2 without', { ...second.statement, previous: undefined }],
  ])('refuses %s', (_what, statement) => {
    expect(refused(() => parseStatement(bytesOf(statement))).code).toBe('STATEMENT_MALFORMED');
  });

  it.each([
    ['unknown', 1, ''],
    ['unit.phone', '0901234567', '/unit'],
    ['instance', 'Production!', '/instance'],
    ['batchId', '0180726f-2c00-4abc-8def-0123456789ab', '/batchId'],
    ['kind', 'ward', '/kind'],
    ['mode', 'all', '/mode'],
    ['unit.code', '7', '/unit/code'],
    ['unit.name', 'Trung tâm\u200b', '/unit/name', 'NOT_CANONICAL'],
    ['unit.name', 'Trung  tâm', '/unit/name'],
    ['campaign', 'Covid', '/campaign'],
    ['sequence', 0, '/sequence'],
    ['count', 0, '/count'],
    ['count', '8', '/count'],
    ['root', 'short', '/root'],
    ['root', `${String(first.statement['root'])}=`, '/root'],
    ['tree', 'rfc6962', '/tree'],
    ['recordType', 'kyso/record/v2', '/recordType'],
    ['createdAt', '2022-04-31T08:15:00Z', '/createdAt'],
    ['declaration', undefined, '/declaration'],
  ])('refuses %s = %j', (path, value, at, code = 'STATEMENT_MALFORMED') => {
    const refusal = refused(() => parseStatement(bytesLoosely(changed(first.statement, path, value))));
    expect(refusal.code).toBe(code);
    if (code === 'STATEMENT_MALFORMED') expect(refusal.faults.map((fault) => fault.at)).toEqual([at]);
  });

  it('refuses another spelling, a line break at the end, and what is too large', () => {
    expect(refused(() => parseStatement(utf8(first.bytes + '\n'))).code).toBe('NOT_CANONICAL');
    expect(refused(() => parseStatement(utf8(JSON.stringify(JSON.parse(first.bytes), null, 1)))).code).toBe(
      'NOT_CANONICAL',
    );
    expect(refused(() => parseStatement(new Uint8Array(8193))).code).toBe('INPUT_TOO_LARGE');
  });
});

/** Also texts that canonicalBytes would not write. */
function bytesLoosely(value: unknown): Uint8Array {
  try {
    return bytesOf(value);
  } catch {
    return utf8(JSON.stringify(value));
  }
}
