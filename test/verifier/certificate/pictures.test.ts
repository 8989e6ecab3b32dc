import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { concat, utf8 } from '#core/bytes';
import { Refusal } from '#core/refusal';
import { certificateTexts } from '#verifier/cli/certificate-texts';
import { pictureKind } from '#verifier/cli/qr/picture';
import { makeText, usualClaims } from './support/make.ts';
import { ec, rsa } from './support/judge.ts';
import { frame, jpeg, modulesOf, png, pngOf, segment } from './support/pictures.ts';

const [one, two] = [makeText({ signer: ec }), makeText({ signer: rsa, claims: usualClaims(2) })];

describe('QR codes in pictures', () => {
  test.each([
    ['PNG', png],
    ['JPEG', jpeg],
  ])('are read: %s', async (kind, draw) => {
    const picture = draw(modulesOf(one));
    expect(pictureKind(picture)).toBe(kind.toLowerCase());
    expect(await certificateTexts(picture)).toEqual([one]);
  });

  test('are read upside down and mirrored', async () => {
    const modules = modulesOf(one);
    const turned = [...modules].reverse().map((row) => [...row].reverse());
    expect(await certificateTexts(png(turned))).toEqual([one]);
    expect(await certificateTexts(png(modules.map((row) => [...row].reverse())))).toEqual([one]);
  });

  test('several in one picture are all read; other codes beside them say nothing', async () => {
    const texts = await certificateTexts(png(modulesOf(one, 'https://example.vn', two)));
    expect(new Set(texts as string[])).toEqual(new Set([one, two]));
  });

  test('a picture whose only code is no certificate gives what it says', async () => {
    expect(await certificateTexts(png(modulesOf('https://example.vn')))).toEqual(['https://example.vn']);
  });
});

describe('pictures that cannot be read', () => {
  const blank = deflateSync(new Uint8Array(101 * 100));
  const bomb = deflateSync(new Uint8Array(64 * 1024 * 1024));
  const head = Uint8Array.of(0xff, 0xd8);
  const isRefused = async (picture: Uint8Array, code: string) => {
    const found = await certificateTexts(picture);
    expect(found).toBeInstanceOf(Refusal);
    expect((found as Refusal).code).toBe(code);
  };

  test.each([
    ['without a code', pngOf(100, 100, blank)],
    ['of no pixels', pngOf(0, 0, blank)],
    ['with data that is not compressed', pngOf(100, 100, Uint8Array.of(1, 2, 3))],
    ['with more data than pixels', pngOf(100, 100, bomb)],
    ['cut off', png(modulesOf(one)).subarray(0, 1000)],
    ['of a signature alone', pngOf(1, 1, blank).subarray(0, 8)],
    ['of a JPEG without a frame', concat(head, segment(0xe0, new Uint8Array(100)))],
    ['of a JPEG with a frame and nothing else', concat(head, frame(100, 100), new Uint8Array(10))],
    [
      'of a JPEG with a hundred scans and one',
      concat(head, frame(9, 9), ...new Array<Uint8Array>(101).fill(segment(0xda, utf8('x')))),
    ],
    ['of a JPEG cut off', jpeg(modulesOf(one)).subarray(0, 300)],
  ])('%s', async (_name, picture) => {
    await isRefused(picture, 'QR_UNREADABLE');
  });

  test.each([
    ['of more pixels than any camera has, PNG', pngOf(60_000, 60_000, blank)],
    ['of more pixels than any camera has, JPEG', concat(head, frame(60_000, 60_000), new Uint8Array(10))],
    ['of more than 10 MB', concat(png(modulesOf(one)), new Uint8Array(10 * 1024 * 1024))],
  ])('%s: too large', async (_name, picture) => {
    await isRefused(picture, 'SOURCE_TOO_LARGE');
  });

  test('after them, one that can be read still is', async () => {
    expect(await certificateTexts(jpeg(modulesOf(two)))).toEqual([two]);
  });
});
