import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hex, sameBytes } from '#core/bytes';
import { parseCoseSign1 } from '#core/certificate/cose';
import { decodeHc1 } from '#core/certificate/hc1';
import { makeCose, makeText, textOf, usualClaims } from './support/make.ts';
import { ec, judge, rsa } from './support/judge.ts';

const BASE45 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const signers = [
  ['ES256', ec],
  ['PS256', rsa],
] as const;

describe('a change makes it anything but valid', () => {
  test.each(signers)('every byte of the COSE, in three ways: %s', async (_name, signer) => {
    const cose = makeCose({ signer });
    for (let i = 0; i < cose.length; i++)
      for (const flip of [1, 0x80, 0xff]) {
        const changed = new Uint8Array(cose);
        changed[i] = (cose[i] ?? 0) ^ flip;
        const { verdict } = await judge(changed);
        expect([i, flip, verdict]).toEqual([i, flip, 'invalid']);
      }
  });

  test.each(signers)('every character of the text: %s', async (_name, signer) => {
    const text = makeText({ signer });
    const original = decodeHc1(text, inflate);
    for (let i = 0; i < text.length; i++) {
      const others = [1, 17].map((step) => BASE45.charAt((BASE45.indexOf(text.charAt(i)) + step) % 45));
      for (const other of others) {
        const changed = text.slice(0, i) + other + text.slice(i + 1);
        const { verdict } = await judge(changed);
        // unused bits of the compression may differ, what was signed may not
        if (verdict === 'valid') expect(hex(decodeHc1(changed, inflate))).toBe(hex(original));
        else expect(verdict).toBe('invalid');
      }
    }
  });

  test('parts of two certificates of one signer, put together', async () => {
    const [one, two] = [1, 2].map((n) => makeCose({ signer: ec, claims: usualClaims(n) }));
    const signature = parseCoseSign1(two ?? new Uint8Array()).signature;
    const swapped = new Uint8Array(one ?? []);
    swapped.set(signature, swapped.length - 64);
    expect((await judge(swapped)).reasons).toEqual(['HC1_SIGNATURE_INVALID']);
  });
});

const inflate = (bytes: Uint8Array, max: number) => inflateSync(bytes, { maxOutputLength: max });

describe('whatever is handed in', () => {
  test('any text gets a verdict, and never "valid"', async () => {
    const characters = fc.string({ unit: fc.constantFrom(...BASE45.split(/(?:)/)), maxLength: 400 });
    const texts = fc.oneof(
      fc.string(),
      characters.map((text) => `HC1:${text}`),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        expect((await judge(text)).verdict).toBe('invalid');
      }),
      { numRuns: 500 },
    );
  });

  test('any bytes, as COSE and packed into a text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        expect((await judge(bytes)).verdict).toBe('invalid');
        expect((await judge(textOf(bytes))).verdict).toBe('invalid');
      }),
      { numRuns: 500 },
    );
  });

  test('any bytes as a payload that a signer did sign: the signature holds, and nothing throws', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (payload) => {
        const { verdict, steps } = await judge(makeCose({ signer: ec, payload }));
        expect([verdict, steps.signature]).toEqual(['invalid', true]);
      }),
      { numRuns: 200 },
    );
  });

  test('a valid one with a stretch of its bytes replaced', async () => {
    const cose = makeCose({ signer: ec });
    const stretches = fc.tuple(fc.nat(cose.length - 1), fc.uint8Array({ minLength: 1, maxLength: 16 }));
    await fc.assert(
      fc.asyncProperty(stretches, async ([at, bytes]) => {
        const changed = new Uint8Array(cose);
        changed.set(bytes.subarray(0, cose.length - at), at);
        const { verdict } = await judge(changed);
        expect(verdict).toBe(sameBytes(changed, cose) ? 'valid' : 'invalid');
      }),
      { numRuns: 500 },
    );
  });
});
