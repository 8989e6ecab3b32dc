import { deflateSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  decodeHc1,
  encodeHc1,
  hc1Text,
  MAX_COSE_BYTES,
  MAX_HC1_TEXT,
  withoutPrefix,
} from '#core/certificate/hc1';
import { refused } from '../../support/refused.ts';

const deflate = (bytes: Uint8Array) => deflateSync(bytes, { level: 9 });
const inflate = (bytes: Uint8Array, max: number) => inflateSync(bytes, { maxOutputLength: max });
const detail = (text: string) => {
  const refusal = refused(() => decodeHc1(text, inflate));
  expect(refusal.code).toBe('HC1_UNREADABLE');
  return refusal.detail;
};

describe('HC1 text', () => {
  const cose = Uint8Array.from({ length: 300 }, (_, i) => i % 7);

  it('is written and read', () => {
    const text = encodeHc1(cose, deflate);
    expect(text).toMatch(/^HC1:[0-9A-Z $%*+./:-]+$/);
    expect(new Uint8Array(decodeHc1(text, inflate))).toEqual(cose);
  });

  it.each(['', 'HC1', 'HC2:BB8', 'hc1:BB8', ' HC1:BB8', 'BB8', 'HC1:' + 'A'.repeat(MAX_HC1_TEXT)])(
    'is refused with another beginning or too long: %.12s',
    (text) => {
      expect(withoutPrefix(text)).toBeNull();
      expect(detail(text)).toBe('prefix');
    },
  );

  it('is refused where it is not Base45, not zlib, or inflates beyond any certificate', () => {
    expect(detail('HC1:a')).toBe('base45');
    expect(detail('HC1:')).toBe('zlib');
    expect(detail(hc1Text(cose))).toBe('zlib');
    expect(detail(encodeHc1(new Uint8Array(MAX_COSE_BYTES + 1), deflate))).toBe('zlib');
    expect(decodeHc1(encodeHc1(new Uint8Array(MAX_COSE_BYTES), deflate), inflate)).toHaveLength(
      MAX_COSE_BYTES,
    );
  });
});
