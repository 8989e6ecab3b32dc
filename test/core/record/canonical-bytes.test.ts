import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, utf8 } from '#core/bytes';
import {
  canonicalBytes,
  canonicalText,
  parseCanonical,
  parseCanonicalText,
  type Json,
} from '#core/record/canonical-bytes';
import { textFault } from '#core/text';
import { refused } from '../../support/refused.ts';

const text = fc
  .string({ unit: 'binary', maxLength: 12 })
  .map((value) => value.normalize('NFC'))
  .filter((value) => textFault(value) === null);
const { value: anyJson } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    text,
    fc.maxSafeInteger().map((n) => n + 0),
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4 }),
  ),
}));

const codeOf = (source: string) => refused(() => parseCanonical(utf8(source), 10_000)).code;

describe('canonical bytes', () => {
  it('are read back as the same value', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const bytes = canonicalBytes(value);
        expect(JSON.stringify(parseCanonical(bytes, bytes.length))).toBe(
          JSON.stringify(JSON.parse(canonicalText(value))),
        );
        expect(canonicalBytes(parseCanonical(bytes, bytes.length))).toEqual(bytes);
      }),
    );
  });

  it('sort members by UTF-16 code units (RFC 8785 §3.2.3)', () => {
    expect(canonicalText({ ａ: 1, '😀': 2, b: 3, B: 4, '10': 5, '9': 6, é: 7 })).toBe(
      '{"10":5,"9":6,"B":4,"b":3,"é":7,"😀":2,"ａ":1}',
    );
  });

  it('leave absent members out', () => {
    expect(canonicalText({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  it.each([
    ['duplicate keys', '{"a":1,"a":1}'],
    ['duplicate keys by escape', '{"a":1,"\\u0061":1}'],
    ['unsorted members', '{"b":1,"a":1}'],
    ['white space', '{"a": 1}'],
    ['a trailing line break', '{"a":1}\n'],
    ['a leading space', ' {"a":1}'],
    ['a fraction of nothing', '{"a":1.0}'],
    ['an exponent', '{"a":1e2}'],
    ['a fraction', '{"a":1.5}'],
    ['minus zero', '{"a":-0}'],
    ['an unsafe integer', '{"a":9007199254740993}'],
    ['a huge number', '{"a":1e999}'],
    ['null', '{"a":null}'],
    ['an escaped slash', '{"a":"\\/"}'],
    ['an escaped letter', '{"a":"\\u0061"}'],
    ['a lone surrogate', '{"a":"\\ud800"}'],
    ['a lone surrogate as a key', '{"\\udc00":1}'],
    ['NFD text', `{"a":"${'é'.normalize('NFD')}"}`],
    ['an NFD key', `{"${'é'.normalize('NFD')}":1}`],
    ['a zero-width character', '{"a":"x\u200by"}'],
    ['a bidi override in a key', '{"\u202e":1}'],
    ['a byte order mark', '\ufeff{"a":1}'],
    ['two values', '{"a":1}{"a":1}'],
    ['no value', ''],
    ['a comment', '{"a":1/**/}'],
    ['depth 18', '['.repeat(18) + ']'.repeat(18)],
    ['depth 4,000', '['.repeat(4000) + ']'.repeat(4000)],
  ])('refuse %s', (_what, source) => {
    expect(codeOf(source)).toBe('NOT_CANONICAL');
  });

  it('refuse what is not UTF-8', () => {
    expect(refused(() => parseCanonical(concat(utf8('"'), Uint8Array.of(0xff), utf8('"')), 10)).code).toBe(
      'NOT_CANONICAL',
    );
  });

  it('are bounded before they are parsed', () => {
    expect(refused(() => parseCanonical(utf8('{"a":1}'), 6)).code).toBe('INPUT_TOO_LARGE');
    expect(refused(() => parseCanonicalText('not JSON at all', 5)).code).toBe('INPUT_TOO_LARGE');
    expect(parseCanonical(utf8('{"a":1}'), 7)).toEqual({ a: 1 });
  });

  it.each([
    ['minus zero', -0],
    ['a fraction', 0.5],
    ['not a number', Number.NaN],
    ['an unsafe integer', 2 ** 53],
    ['a lone surrogate', '\udfff'],
    ['null', null],
    ['nothing', undefined],
  ])('are never made of %s', (_what, value) => {
    expect(refused(() => canonicalBytes(value as Json)).code).toBe('NOT_CANONICAL');
  });

  it('keep a member named __proto__ a member', () => {
    const source = '{"__proto__":1}';
    expect(canonicalText(parseCanonicalText(source, 100))).toBe(source);
  });
});
