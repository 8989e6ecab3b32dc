import { inPeriod } from '#core/sign/trust-list';
import { invalid, type Finding } from '../finding.ts';
import type { Content } from './content.ts';
import type { DocumentSigner } from './document-signers.ts';

/** A signer signs what its certificate names (extended key usage), or everything where it names nothing. */
export function usageHolds({ group }: Content, { groups }: DocumentSigner): Finding[] {
  return groups.has(group) ? [] : [invalid('DOCUMENT_SIGNER_USAGE', `signs no ${group}`)];
}

/** The list says for which country a signer speaks, and for certificates of which time: a key that was given up signs nothing new. */
export function listedFor({ iss, issuedAt }: Content, { rows }: DocumentSigner): Finding[] {
  const ofCountry = rows.filter(({ country }) => country === null || iss === null || iss === country);
  if (ofCountry.length === 0) return [invalid('DOCUMENT_SIGNER_UNKNOWN', 'listed for another country')];
  return ofCountry.some((row) => inPeriod(row, issuedAt))
    ? []
    : [invalid('HC1_OUTSIDE_SIGNER_DATES', 'not listed when it was issued')];
}
