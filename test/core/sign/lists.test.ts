import { describe, expect, it } from 'vitest';
import { utf8 } from '#core/bytes';
import { makeEnvelope } from '#core/sign/envelope';
import { parseStatusFile, parseStatusList } from '#core/sign/status-list';
import { inPeriod, parseTrustKeys, parseTrustList } from '#core/sign/trust-list';
import { refused } from '../../support/refused.ts';
import { bytesOf, changed, status, trust } from './samples.ts';

describe('the status list of a district', () => {
  it('is read from canonical bytes', () => {
    expect(parseStatusList(bytesOf(status))).toEqual(status);
  });

  const [a = '', b = ''] = status.superseded;
  const [x = '', y = ''] = status.batchesWithdrawn;
  it.each([
    ['hashes out of order', 'superseded', [b, a], '/superseded'],
    ['a hash twice', 'withdrawn', [a, a], '/withdrawn'],
    ['batches out of order', 'batchesWithdrawn', [y, x], '/batchesWithdrawn'],
    ['a batch twice', 'batchesWithdrawn', [x, x], '/batchesWithdrawn'],
    ['a short hash', 'superseded', [a.slice(1)], '/superseded/0'],
    ['another type', 'type', 'kyso/status/v2', '/type'],
    ['a district of letters', 'district', 'Q1', '/district'],
    ['sequence 0', 'sequence', 0, '/sequence'],
    ['no next update', 'nextUpdate', undefined, '/nextUpdate'],
    ['an unknown member', 'note', 'x', ''],
  ])('refuses %s', (_what, path, value, at) => {
    const refusal = refused(() => parseStatusList(bytesOf(changed(status, path, value))));
    expect(refusal.code).toBe('STATUS_MALFORMED');
    expect(refusal.faults.map((fault) => fault.at)).toEqual([at]);
  });

  it('refuses other spellings', () => {
    expect(refused(() => parseStatusList(utf8(JSON.stringify(status)))).code).toBe('NOT_CANONICAL');
  });

  it('travels in a canonical array of envelopes', () => {
    const envelope = makeEnvelope('application/vnd.kyso.status+json', status, [
      { keyid: a, sig: Uint8Array.of(1, 2, 3) },
    ]);
    expect(parseStatusFile(bytesOf([envelope, envelope]))).toHaveLength(2);
    expect(parseStatusFile(bytesOf([]))).toEqual([]);
    expect(refused(() => parseStatusFile(bytesOf(envelope))).code).toBe('STATUS_MALFORMED');
  });
});

describe('the trust list', () => {
  it('is read from canonical bytes', () => {
    expect(parseTrustList(bytesOf(trust))).toEqual(trust);
  });

  it.each([
    ['a signer by certificate and by subject', 'signers.0.subject', 'MAAA', '/signers/0'],
    ['a signer by neither', 'signers.0.certificate', undefined, '/signers/0'],
    ['a signer without storage', 'signers.0.keyStorage', undefined, '/signers/0/keyStorage'],
    ['a signer of a ward', 'signers.0.kind', 'ward', '/signers/0/kind'],
    ['an unknown family', 'roots.0.family', 'other', '/roots/0/family'],
    ['a root without a date', 'roots.0.from', undefined, '/roots/0/from'],
    ['an unknown service', 'services.0.service', 'mail', '/services/0/service'],
    ['SHA-1', 'algorithms.signatures', ['RSA-PKCS1-SHA1'], '/algorithms/signatures/0'],
    ['no algorithm', 'algorithms.signatures', [], '/algorithms/signatures'],
    ['RSA of 1,024 bits', 'algorithms.minRsaBits', 1024, '/algorithms/minRsaBits'],
    ['an unknown member', 'signers.0.name', 'x', '/signers/0'],
  ])('refuses %s', (_what, path, value, at) => {
    const refusal = refused(() => parseTrustList(bytesOf(changed(trust, path, value))));
    expect(refusal.code).toBe('TRUST_MALFORMED');
    expect(refusal.faults.map((fault) => fault.at)).toEqual([at]);
  });

  it('counts a row from its first instant to before its last', () => {
    const row = { from: '2022-01-01T00:00:00Z', to: '2022-06-01T00:00:00Z' };
    expect(inPeriod(row, '2021-12-31T23:59:59Z')).toBe(false);
    expect(inPeriod(row, '2022-01-01T00:00:00Z')).toBe(true);
    expect(inPeriod(row, '2022-05-31T23:59:59Z')).toBe(true);
    expect(inPeriod(row, '2022-06-01T00:00:00Z')).toBe(false);
    expect(inPeriod({ from: row.from }, '2999-01-01T00:00:00Z')).toBe(true);
  });
});

describe('the pins', () => {
  const pins = { type: 'kyso/trust-keys/v1', instance: 'test', threshold: 2, keys: ['MAAA', 'MAAB', 'MAAC'] };

  it('are read from canonical bytes', () => {
    expect(parseTrustKeys(bytesOf(pins))).toEqual(pins);
  });

  it.each([
    ['threshold', 0],
    ['threshold', 4],
    ['keys', []],
    ['keys', ['MAAA', 'MAAA', 'MAAB']],
    ['keys.0', 'MAB='],
    ['type', 'x'],
    ['extra', 1],
  ])('are refused with another %s (%#)', (path, value) => {
    expect(refused(() => parseTrustKeys(bytesOf(changed(pins, path, value)))).code).toBe('TRUST_MALFORMED');
  });
});
