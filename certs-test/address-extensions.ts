import { utf8 } from '#core/bytes';
import { extension } from './certificate.ts';
import { explicit, implicit, oid, sequence, type Node } from './der.ts';
import type { AuthorityName } from './pki.ts';
import type { RevocationAddresses } from './pki-options.ts';

/** What certificates of an authority say about where its CRL is and its OCSP responder (RFC 5280 §4.2.1.13, §4.2.2.1). */
export function addressExtensions(issuer: AuthorityName, { crl, ocsp }: RevocationAddresses): Node[] {
  const uri = (text: string) => implicit(6, utf8(text));
  const point = (text: string) => sequence(explicit(0, explicit(0, uri(text))));
  return [
    ...(crl === undefined
      ? []
      : [extension('2.5.29.31', false, sequence(point(`${crl}/crl/${issuer}.crl`)))]),
    ...(ocsp === undefined
      ? []
      : [
          extension(
            '1.3.6.1.5.5.7.1.1',
            false,
            sequence(sequence(oid('1.3.6.1.5.5.7.48.1'), uri(`${ocsp}/ocsp/${issuer}`))),
          ),
        ]),
  ];
}
