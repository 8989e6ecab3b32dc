import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64url } from '#core/bytes';
import { leafText } from '#core/record/leaf';
import { parseStreamEnd, splitStreamLine, streamEnd, streamLine } from '#core/record/stream-line';
import { refused } from '../../support/refused.ts';
import { anyRecord, sample } from './records.ts';

const digest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(base64url);
const salt = sample.salt;

describe('a line of a leaves stream', () => {
  it('gives back the exact leaf and its opening', () => {
    fc.assert(
      fc.property(anyRecord, fc.stringMatching(/^[0-9A-Z]{5,20}$/), digest, (record, number, idSalt) => {
        const leaf = leafText(record);
        const line = streamLine(leaf, { number, salt: idSalt });
        expect(splitStreamLine(line)).toEqual({ leaf, opening: { number, salt: idSalt } });
        expect(JSON.parse(line)).toEqual({ leaf: record, opening: { number, salt: idSalt } });
      }),
    );
  });

  it('is cut at its own opening, not at one that a leaf pretends to have', () => {
    const leaf = '{"name":",\\"opening\\":{\\"number\\":\\"1\\""}';
    expect(splitStreamLine(streamLine(leaf, { number: '079080000001', salt })).leaf).toBe(leaf);
    const nested = `{"a":1,"opening":{"number":"11111","salt":"${salt}"}}`;
    expect(splitStreamLine(streamLine(nested, { number: '079080000001', salt })).leaf).toBe(nested);
  });

  const line = streamLine(leafText(sample), { number: '079080000001', salt });
  it.each([
    ['nothing', ''],
    ['no opening', `{"leaf":${leafText(sample)}}`],
    ['another head', line.replace('{"leaf":', '{ "leaf":')],
    ['something after it', line + ' '],
    ['a carriage return', line + '\r'],
    ['a member more', line.slice(0, -1) + ',"x":1}'],
    ['a number in lower case', line.replace('079080000001', 'c1234567a')],
    ['a short salt', line.replace(`"salt":"${salt}"}}`, `"salt":"${salt.slice(1)}"}}`)],
    [
      'members in another order',
      line.replace(/"opening":\{("number":"\d+"),("salt":"[^"]+")\}/, '"opening":{$2,$1}'),
    ],
    ['a cut line', line.slice(0, -1)],
  ])('is refused with %s', (_what, hostile) => {
    expect(refused(() => splitStreamLine(hostile)).code).toBe('NOT_CANONICAL');
  });
});

describe('the last line of a stream', () => {
  it('says count and root', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 9 }), digest, (count, root) => {
        expect(parseStreamEnd(streamEnd(count, root))).toEqual({ type: 'kyso/stream-end/v1', count, root });
      }),
    );
  });

  it('is not mistaken for a leaf, nor a leaf for it', () => {
    expect(refused(() => splitStreamLine(streamEnd(1, salt))).code).toBe('NOT_CANONICAL');
    expect(parseStreamEnd(streamLine(leafText(sample), { number: '079080000001', salt }))).toBeNull();
  });

  it.each(['', '{}', streamEnd(1, salt) + '\n', streamEnd(1, salt).replace('1', '-1'), streamEnd(1, 'x')])(
    'is not %j',
    (line) => {
      expect(parseStreamEnd(line)).toBeNull();
    },
  );
});
