import { describe, expect, it } from 'vitest';
import { expiryWarning } from '#signer-agent/doctor/check-certificate';

const DAY_MS = 86_400_000;

describe('the end of a certificate', () => {
  it.each([
    [31, null],
    [30, 'EXPIRES_30'],
    [15, 'EXPIRES_30'],
    [14, 'EXPIRES_14'],
    [7, 'EXPIRES_7'],
    [1, 'EXPIRES_1'],
    [0.1, 'EXPIRES_1'],
  ])('%d days before its end: %s', (days, code) => {
    const now = new Date('2026-11-22T00:00:00Z');
    expect(expiryWarning(new Date(now.getTime() + days * DAY_MS), now)).toBe(code);
  });
});
