import { decodeCbor, encodeCbor, type Cbor } from '#core/certificate/cbor';
import { claimsOf, encodeClaims, expiryOf, type Claims } from '#core/certificate/claims';
import { makeUvci } from '#core/certificate/uvci';
import { sample as record } from '../record/records.ts';

/** 2022-05-01T00:00:00Z */
export const ISSUED_AT = 1_651_363_200;
export const issue = {
  identifier: makeUvci(new Uint8Array(16).fill(0xab)),
  issuedAt: ISSUED_AT,
  expiresAt: expiryOf(ISSUED_AT),
};

export const claims: Claims = claimsOf(record, issue);

type MutableMap = Map<string | number, Cbor>;

/** The members of good claims as decoded, for a test to spoil: of the CWT, the certificate, its names and its dose. */
export function spoilt(spoil: (parts: Record<'cwt' | 'hcert' | 'nam' | 'dose', MutableMap>) => void): Cbor {
  const cwt = decodeCbor(encodeClaims(claims)) as MutableMap;
  const hcert = (cwt.get(-260) as MutableMap).get(1) as MutableMap;
  const nam = hcert.get('nam') as MutableMap;
  const [dose] = hcert.get('v') as [MutableMap];
  spoil({ cwt, hcert, nam, dose });
  return cwt;
}

/** As bytes, where they can be written. */
export const spoiltBytes = (spoil: Parameters<typeof spoilt>[0]) => encodeCbor(spoilt(spoil));
