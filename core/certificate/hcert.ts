/** What a certificate says: a CWT (RFC 8392) around the EU payload (hcert-spec §3, schema 1.3.0). */

export type Vaccination = {
  /** disease */
  readonly tg: string;
  /** kind of vaccine, product, manufacturer: see value-sets.ts */
  readonly vp: string;
  readonly mp: string;
  readonly ma: string;
  /** this dose, and the doses of the series: positive integers */
  readonly dn: number;
  readonly sd: number;
  /** YYYY-MM-DD */
  readonly dt: string;
  readonly co: string;
  readonly is: string;
  readonly ci: string;
};

export type Hcert = {
  readonly ver: string;
  readonly nam: { readonly fn: string; readonly gn?: string; readonly fnt: string; readonly gnt?: string };
  /** YYYY-MM-DD or YYYY */
  readonly dob: string;
  readonly v: readonly [Vaccination];
};

export type Claims = {
  /** ISO 3166-1 alpha-2 */
  readonly iss: string;
  /** seconds since 1970 */
  readonly iat: number;
  readonly exp: number;
  readonly payload: Hcert;
};

export const COUNTRY = 'VN';
export const SCHEMA_VERSION = '1.3.0';
export const ISSUER_NAME = 'Ministry of Health of Viet Nam';
export const VALIDITY_MONTHS = 12;

/**
 * The same day and time 12 months later, in UTC; of 29 February, 28 February.
 * @param issuedAt seconds since 1970
 */
export function expiryOf(issuedAt: number): number {
  const at = new Date(issuedAt * 1000);
  const day = at.getUTCDate();
  at.setUTCMonth(at.getUTCMonth() + VALIDITY_MONTHS);
  // the 29th that is not there became 1 March
  if (at.getUTCDate() !== day) at.setUTCDate(0);
  return Math.floor(at.getTime() / 1000);
}
