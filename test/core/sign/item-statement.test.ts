import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64url, utf8, utf8Text } from '#core/bytes';
import { canonicalBytes } from '#core/record/canonical-bytes';
import { itemStatement, itemWriter, parseAnyStatement } from '#core/sign/item-statement';
import { parseStatement, type ListStatement } from '#core/sign/statement';
import { refused } from '../../support/refused.ts';
import { readVectors } from '../../vectors/read.ts';
import { bytesOf, changed } from './samples.ts';

const vectors = readVectors('item');
const list = parseStatement(utf8(vectors.list));
const sha256 = (text: string) => base64url(createHash('sha256').update(text).digest());
const write = itemWriter(list, sha256(vectors.list));
const [first] = vectors.cases;
if (!first) throw new Error('items are expected');

describe('an item statement', () => {
  it.each(vectors.cases)('is the bytes of the vector, follows from its list, and is read back', (one) => {
    const { statement, bytes } = one;
    const [index, leafHash] = [Number(statement['index']), String(statement['leafHash'])];
    expect(utf8Text(write({ index, leafHash }))).toBe(bytes);
    expect(parseAnyStatement(utf8(bytes))).toEqual(statement);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(one.sha256);
  });

  it('names its list by the digest of its bytes', () => {
    expect(first.statement['list']).toBe(sha256(vectors.list));
  });

  it('is written as RFC 8785 would have it, whatever the list says', () => {
    const digest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(base64url);
    // text that looks like the places that are filled in
    const piece = fc.constantFrom(
      '"index":0,',
      '"leafHash":""',
      '\\"leafHash\\":\\"',
      '\\',
      '"',
      'é',
      '😀',
      'a',
    );
    const text = fc
      .array(piece, { minLength: 1, maxLength: 12 })
      .map((pieces) => pieces.join('').normalize('NFC'));
    const lists = fc.record({
      name: text,
      declaration: text,
      campaign: fc.constantFrom('covid19', 'index-0'),
      count: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      sequence: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      previous: fc.option(digest, { nil: undefined }),
      log: fc.option(fc.record({ size: fc.integer({ min: 1 }), root: digest }), { nil: undefined }),
    });
    const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(lists, digest, digest, place, (varied, listSha256, leafHash, at) => {
        const { name, previous, log, ...rest } = varied;
        const of: ListStatement = {
          ...list,
          ...rest,
          unit: { code: '79-00123', name },
          previous,
          ...(log ? { log } : {}),
        };
        const index = Math.floor(at * of.count);
        expect(itemWriter(of, listSha256)({ index, leafHash })).toEqual(
          canonicalBytes(itemStatement(of, listSha256, { index, leafHash })),
        );
      }),
    );
  });

  it.each([-1, list.count, 0.5, Number.NaN])('is not made for a place that the list has not: %d', (index) => {
    expect(() => write({ index, leafHash: 'A'.repeat(43) })).toThrow(RangeError);
  });

  it.each([
    ['unknown', 1, ''],
    ['root', first.statement['leafHash'], ''],
    ['tree', 'rfc9162-sha256', ''],
    ['mode', 'list', '/mode'],
    ['index', list.count, '/index'],
    ['index', -1, '/index'],
    ['index', '0', '/index'],
    ['leafHash', 'short', '/leafHash'],
    ['list', undefined, '/list'],
    ['unit.phone', '0901234567', '/unit'],
    ['recordType', 'kyso/record/v2', '/recordType'],
  ])('refuses %s = %j', (path, value, at) => {
    const refusal = refused(() => parseAnyStatement(bytesOf(changed(first.statement, path, value))));
    expect(refusal.code).toBe('STATEMENT_MALFORMED');
    expect(refusal.faults.map((fault) => fault.at)).toEqual([at]);
  });

  it.each([
    ['sequence 1 with a previous one', { ...first.statement, sequence: 1 }],
    ['sequence 2 without', { ...first.statement, previous: undefined }],
    ['another type', { ...first.statement, type: 'kyso/item/v2' }],
    ['no type', { ...first.statement, type: undefined }],
  ])('refuses %s', (_what, statement) => {
    expect(refused(() => parseAnyStatement(bytesOf(statement))).code).toBe('STATEMENT_MALFORMED');
  });

  it('is not taken for a list, nor a list for an item', () => {
    expect(refused(() => parseStatement(utf8(first.bytes))).detail).toBe('type');
    expect(parseAnyStatement(utf8(vectors.list))).toEqual(list);
    const named = { ...first.statement, type: 'kyso/list/v1' };
    expect(refused(() => parseAnyStatement(bytesOf(named))).code).toBe('STATEMENT_MALFORMED');
  });

  it('refuses another spelling and what is too large', () => {
    expect(refused(() => parseAnyStatement(utf8(first.bytes + '\n'))).code).toBe('NOT_CANONICAL');
    expect(refused(() => parseAnyStatement(new Uint8Array(8193))).code).toBe('INPUT_TOO_LARGE');
  });
});
