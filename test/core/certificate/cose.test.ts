import { describe, expect, it } from 'vitest';
import { hex, utf8 } from '#core/bytes';
import { CborTag, encodeCbor, type Cbor } from '#core/certificate/cbor';
import {
  coseSign1,
  ES256,
  parseCoseSign1,
  protectedHeader,
  PS256,
  sigStructure,
} from '#core/certificate/cose';
import { refused } from '../../support/refused.ts';

const kid = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const otherKid = Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1);
const payload = utf8('claims');
const signature = new Uint8Array(64).fill(9);
const header = (...entries: readonly (readonly [number, Cbor])[]) => encodeCbor(new Map(entries));
const message = (protectedBytes: Cbor, unprotectedHeader: Cbor) => [
  protectedBytes,
  unprotectedHeader,
  payload,
  signature,
];
const read = (value: Cbor) => parseCoseSign1(encodeCbor(value));
const code = (value: Cbor) => refused(() => read(value)).code;

describe('COSE_Sign1', () => {
  it('is written byte for byte as RFC 9052 has it', () => {
    expect(hex(protectedHeader(ES256, kid))).toBe('a20126044801020304050607 08'.replace(' ', ''));
    expect(hex(protectedHeader(PS256, kid))).toBe('a20138240448' + hex(kid));
    const protectedBytes = protectedHeader(ES256, kid);
    expect(hex(coseSign1(protectedBytes, payload, signature))).toBe(
      'd2844d' + hex(protectedBytes) + 'a0' + '46' + hex(payload) + '5840' + hex(signature),
    );
    expect(hex(sigStructure(protectedBytes, payload))).toBe(
      '846a5369676e6174757265314d' + hex(protectedBytes) + '40' + '46' + hex(payload),
    );
  });

  it.each([ES256, PS256] as const)('is read again, algorithm %d', (alg) => {
    const protectedBytes = protectedHeader(alg, kid);
    expect(parseCoseSign1(coseSign1(protectedBytes, payload, signature))).toEqual({
      protectedBytes,
      alg,
      kid,
      kidIsProtected: true,
      payload,
      signature,
    });
  });

  it('is read with tag 18, without a tag and as a CWT of it, and with no other tag', () => {
    const bare = message(protectedHeader(ES256, kid), new Map());
    const tagged = new CborTag(18, bare);
    for (const value of [bare, tagged, new CborTag(61, tagged)]) expect(read(value).kid).toEqual(kid);
    for (const value of [
      new CborTag(61, bare),
      new CborTag(98, bare),
      new CborTag(18, tagged),
      new CborTag(61, new CborTag(61, tagged)),
    ])
      expect(code(value)).toBe('HC1_UNREADABLE');
  });

  it('takes kid and algorithm from the protected header before the other', () => {
    const both = read(message(header([1, ES256], [4, kid]), new Map<number, Cbor>([[1, PS256], [4, otherKid]]))); // prettier-ignore
    expect(both).toMatchObject({ alg: ES256, kid, kidIsProtected: true });
    const unprotected = new Map<number, Cbor>([[1, PS256], [4, otherKid]]); // prettier-ignore
    for (const empty of [header(), new Uint8Array()])
      expect(read(message(empty, unprotected))).toMatchObject({
        alg: PS256,
        kid: otherKid,
        kidIsProtected: false,
      });
    expect(read(message(header(), new Map()))).toMatchObject({ alg: null, kid: null });
    expect(read(message(header([1, 'ES256']), new Map()))).toMatchObject({ alg: null });
  });

  it('gives the protected bytes as received, in whatever spelling', () => {
    const spelt = Uint8Array.from([0xbf, 0x04, 0x48, ...kid, 0x01, 0x26, 0xff]);
    expect(read(message(spelt, new Map()))).toMatchObject({ protectedBytes: spelt, alg: ES256, kid });
  });

  it.each<readonly [string, Cbor]>([
    ['a map', new Map()],
    ['three members', [header(), new Map(), payload]],
    ['five members', [...message(header(), new Map()), 0]],
    ['a protected header that is a map', message(new Map(), new Map())],
    ['a protected header that holds no map', message(encodeCbor([]), new Map())],
    ['a protected header that is no CBOR', message(Uint8Array.of(0xff), new Map())],
    ['an unprotected header that is a string', message(header(), header())],
    ['a payload elsewhere', [header(), new Map(), null, signature]],
    ['a text as signature', [header(), new Map(), payload, 'signature']],
    ['a kid that is text', message(header([4, 'kid']), new Map())],
    ['a kid that is a number, unprotected', message(header(), new Map([[4, 5]]))],
    ['a critical header', message(header([2, [4]]), new Map())],
    ['a critical header, unprotected', message(header(), new Map([[2, [4]]]))],
  ])('refuses %s', (_, value) => {
    expect(code(value)).toBe('HC1_UNREADABLE');
  });

  it('refuses bytes after it', () => {
    const whole = coseSign1(header(), payload, signature);
    expect(refused(() => parseCoseSign1(Uint8Array.from([...whole, 0]))).code).toBe('HC1_UNREADABLE');
  });
});
