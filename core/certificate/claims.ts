import type { RecordLeaf } from '../record/record.ts';
import { Refusal } from '../refusal.ts';
import { decodeCbor, encodeCbor } from './cbor.ts';
import type { Cbor, CborMap } from './cbor-value.ts';
import { checkClaims } from './check-claims.ts';
import { CWT, HCERT_V1 } from './claims-rules/unverified-claims.ts';
import { COUNTRY, expiryOf, ISSUER_NAME, SCHEMA_VERSION, type Claims, type Hcert } from './hcert.ts';
import { splitName, transliterate } from './names.ts';
import { productOf } from './value-sets.ts';

export { expiryOf, type Claims, type Hcert };

export type Issue = {
  /** `ci`: see uvci.ts */
  readonly identifier: string;
  /** seconds since 1970 */
  readonly issuedAt: number;
  /** expiryOf(issuedAt), unless asked otherwise: never later */
  readonly expiresAt: number;
  /** `is`, at most 80 characters; ISSUER_NAME where nothing is said */
  readonly issuer?: string;
};

/**
 * The claims of the certificate of one record version: a function of the record and the issue alone, so that who rebuilds them gets the
 * same bytes.
 * @throws Refusal the code of the first fault, with all of them: CODES_INCONSISTENT, CLAIMS_*
 */
export function claimsOf(record: RecordLeaf, issue: Issue): Claims {
  const claims: Claims = {
    iss: COUNTRY,
    iat: issue.issuedAt,
    exp: issue.expiresAt,
    payload: payloadOf(record, issue),
  };
  requireClaims(claimsValue(claims));
  return claims;
}

function payloadOf({ person, dose }: RecordLeaf, { identifier, issuer = ISSUER_NAME }: Issue): Hcert {
  const { fn, gn } = splitName(person);
  const given = gn === undefined ? {} : { gn, gnt: transliterate(gn) };
  return {
    ver: SCHEMA_VERSION,
    nam: { fn, fnt: transliterate(fn), ...given },
    dob: person.birthDate,
    v: [
      {
        tg: dose.target,
        vp: dose.vaccine,
        mp: dose.product,
        ma: dose.manufacturer,
        dn: dose.number,
        sd: Math.max(productOf(dose.product)?.series ?? 1, dose.number),
        dt: dose.date,
        co: dose.country,
        is: issuer,
        ci: identifier,
      },
    ],
  };
}

/** The CWT's payload bytes: canonical CBOR. */
export function encodeClaims(claims: Claims): Uint8Array {
  return encodeCbor(claimsValue(claims));
}

export function claimsValue({ iss, iat, exp, payload }: Claims): CborMap {
  return new Map<number, Cbor>([
    [CWT.iss, iss],
    [CWT.exp, exp],
    [CWT.iat, iat],
    [CWT.hcert, new Map([[HCERT_V1, toCbor(payload)]])],
  ]);
}

/**
 * Reads claims that are ours to issue, in the one spelling.
 * @throws Refusal the code of the first fault, with all of them: CLAIMS_*, CODES_INCONSISTENT; NOT_CANONICAL, HC1_UNREADABLE, INPUT_TOO_LARGE
 */
export function decodeClaims(bytes: Uint8Array): Claims {
  const value = decodeCbor(bytes);
  requireClaims(value);
  decodeCbor(bytes, { canonical: true });
  const members = value as ReadonlyMap<number, Cbor>;
  const hcert = (members.get(CWT.hcert) as ReadonlyMap<number, Cbor>).get(HCERT_V1);
  return {
    iss: members.get(CWT.iss) as string,
    iat: members.get(CWT.iat) as number,
    exp: members.get(CWT.exp) as number,
    payload: fromCbor(hcert as Cbor) as Hcert,
  };
}

/** @throws Refusal the code of the first fault, with all of them */
export function requireClaims(value: Cbor): void {
  const faults = checkClaims(value, 'ours');
  const [first] = faults;
  if (first) throw new Refusal(first.code, { detail: first.detail ?? first.at, faults });
}

type Plain = string | number | readonly Plain[] | { readonly [key: string]: Plain | undefined };

function toCbor(value: Plain): Cbor {
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (Array.isArray(value)) return (value as readonly Plain[]).map(toCbor);
  const map = new Map<string, Cbor>();
  for (const [key, member] of Object.entries(value)) if (member !== undefined) map.set(key, toCbor(member));
  return map;
}

function fromCbor(value: Cbor): unknown {
  if (value instanceof Map)
    return Object.fromEntries([...(value as CborMap)].map(([k, v]) => [k, fromCbor(v)]));
  return Array.isArray(value) ? (value as readonly Cbor[]).map(fromCbor) : value;
}
