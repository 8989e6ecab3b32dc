import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { driverRefusal } from '#signer-agent/token/driver-errors';
import { derOfRawEcdsa } from '#signer-agent/token/ecdsa-form';
import { findToken } from '#signer-agent/token/find-token';
import { matchKey } from '#signer-agent/token/match-key';
import { algorithmsOffered, mechanismFor } from '#signer-agent/token/mechanisms';
import { pinState, refusePin } from '#signer-agent/token/pin-state';
import { pack, unpack } from '#signer-agent/token/packed';
import { readWithFixedBuffers, unpadded } from '#signer-agent/token/quirks';
import type { TokenState } from '#signer-agent/token/token';

const refusalOf = (code: string) => expect.objectContaining({ code }) as Error;

const state: TokenState = {
  serial: '01',
  label: 'one',
  manufacturer: '',
  model: '',
  pin: 'ok',
  pinPad: false,
  algorithms: [],
  certificates: [],
};

describe('what drivers do', () => {
  it('reads with a fixed buffer where the size query gives 0', () => {
    const asked: number[] = [];
    const value = readWithFixedBuffers((size) => {
      asked.push(size);
      return size >= 4096 ? Uint8Array.of(1, 2, 3) : new Uint8Array(0);
    });
    expect(value).toEqual(Uint8Array.of(1, 2, 3));
    expect(asked).toEqual([0, 256, 4096]);
  });

  it('takes an attribute that is really empty as empty, and an untouched buffer too', () => {
    expect(readWithFixedBuffers((size) => new Uint8Array(size))).toEqual(new Uint8Array(0));
    expect(readWithFixedBuffers(() => null)).toBeNull();
  });

  it('strips blanks and NULs that pad names', () => {
    expect(unpadded('kyso 760\0\0  \0')).toBe('kyso 760');
  });

  it.each([
    ['CKR_PIN_INCORRECT:160', 'PIN_WRONG'],
    ['CKR_PIN_LOCKED:164', 'PIN_LOCKED'],
    ['CKR_USER_PIN_NOT_INITIALIZED:258', 'PIN_LOCKED'],
    ['CKR_DEVICE_REMOVED:50', 'TOKEN_REMOVED'],
    ['CKR_DEVICE_ERROR:48', 'TOKEN_FAILED'],
    ['something of the binding', 'MODULE_FAILED'],
  ])('says what %s means', (text, code) => {
    expect(driverRefusal(new Error(text), 'C_Login')).toMatchObject({ code });
  });

  it('writes r and s as DER that software accepts', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    for (let i = 0; i < 300; i++) {
      const raw = sign('sha256', Buffer.from([i & 255]), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      expect(verify('sha256', Buffer.from([i & 255]), publicKey, derOfRawEcdsa(raw))).toBe(true);
    }
    expect(() => derOfRawEcdsa(new Uint8Array(63))).toThrow(refusalOf('TOKEN_FAILED'));
  });

  it('takes the first mechanism that the token offers', () => {
    expect(mechanismFor('RSA-PKCS1-SHA256', [0x40, 0x1])?.mechanism).toBe(0x1);
    expect(mechanismFor('RSA-PKCS1-SHA256', [0x40])?.mechanism).toBe(0x40);
    expect(algorithmsOffered([0x1])).toEqual(['RSA-PKCS1-SHA256']);
    expect(mechanismFor('RSA-PSS-SHA256', [0x1])).toBeUndefined();
  });
});

describe('PIN flags', () => {
  it.each([
    [0x408, 'ok'],
    [0x10408, 'low'],
    [0x30408, 'final-try'],
    [0x70408, 'locked'],
    [0x400, 'not-set'],
  ] as const)('%i is %s', (flags, expected) => {
    expect(pinState(flags)).toBe(expected);
  });

  it('refuses before a try is used up', () => {
    expect(() => refusePin({ pin: 'locked', pinPad: false }, true)).toThrow(refusalOf('PIN_LOCKED'));
    expect(() => refusePin({ pin: 'final-try', pinPad: false }, false)).toThrow(refusalOf('PIN_LAST_TRY'));
    expect(() => refusePin({ pin: 'ok', pinPad: true }, true)).toThrow(refusalOf('PIN_PAD_UNSUPPORTED'));
    expect(() => refusePin({ pin: 'final-try', pinPad: false }, true)).not.toThrow();
  });
});

