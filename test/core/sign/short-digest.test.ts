import { expect, it } from 'vitest';
import { shortDigest } from '#core/sign/short-digest';

it('shows the first eight bytes of a digest, hex in fours', () => {
  expect(shortDigest(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe('0001 0203 0405 0607');
});
