import { describe, expect, it } from 'vitest';
import { OffsetIndex } from '#signer-agent/issuing/offset-index';

describe('offset index', () => {
  it('finds the last offset of each of many names, and none of others', () => {
    const index = new OffsetIndex();
    const count = 20_000;
    for (let i = 0; i < count; i++) index.set(`name ${i}`, i * 7);
    for (let i = 0; i < count; i += 2) index.set(`name ${i}`, i * 7 + 1);
    expect(index.size).toBe(count);
    for (let i = 0; i < count; i++) expect(index.get(`name ${i}`)).toBe(i * 7 + (i % 2 === 0 ? 1 : 0));
    expect(index.get('name -1')).toBeUndefined();
  });

  it('keeps an offset of 0 apart from none', () => {
    const index = new OffsetIndex();
    index.set('first', 0);
    expect([index.get('first'), index.get('other')]).toEqual([0, undefined]);
  });
});
