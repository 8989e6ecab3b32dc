import { describe, expect, it } from 'vitest';
import { base64url } from '#core/bytes';
import { commitId, isIdNumber, normaliseIdNumber, opensCommitment } from '#core/record/id-commitment';
import { sha256 } from '../../support/hashes.ts';
import { readVectors } from '../../vectors/read.ts';

const salt = Uint8Array.from({ length: 32 }, (_, i) => i);
const commit = commitId(sha256, 'CCCD', '079080000001', salt);

describe('the commitment to an id number', () => {
  // printf 'kyso/id/v1\0' salt 'CCCD\0' '079080000001' | openssl dgst -sha256 -binary | base64url
  it('is what openssl says of the same bytes', () => {
    expect(commit).toBe('XJCLnSu_BS6WaUcyIx4cpnM644YL2O4eVriQTm_gmLM');
  });

  it.each(readVectors('commitment').cases)('agrees with the vector $type $number', (vector) => {
    const idSalt = Uint8Array.from(Buffer.from(vector.salt, 'base64url'));
    expect(commitId(sha256, vector.type, vector.number, idSalt)).toBe(vector.commit);
    expect(
      opensCommitment(sha256, vector.type, vector.commit, { number: vector.number, salt: vector.salt }),
    ).toBe(true);
  });

  it('opens with its own number, salt and type only', () => {
    const opening = { number: '079080000001', salt: base64url(salt) };
    expect(opensCommitment(sha256, 'CCCD', commit, opening)).toBe(true);
    expect(opensCommitment(sha256, 'PASSPORT', commit, opening)).toBe(false);
    expect(opensCommitment(sha256, 'CCCD', commit, { ...opening, number: '079080000002' })).toBe(false);
    expect(opensCommitment(sha256, 'CCCD', commit, { ...opening, salt: base64url(salt.toReversed()) })).toBe(
      false,
    );
    expect(opensCommitment(sha256, 'CCCD', commit, { ...opening, salt: base64url(salt.slice(1)) })).toBe(
      false,
    );
    expect(opensCommitment(sha256, 'CCCD', commit, { ...opening, salt: base64url(salt) + '=' })).toBe(false);
  });

  it('differs by salt, so that two doses of a person cannot be linked', () => {
    expect(commitId(sha256, 'CCCD', '079080000001', salt.toReversed())).not.toBe(commit);
  });

  it('keeps type and number apart', () => {
    expect(commitId(sha256, 'CMND', '079080000001', salt)).not.toBe(commit);
  });
});

describe('id numbers', () => {
  it('of passports are upper-case without spaces, of citizens as they stand', () => {
    expect(normaliseIdNumber('PASSPORT', ' c1 234 567a')).toBe('C1234567A');
    expect(normaliseIdNumber('CCCD', ' 079')).toBe(' 079');
  });

  it.each([
    ['CCCD', '079080000001', true],
    ['CCCD', '79080000001', false],
    ['CCCD', '0790800000011', false],
    ['CCCD', '07908000000A', false],
    ['CCCD', '０７９０８０００００００', false],
    ['CMND', '079080001', true],
    ['CMND', '79080001', false],
    ['PASSPORT', 'C1234567', true],
    ['PASSPORT', 'c1234567', false],
    ['PASSPORT', 'C123', false],
    ['PASSPORT', 'C'.repeat(21), false],
  ] as const)('%s %s: %s', (type, number, is) => {
    expect(isIdNumber(type, number)).toBe(is);
  });
});
