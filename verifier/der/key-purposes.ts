import type { Certificate } from './certificate.ts';
import { EXTENSION } from './extensions.ts';
import { TAG } from './reader.ts';
import { readDer } from './refuse.ts';
import { oidText } from './values.ts';

export const ANY_PURPOSE = '2.5.29.37.0';

/** Extended key usage (RFC 5280 §4.2.1.12), or null where it is absent. @throws Refusal CERTIFICATE_MALFORMED */
export function keyPurposesOf({ extensions }: Certificate): readonly string[] | null {
  const value = extensions.get(EXTENSION.extendedKeyUsage)?.value;
  if (!value) return null;
  return readDer(value, 16 * 1024, 'CERTIFICATE_MALFORMED', (reader) => {
    const list = reader.enter(TAG.sequence);
    const purposes: string[] = [];
    do purposes.push(oidText(list.content(TAG.oid)));
    while (!list.done);
    return purposes;
  });
}
