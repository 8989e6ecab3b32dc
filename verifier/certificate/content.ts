import { decodeCbor } from '#core/certificate/cbor';
import {
  CborFloat,
  CborTag,
  isCborArray,
  isCborMap,
  type Cbor,
  type CborMap,
} from '#core/certificate/cbor-value';
import { breaksSchema, checkClaims } from '#core/certificate/check-claims';
import type { Hcert } from '#core/certificate/hcert';
import {
  GROUPS,
  readUnverifiedClaims,
  type Group,
  type UnverifiedClaims,
} from '#core/certificate/claims-rules/unverified-claims';
import { instant } from '#core/dates';
import { Refusal } from '#core/refusal';
import { invalid, type Finding } from '../finding.ts';

export type { Group };

/** The hcert of a test or a recovery; of a vaccination, whoever issued it, the shape is that of core. */
export type OtherHcert = Pick<Hcert, 'ver' | 'nam' | 'dob'> & { readonly t?: unknown; readonly r?: unknown };
export type Payload = Hcert | OtherHcert;

/** What a signed certificate says (hcert-spec §3; schema 1.3.0), of any country. */
export type Content = {
  readonly iss: string | null;
  /** seconds since 1970 */
  readonly iat: number;
  readonly exp: number;
  /** the same as instants */
  readonly issuedAt: string;
  readonly expiresAt: string;
  readonly group: Group;
  /** as issued */
  readonly ci: string;
  readonly payload: Payload;
};

/** @throws Refusal HC1_UNREADABLE, INPUT_TOO_LARGE where the bytes are no CWT with a certificate in it */
export function readClaims(payload: Uint8Array): UnverifiedClaims {
  const claims = readUnverifiedClaims(decodeCbor(payload));
  if (!claims) throw new Refusal('HC1_UNREADABLE', { detail: 'not a CWT with a certificate' });
  return claims;
}

/** @returns null where the schema is broken; other mistakes of issuers, who are not ours, are let pass */
export function readContent(claims: UnverifiedClaims, findings: Finding[]): Content | null {
  const faults = checkClaims(claims.cwt, 'any').filter(breaksSchema);
  findings.push(...faults.map(({ code, at }) => invalid(code, at)));
  const [entry] = claims.entries;
  const group = GROUPS.find((member) => member === entry?.group);
  if (faults.length > 0 || !entry || !group) return null;
  const [iat, exp] = [claims.iat as number, claims.exp as number];
  return {
    iss: (claims.iss as string | undefined) ?? null,
    iat,
    exp,
    issuedAt: instant(new Date(iat * 1000)),
    expiresAt: instant(new Date(exp * 1000)),
    group,
    ci: entry.members.get('ci') as string,
    payload: plain(claims.hcert) as Payload,
  };
}

type Plain = string | number | boolean | null | readonly Plain[] | { readonly [member: string]: Plain };

/** As JSON has it. The schema holds; what is beyond it may be of any kind. */
function plain(value: Cbor): Plain {
  if (typeof value !== 'object' || value === null) return value;
  if (isCborMap(value)) return members(value);
  if (isCborArray(value)) return value.map(plain);
  if (value instanceof CborTag) return plain(value.value);
  return value instanceof CborFloat ? value.value : [...value];
}

function members(map: CborMap): Plain {
  const found: Record<string, Plain> = {};
  for (const [key, value] of map) {
    // assigned, it would be no member but the object's prototype
    if (key !== '__proto__') found[key] = plain(value);
  }
  return found;
}
