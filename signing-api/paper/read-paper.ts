import { decodeClaims } from '#core/certificate/claims';
import { parseCoseSign1 } from '#core/certificate/cose';
import { decodeHc1 } from '#core/certificate/hc1';
import { Refusal } from '#core/refusal';
import { nodeCrypto } from '#verifier/crypto-node';
import { isPrintable } from './fonts.ts';
import { issuerName, paperFields } from './paper-fields.ts';
import type { SignedPaper } from './paper.ts';

/**
 * Reads what is to be printed from the text of the QR code itself, so that page and code cannot differ. The signature is not asked:
 * whoever holds the paper has it checked.
 * @param nationality ISO 3166-1 alpha-2, of the record; the code does not hold it
 * @throws Refusal HC1_UNREADABLE, CLAIMS_*, CODES_INCONSISTENT: no certificate of ours; PAPER_UNPRINTABLE
 */
export function readPaper(text: string, nationality: string | undefined): SignedPaper {
  const { payload } = parseCoseSign1(decodeHc1(text, nodeCrypto.inflate));
  const claims = decodeClaims(payload);
  const fields = paperFields(claims.payload, nationality);
  const issuer = issuerName(claims.payload.v[0].is);
  if (!isPrintable([issuer, ...fields.map(({ value }) => value)].map(({ vi, en }) => vi + en).join('')))
    throw new Refusal('PAPER_UNPRINTABLE', { detail: 'the font lacks a character' });
  const content = {
    kind: 'signed' as const,
    text,
    fields,
    issuer,
    issuedAt: new Date(claims.iat * 1000),
    expiresAt: new Date(claims.exp * 1000),
  };
  return content as unknown as SignedPaper;
}
