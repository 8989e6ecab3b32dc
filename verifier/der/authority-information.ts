import type { Certificate } from './certificate.ts';
import { noNames, takeGeneralName } from './general-name.ts';
import { DerFault, TAG } from './reader.ts';
import { readDer } from './refuse.ts';
import { oidText } from './values.ts';

const AUTHORITY_INFORMATION = '1.3.6.1.5.5.7.1.1';
const OCSP = '1.3.6.1.5.5.7.48.1';
const MAX_BYTES = 16 * 1024;
const MAX_DESCRIPTIONS = 64;

/**
 * Where the certificate's issuer says that OCSP may be asked about it (RFC 5280 §4.2.2.1): URIs as they stand, in their order.
 * @throws Refusal CERTIFICATE_MALFORMED; empty where the extension is absent
 */
export function ocspAddressesOf({ extensions }: Certificate): readonly string[] {
  const value = extensions.get(AUTHORITY_INFORMATION)?.value;
  if (!value) return [];
  return readDer(value, MAX_BYTES, 'CERTIFICATE_MALFORMED', (reader) => {
    const list = reader.enter(TAG.sequence);
    const names = noNames();
    let read = 0;
    do {
      if (++read > MAX_DESCRIPTIONS) throw new DerFault('too many access descriptions');
      const description = list.enter(TAG.sequence);
      const isOcsp = oidText(description.content(TAG.oid)) === OCSP;
      takeGeneralName(description, isOcsp ? names : noNames());
      description.finish();
    } while (!list.done);
    return names.uris;
  });
}