describe('finding a token', () => {
  it('wants exactly one', () => {
    const tokens = [state, { ...state, serial: '02' }];
    expect(findToken(tokens, { serial: '02' }).serial).toBe('02');
    expect(() => findToken(tokens, {})).toThrow(refusalOf('TOKEN_AMBIGUOUS'));
    expect(() => findToken(tokens, { serial: '03' })).toThrow(refusalOf('TOKEN_ABSENT'));
    expect(() => findToken([{ ...state, fault: 'TOKEN_FAILED' }], {})).toThrow(refusalOf('TOKEN_FAILED'));
  });

  it('is not disturbed by a slot that cannot be read, unless nothing else is there', () => {
    const nameless: TokenState = { ...state, serial: '', fault: 'TOKEN_FAILED' };
    expect(findToken([nameless, state], {}).serial).toBe('01');
    expect(findToken([nameless, state], { serial: '01' }).serial).toBe('01');
    expect(() => findToken([nameless, state], { serial: '02' })).toThrow(refusalOf('TOKEN_FAILED'));
  });
});

describe('byte strings in one message', () => {
  it('come out as they went in', () => {
    const parts = [Uint8Array.of(1, 2, 3), new Uint8Array(0), Uint8Array.of(4)];
    expect(unpack(pack(parts))).toEqual(parts);
    expect(unpack(pack([]))).toEqual([]);
  });
});

describe('the key of a certificate', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const modulus = Buffer.from(publicKey.export({ format: 'jwk' }).n ?? '', 'base64url');
  const id = Uint8Array.of(7);
  const none = new Uint8Array(0);

  it('is the one with its public half, whatever the ids say', () => {
    const keys = [
      { handle: 'other', id, publicPart: Buffer.alloc(256, 3) },
      { handle: 'right', id: none, publicPart: Buffer.concat([Buffer.of(0), modulus]) },
    ];
    expect(matchKey(publicKey, none, keys).handle).toBe('right');
  });

  it('is found by id where the token hides the public half', () => {
    const keys = [
      { handle: 'other', id: Uint8Array.of(8), publicPart: null },
      { handle: 'right', id, publicPart: null },
    ];
    expect(matchKey(publicKey, id, keys).handle).toBe('right');
  });

  it('is the only one where CKA_ID is empty', () => {
    expect(matchKey(publicKey, none, [{ handle: 'only', id: none, publicPart: null }]).handle).toBe('only');
    const two = ['a', 'b'].map((handle) => ({ handle, id: none, publicPart: null }));
    expect(() => matchKey(publicKey, none, two)).toThrow(refusalOf('SIGNER_KEY_ABSENT'));
  });

  it("is refused where the id's key is another", () => {
    expect(() => matchKey(publicKey, id, [{ handle: 'x', id, publicPart: Buffer.alloc(256, 3) }])).toThrow(
      refusalOf('KEY_MISMATCH'),
    );
    expect(() => matchKey(publicKey, id, [])).toThrow(refusalOf('SIGNER_KEY_ABSENT'));
  });

  it('is found by EC point, wrapped or bare', () => {
    const ec = createPublicKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
    const { x, y } = ec.export({ format: 'jwk' });
    const point = Buffer.concat([
      Buffer.of(4),
      Buffer.from(x ?? '', 'base64url'),
      Buffer.from(y ?? '', 'base64url'),
    ]);
    const wrapped = Buffer.concat([Buffer.of(4, 65), point]);
    for (const publicPart of [point, wrapped])
      expect(matchKey(ec, none, [{ handle: 1, id, publicPart }]).handle).toBe(1);
  });
});
