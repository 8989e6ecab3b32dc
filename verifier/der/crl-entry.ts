import { EXTENSION, readExtensions, type Extensions } from './extensions.ts';
import { readGeneralNames } from './general-name.ts';
import { nameKey } from './name.ts';
import { DerFault, DerReader, TAG } from './reader.ts';
import { smallInteger } from './values.ts';
import { checkWellFormed } from './well-formed.ts';

/** What the extensions of one entry of a CRL say (RFC 5280 §5.3). */
export type EntryExtensions = {
  /** false: one of them is critical and not known */
  readonly areUnderstood: boolean;
  readonly reason: number | null;
  /** nameKey of the certificate's issuer, or null where the entry names none */
  readonly issuer: string | null;
};

export const CERTIFICATE_HOLD = 6;
export const REMOVE_FROM_CRL = 8;
/** unspecified where it is written, affiliationChanged, superseded, cessationOfOperation */
export const HARMLESS_REASONS: readonly number[] = [0, 3, 4, 5];

const UNDERSTOOD: readonly string[] = [EXTENSION.reasonCode, EXTENSION.certificateIssuer];
const MAX_ISSUER_BYTES = 16 * 1024;

/** @param der crlEntryExtensions, header included. @throws DerFault */
export function readEntryExtensions(der: Uint8Array): EntryExtensions {
  const reader = new DerReader(der);
  const extensions = readExtensions(reader.enter(TAG.sequence));
  reader.finish();
  return {
    areUnderstood: [...extensions].every(([type, { critical }]) => !critical || UNDERSTOOD.includes(type)),
    reason: reasonOf(extensions),
    issuer: issuerOf(extensions),
  };
}

function reasonOf(extensions: Extensions): number | null {
  const value = extensions.get(EXTENSION.reasonCode)?.value;
  if (!value) return null;
  const reader = new DerReader(value);
  const reason = smallInteger(reader.content(TAG.enumerated));
  reader.finish();
  return reason;
}

function issuerOf(extensions: Extensions): string | null {
  const value = extensions.get(EXTENSION.certificateIssuer)?.value;
  if (!value) return null;
  checkWellFormed(value, MAX_ISSUER_BYTES);
  const [name, ...more] = readGeneralNames(new DerReader(value).enter(TAG.sequence)).directory;
  if (!name || more.length > 0) throw new DerFault('certificateIssuer');
  return nameKey(name);
}

/** What follows the header of an extension whose type is 2.5.29 and one more arc. */
const ID_CE = [TAG.oid, 3, 0x55, 0x1d] as const;
const REASON_CODE = 21;
const INVALIDITY_DATE = 24;

/**
 * Whether the extensions of an entry are a reason, a date of invalidity or both, each once, not critical and in short form: then
 * readEntryExtensions would find nothing wrong, nothing unknown and no issuer. Nearly all entries have such, and making no object for
 * any of them is what makes long lists fast.
 * @param at where their header stands, `end` where they end
 */
export function areUsual(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at - 2 >= 0x80 || bytes[at + 1] !== end - at - 2) return false;
  let isReasonRead = false;
  let isDateRead = false;
  let next = at + 2;
  for (; next < end; next += 2 + (bytes[next + 1] ?? 0)) {
    const arc = usualArc(bytes, next);
    if (arc === REASON_CODE && !isReasonRead && isShortReason(bytes, next)) isReasonRead = true;
    else if (arc === INVALIDITY_DATE && !isDateRead) isDateRead = true;
    else return false;
  }
  return next === end && (isReasonRead || isDateRead);
}

/** The last arc of the type of an extension that is not critical and in short form; 0 for any other. */
function usualArc(bytes: Uint8Array, at: number): number {
  const length = bytes[at + 1] ?? 0;
  if (bytes[at] !== TAG.sequence || length >= 0x80) return 0;
  for (let i = 0; i < ID_CE.length; i++) if (bytes[at + 2 + i] !== ID_CE[i]) return 0;
  return bytes[at + 7] === TAG.octetString && bytes[at + 8] === length - 7 ? (bytes[at + 6] ?? 0) : 0;
}

/** An ENUMERATED of one octet, not negative. */
function isShortReason(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at + 8] === 3 &&
    bytes[at + 9] === TAG.enumerated &&
    bytes[at + 10] === 1 &&
    (bytes[at + 11] ?? 0x80) < 0x80
  );
}
