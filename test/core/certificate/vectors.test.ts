import { describe, expect, it } from 'vitest';
import { hex } from '#core/bytes';
import { claimsOf, decodeClaims, encodeClaims, expiryOf } from '#core/certificate/claims';
import { ES256, protectedHeader, PS256, sigStructure } from '#core/certificate/cose';
import { revocationHash } from '#core/certificate/uvci';
import { sha256 } from '../../support/hashes.ts';
import { readVectors } from '../../vectors/read.ts';

const { issuer, kid, protectedHeaders, cases } = readVectors('certificate');
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

describe('certificate vectors', () => {
  it.each(cases)('$identifier is made, written and hashed as it stands', (vector) => {
    const { record, identifier, issuedAt, expiresAt } = vector;
    const claims = claimsOf(record, { identifier, issuedAt, expiresAt, issuer });
    expect(expiryOf(issuedAt)).toBe(expiresAt);
    expect(hex(encodeClaims(claims))).toBe(vector.claims);
    expect(decodeClaims(bytes(vector.claims))).toEqual(claims);
    const signed = sigStructure(bytes(protectedHeaders.ES256), bytes(vector.claims));
    expect(hex(sha256(signed))).toBe(vector.sigStructureSha256);
    expect(hex(revocationHash(sha256, identifier))).toBe(vector.revocationHash);
  });

  it('have the protected headers of both algorithms', () => {
    expect(hex(protectedHeader(ES256, bytes(kid)))).toBe(protectedHeaders.ES256);
    expect(hex(protectedHeader(PS256, bytes(kid)))).toBe(protectedHeaders.PS256);
  });
});
