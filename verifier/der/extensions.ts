import { DerFault, TAG, type DerReader } from './reader.ts';
import { booleanOf, oidText } from './values.ts';

export type Extension = { readonly critical: boolean; readonly value: Uint8Array };
/** By object identifier, dotted. */
export type Extensions = ReadonlyMap<string, Extension>;

export const EXTENSION = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20',
  reasonCode: '2.5.29.21',
  deltaCrlIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
  certificateIssuer: '2.5.29.29',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyIdentifier: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  freshestCrl: '2.5.29.46',
  inhibitAnyPolicy: '2.5.29.54',
  expiredCertsOnCrl: '2.5.29.60',
  ocspNonce: '1.3.6.1.5.5.7.48.1.2',
  ocspNoCheck: '1.3.6.1.5.5.7.48.1.5',
  ocspArchiveCutoff: '1.3.6.1.5.5.7.48.1.6',
} as const;

/**
 * Extensions (RFC 5280 §4.2): at least one, none twice. `critical` written out as FALSE is read, against X.690 §11.5: certificates in the
 * field have it, and it means the same.
 * @throws DerFault
 */
export function readExtensions(list: DerReader): Extensions {
  const extensions = new Map<string, Extension>();
  do {
    const extension = list.enter(TAG.sequence);
    const type = oidText(extension.content(TAG.oid));
    const critical = extension.next === TAG.boolean && booleanOf(extension.content(TAG.boolean));
    const value = extension.content(TAG.octetString);
    extension.finish();
    if (extensions.has(type)) throw new DerFault(`extension ${type} twice`);
    extensions.set(type, { critical, value });
  } while (!list.done);
  return extensions;
}
