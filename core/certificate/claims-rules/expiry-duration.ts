import { CWT, isInstant, NONE, type Rule } from './unverified-claims.ts';

/** Ten years of seconds: as an instant, before 1980. */
const LONGEST_DURATION = 10 * 366 * 86_400;

/** An expiry that counts from the issue: read as an instant it lies in the 1970s. */
export const expiryDuration: Rule = ({ exp, iat }) =>
  isInstant(exp) && isInstant(iat) && isDuration(exp, iat)
    ? [{ at: `/${CWT.exp}`, code: 'CLAIMS_EXPIRY_DURATION' }]
    : NONE;

export function isDuration(exp: number, iat: number): boolean {
  return exp <= LONGEST_DURATION && iat > LONGEST_DURATION;
}
