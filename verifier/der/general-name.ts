import { utf8Text } from '#core/bytes';
import { checkName } from './name.ts';
import { context, contextOf, DerFault, TAG, type DerReader } from './reader.ts';

/** GeneralNames (RFC 5280 §4.2.1.6), by form. */
export type GeneralNames = {
  readonly emails: readonly string[];
  readonly hosts: readonly string[];
  readonly uris: readonly string[];
  /** 4 or 16 octets; in name constraints address and mask, 8 or 32 */
  readonly addresses: readonly Uint8Array[];
  /** DER of the Name */
  readonly directory: readonly Uint8Array[];
  /** tags of the forms that nothing is known about */
  readonly others: readonly number[];
};

const FORM = {
  email: context(1),
  host: context(2),
  directory: contextOf(4),
  uri: context(6),
  address: context(7),
} as const;
const OTHER: readonly number[] = [contextOf(0), contextOf(3), contextOf(5), context(8)];

type Gathered = { -readonly [K in keyof GeneralNames]: GeneralNames[K][number][] };

/** @param names the content of the sequence, read to its end */
export function readGeneralNames(names: DerReader): GeneralNames {
  const gathered = noNames();
  while (!names.done) takeGeneralName(names, gathered);
  return gathered;
}

export function noNames(): Gathered {
  return { emails: [], hosts: [], uris: [], addresses: [], directory: [], others: [] };
}

/** Reads one GeneralName into its form. */
export function takeGeneralName(reader: DerReader, into: Gathered): void {
  const tag = reader.next;
  if (tag === FORM.email) into.emails.push(ia5(reader.content(tag)));
  else if (tag === FORM.host) into.hosts.push(ia5(reader.content(tag)));
  else if (tag === FORM.uri) into.uris.push(ia5(reader.content(tag)));
  else if (tag === FORM.address) into.addresses.push(reader.content(tag));
  else if (tag === FORM.directory) {
    const explicit = reader.enter(tag);
    const name = explicit.element(TAG.sequence);
    explicit.finish();
    checkName(name);
    into.directory.push(name);
  } else if (OTHER.includes(tag)) {
    reader.content(tag);
    into.others.push(tag);
  } else throw new DerFault('general name');
}

function ia5(content: Uint8Array): string {
  const text = utf8Text(content);
  if (text === null || /[^\x00-\x7f]/.test(text)) throw new DerFault('IA5String');
  return text;
}
