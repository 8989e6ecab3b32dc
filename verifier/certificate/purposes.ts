import { GROUPS, type Group } from '#core/certificate/claims-rules/unverified-claims';
import type { Certificate } from '../der/certificate.ts';
import { EXTENSION } from '../der/extensions.ts';
import { TAG } from '../der/reader.ts';
import { readDer } from '../der/refuse.ts';
import { oidText } from '../der/values.ts';

/** What a document signer may sign, by extended key usage (hcert-spec): the arc in use and the older one. */
const ARCS = ['1.3.6.1.4.1.1847.2021.1.', '1.3.6.1.4.1.0.1847.2021.1.'] as const;
const NUMBERS: Readonly<Record<Group, number>> = { t: 1, v: 2, r: 3 };

/**
 * The groups of certificates that a signer may sign: those that its certificate names, or all where it names none.
 * @throws Refusal CERTIFICATE_MALFORMED
 */
export function groupsOf(certificate: Certificate): ReadonlySet<Group> {
  const purposes = purposesOf(certificate);
  const named = GROUPS.filter((group) => ARCS.some((arc) => purposes.includes(arc + String(NUMBERS[group]))));
  return new Set(named.length > 0 ? named : GROUPS);
}

/** Unlike key-purposes.ts this reads an empty list (against RFC 5280 §4.2.1.12) as none: published document signers have one. */
function purposesOf({ extensions }: Certificate): readonly string[] {
  const value = extensions.get(EXTENSION.extendedKeyUsage)?.value;
  if (!value) return [];
  return readDer(value, 16 * 1024, 'CERTIFICATE_MALFORMED', (reader) => {
    const list = reader.enter(TAG.sequence);
    const purposes: string[] = [];
    while (!list.done) purposes.push(oidText(list.content(TAG.oid)));
    return purposes;
  });
}
