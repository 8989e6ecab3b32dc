import { crlNumbersOf } from '../der/crl-numbers.ts';
import { nameKey } from '../der/name.ts';
import { read } from '../finding.ts';
import { isSameScope } from './crl-scope.ts';
import type { ReadScope } from './usable-crl.ts';

/** Whether two CRLs are of one issuer, for the same certificates. */
export function isOfSame(delta: ReadScope, base: ReadScope): boolean {
  return nameKey(delta.crl.issuer) === nameKey(base.crl.issuer) && isSameScope(delta.scope, base.scope);
}

/** Whether a delta CRL goes on from a complete one of its scope (RFC 5280 §5.2.4): made against it or one before it, and newer than it. */
export function continues(delta: ReadScope, base: ReadScope): boolean {
  return holds(() => {
    const of = crlNumbersOf(delta.crl);
    const from = crlNumbersOf(base.crl);
    if (of.base === null || of.number === null || from.number === null) return false;
    return of.base <= from.number && of.number > from.number;
  });
}

/** Whether a delta CRL has nothing to add to another CRL of its issuer and scope: that one has the same number or a later one. */
export function isOvertaken(delta: ReadScope, by: ReadScope): boolean {
  return holds(() => {
    const [{ number }, { number: later }] = [crlNumbersOf(delta.crl), crlNumbersOf(by.crl)];
    return number !== null && later !== null && number <= later;
  });
}

/** What cannot be read does not hold. */
function holds(ask: () => boolean): boolean {
  return read(ask, []) === true;
}
