import { expiryOf } from '../hcert.ts';
import { CWT, isInstant, NONE, type Rule } from './unverified-claims.ts';

/** Longer than the 12 months of decision 5772/QĐ-BYT. */
export const validityTooLong: Rule = ({ exp, iat }) =>
  isInstant(exp) && isInstant(iat) && exp > expiryOf(iat)
    ? [{ at: `/${CWT.exp}`, code: 'CLAIMS_VALIDITY_TOO_LONG' }]
    : NONE;
