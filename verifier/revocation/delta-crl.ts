import type { Crl } from '../der/crl.ts';
import { crlNumbersOf } from '../der/crl-numbers.ts';
import type { ReadScope, Revoked } from './usable-crl.ts';

/** Whether a delta CRL goes on from a complete one of its scope (RFC 5280 §5.2.4): made against it or one before it, and newer than it. */
export function continues(delta: ReadScope, base: ReadScope): boolean {
  const of = crlNumbersOf(delta.crl);
  const from = crlNumbersOf(base.crl);
  if (of.base === null || of.number === null || from.number === null) return false;
  return of.base <= from.number && of.number > from.number;
}

/** Whether a delta CRL has nothing to add to another CRL of its issuer and scope: that one has the same number or a later one. */
export function isOvertaken(delta: ReadScope, by: ReadScope): boolean {
  const [{ number }, { number: later }] = [crlNumbersOf(delta.crl), crlNumbersOf(by.crl)];
  return number !== null && later !== null && number <= later;
}

export const RELEASED = 'released';

/** What a CRL says of a serial number of one issuer. @returns null where it says nothing */
export function entryOf(
  crl: Crl,
  issuerKey: string,
  ownKey: string,
  serial: string,
): Revoked | typeof RELEASED | null {
  const entries = issuerKey === ownKey ? crl : crl.others.get(issuerKey);
  const at = entries?.revoked.get(serial);
  if (entries && at !== undefined) return { at, isHarmless: entries.harmless.has(serial) };
  return entries?.released.has(serial) ? RELEASED : null;
}
