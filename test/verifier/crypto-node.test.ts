import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8 } from '#core/bytes';
import { nodeCrypto } from '#verifier/crypto-node';
import type { VerifyAlgorithm } from '#verifier/crypto-port';
import { newKey, signWith } from './support/keys.ts';

const message = utf8('message');
const rsa = newKey('rsa');
const p256 = newKey('p256');
const p384 = newKey('p384');
const spki = (key: ReturnType<typeof generateKeyPairSync>['publicKey']) =>
  Uint8Array.from(key.export({ format: 'der', type: 'spki' }) as Buffer);

const good: readonly [VerifyAlgorithm, Uint8Array, Uint8Array][] = [
  ['RSA-PKCS1-SHA256', rsa.spki, signWith(rsa, 'rsa-sha256', message)],
  ['RSA-PKCS1-SHA384', rsa.spki, Uint8Array.from(sign('sha384', message, rsa.privateKey))],
  ['RSA-PKCS1-SHA512', rsa.spki, Uint8Array.from(sign('sha512', message, rsa.privateKey))],
  ['RSA-PSS-SHA256', rsa.spki, signWith(rsa, 'pss', message)],
  ['ECDSA-P256-SHA256', p256.spki, signWith(p256, 'ecdsa-sha256', message)],
  ['ECDSA-P384-SHA384', p384.spki, signWith(p384, 'ecdsa-sha384', message)],
];

describe('verify', () => {
  test('each algorithm accepts its own signature and no other', async () => {
    for (const [algorithm, key, signature] of good)
      for (const [other] of good)
        expect(await nodeCrypto.verify(other, key, message, signature)).toBe(other === algorithm);
  });

  test('refuses PSS with a salt of another length', async () => {
    for (const saltLength of [0, 20, 31, 33, 64]) {
      const signature = sign('sha256', message, { key: rsa.privateKey, padding: 6, saltLength });
      expect(await nodeCrypto.verify('RSA-PSS-SHA256', rsa.spki, message, signature)).toBe(false);
    }
  });

  test('refuses ECDSA as r‖s, with trailing bytes and with a padded integer', async () => {
    const [, , der] = good[4] as [string, Uint8Array, Uint8Array];
    const raw = sign('sha256', message, { key: p256.privateKey, dsaEncoding: 'ieee-p1363' });
    const padded = Uint8Array.from([0x30, (der[1] ?? 0) + 1, 2, (der[3] ?? 0) + 1, 0, ...der.subarray(4)]);
    for (const signature of [raw, Uint8Array.from([...der, 0]), padded, new Uint8Array(), new Uint8Array(70)])
      expect(await nodeCrypto.verify('ECDSA-P256-SHA256', p256.spki, message, signature)).toBe(false);
  });

  test('refuses keys of another curve or type under an algorithm name, and what is no key', async () => {
    const ed = generateKeyPairSync('ed25519');
    const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
    const p384Signature = sign('sha256', message, p384.privateKey);
    expect(await nodeCrypto.verify('ECDSA-P256-SHA256', p384.spki, message, p384Signature)).toBe(false);
    expect(
      await nodeCrypto.verify(
        'RSA-PSS-SHA256',
        spki(pss.publicKey),
        message,
        sign('sha256', message, pss.privateKey),
      ),
    ).toBe(false);
    for (const key of [spki(ed.publicKey), new Uint8Array(), utf8('no key'), new Uint8Array(5000)])
      for (const [algorithm, , signature] of good)
        expect(await nodeCrypto.verify(algorithm, key, message, signature)).toBe(false);
  });

  test('never throws', async () => {
    const algorithms = fc.constantFrom(...good.map(([algorithm]) => algorithm));
    await fc.assert(
      fc.asyncProperty(algorithms, fc.uint8Array(), fc.uint8Array(), async (algorithm, key, signature) => {
        expect(await nodeCrypto.verify(algorithm, key, message, signature)).toBe(false);
      }),
      { seed: 20220429, numRuns: 200 },
    );
  });

  test('still answers rightly after more keys than it remembers', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const other = spki(publicKey);
    const [algorithm, key, signature] = good[4] as (typeof good)[number];
    for (let i = 0; i < 600; i++) {
      const broken = other.with(other.length - 1, i % 256).with(other.length - 2, i >> 8);
      await nodeCrypto.verify(algorithm, broken, message, signature);
    }
    expect(await nodeCrypto.verify(algorithm, key, message, signature)).toBe(true);
    expect(await nodeCrypto.verify(algorithm, other, message, signature)).toBe(false);
  });
});

test('hashes as node:crypto does, into bytes of their own', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
      for (const name of ['sha256', 'sha384', 'sha1'] as const)
        expect(Uint8Array.from(nodeCrypto[name](data))).toEqual(
          Uint8Array.from(createHash(name).update(data).digest()),
        );
    }),
    { seed: 20220429 },
  );
  const one = nodeCrypto.sha256(utf8('a'));
  nodeCrypto.sha256(utf8('b')).fill(0);
  expect(one).toEqual(nodeCrypto.sha256(utf8('a')));
});

test('inflates up to a bound and no further', () => {
  const bomb = deflateSync(new Uint8Array(100_000));
  expect(nodeCrypto.inflate(bomb, 100_000).length).toBe(100_000);
  expect(() => nodeCrypto.inflate(bomb, 99_999)).toThrow();
  expect(() => nodeCrypto.inflate(utf8('not zlib'), 10)).toThrow();
});
