import type { Certificate } from './certificate.ts';
import { EXTENSION } from './extensions.ts';
import { noNames, readGeneralNames, takeGeneralName, type GeneralNames } from './general-name.ts';
import { contextOf, DerFault, TAG, type DerReader } from './reader.ts';
import { readDer } from './refuse.ts';

const MAX_BYTES = 16 * 1024;

export type NameConstraints = { readonly permitted: GeneralNames; readonly excluded: GeneralNames };

/** @throws Refusal CERTIFICATE_MALFORMED; null where the extension is absent */
export function nameConstraintsOf({ extensions }: Certificate): NameConstraints | null {
  const value = extensions.get(EXTENSION.nameConstraints)?.value;
  if (!value) return null;
  return readDer(value, MAX_BYTES, 'CERTIFICATE_MALFORMED', (reader) => {
    const both = reader.enter(TAG.sequence);
    if (both.done) throw new DerFault('empty nameConstraints');
    const permitted = subtrees(both.enterIf(contextOf(0)));
    const excluded = subtrees(both.enterIf(contextOf(1)));
    both.finish();
    return { permitted, excluded };
  });
}

/** Minimum is 0, hence not written, and maximum absent (RFC 5280 §4.2.1.10). */
function subtrees(list: DerReader | null): GeneralNames {
  const names = noNames();
  while (list && !list.done) {
    const subtree = list.enter(TAG.sequence);
    takeGeneralName(subtree, names);
    subtree.finish();
  }
  // one of another length would constrain nothing
  if (names.addresses.some(({ length }) => length !== 8 && length !== 32))
    throw new DerFault('address and mask');
  return names;
}

/** The subject's other names (RFC 5280 §4.2.1.6), or null where the extension is absent. @throws Refusal CERTIFICATE_MALFORMED */
export function subjectAltNamesOf({ extensions }: Certificate): GeneralNames | null {
  const value = extensions.get(EXTENSION.subjectAltName)?.value;
  if (!value) return null;
  return readDer(value, MAX_BYTES, 'CERTIFICATE_MALFORMED', (reader) => {
    const names = reader.enter(TAG.sequence);
    if (names.done) throw new DerFault('empty subjectAltName');
    const read = readGeneralNames(names);
    if (read.addresses.some(({ length }) => length !== 4 && length !== 16)) throw new DerFault('address');
    return read;
  });
}
