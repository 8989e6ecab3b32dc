import { isDuration } from './expiry-duration.ts';
import { CWT, isInstant, NONE, type Rule } from './unverified-claims.ts';

export const datesSwapped: Rule = ({ exp, iat }) =>
  isInstant(exp) && isInstant(iat) && exp <= iat && !isDuration(exp, iat)
    ? [{ at: `/${CWT.exp}`, code: 'CLAIMS_DATES_SWAPPED' }]
    : NONE;
