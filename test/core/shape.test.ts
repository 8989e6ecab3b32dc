import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { pointer, readShape } from '#core/shape';
import { refused } from '../support/refused.ts';

const shape = z.strictObject({ a: z.number(), list: z.array(z.strictObject({ 'b/c~d': z.string() })) });

describe('reading a shape', () => {
  it('gives the value where it fits', () => {
    const value = { a: 1, list: [{ 'b/c~d': 'x' }] };
    expect(readShape(shape, value, 'REQUEST_MALFORMED')).toEqual(value);
  });

  it('refuses with all faults at once, located by JSON pointer (RFC 6901)', () => {
    const { code, faults } = refused(() =>
      readShape(shape, { a: 'x', list: [{ 'b/c~d': 1 }, {}] }, 'TRUST_MALFORMED'),
    );
    expect(code).toBe('TRUST_MALFORMED');
    expect(faults.map(({ at }) => at)).toEqual(['/a', '/list/0/b~1c~0d', '/list/1/b~1c~0d']);
  });

  it('never repeats a value', () => {
    const secret = '079080000001';
    const refusal = refused(() =>
      readShape(shape, { a: secret, list: [{ 'b/c~d': 'x', extra: secret }] }, 'REQUEST_MALFORMED'),
    );
    expect(JSON.stringify([refusal.message, refusal.detail, refusal.faults])).not.toContain(secret);
  });

  it('points at the whole with the empty pointer', () => {
    expect(pointer([])).toBe('');
    expect(pointer(['a', 0, '~', '/'])).toBe('/a/0/~0/~1');
  });
});
