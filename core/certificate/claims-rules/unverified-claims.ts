import type { Fault, RefusalCode } from '../../refusal.ts';
import { isCborArray, isCborMap, type Cbor, type CborMap } from '../cbor-value.ts';

/** Keys of a CWT (RFC 8392 §4, hcert-spec §3.3.1). */
export const CWT = { iss: 1, exp: 4, iat: 6, hcert: -260 } as const;
export const HCERT_V1 = 1;

/** What someone says that a certificate is: every member may be of any kind, or absent. */
export type UnverifiedClaims = {
  readonly cwt: CborMap;
  readonly iss: Cbor | undefined;
  readonly exp: Cbor | undefined;
  readonly iat: Cbor | undefined;
  readonly hcert: CborMap;
  /** of v, t and r, as far as they are arrays of maps */
  readonly entries: readonly Entry[];
};

export const GROUPS = ['v', 't', 'r'] as const;
export type Group = (typeof GROUPS)[number];

export type Entry = { readonly group: Group; readonly at: string; readonly members: CborMap };

export type ClaimsFault = Fault & {
  readonly code: RefusalCode;
  /** English, without personal data */
  readonly detail?: string;
};

/** One mistake of issuers; `at` of its faults is a JSON pointer into the CWT. */
export type Rule = (claims: UnverifiedClaims) => readonly ClaimsFault[];

/** The pointer of the certificate in the CWT. */
export const HCERT = `/${CWT.hcert}/${HCERT_V1}`;

export const NONE: readonly ClaimsFault[] = [];

const END_OF_9999 = 253_402_300_799;

/** Seconds since 1970 that a calendar of four-digit years has. */
export function isInstant(value: Cbor | undefined): value is number {
  return typeof value === 'number' && value >= 0 && value <= END_OF_9999;
}

export function readUnverifiedClaims(value: Cbor): UnverifiedClaims | null {
  if (!isCborMap(value)) return null;
  const versions = value.get(CWT.hcert);
  const hcert = isCborMap(versions) ? versions.get(HCERT_V1) : undefined;
  if (!isCborMap(hcert)) return null;
  return {
    cwt: value,
    iss: value.get(CWT.iss),
    exp: value.get(CWT.exp),
    iat: value.get(CWT.iat),
    hcert,
    entries: entriesOf(hcert),
  };
}

function entriesOf(hcert: CborMap): Entry[] {
  const entries: Entry[] = [];
  for (const group of GROUPS) {
    const list = hcert.get(group);
    if (!isCborArray(list)) continue;
    for (const [i, members] of list.entries())
      if (isCborMap(members)) entries.push({ group, at: `${HCERT}/${group}/${i}`, members });
  }
  return entries;
}

/** `nam`, empty where it is absent or no map. */
export function namesOf({ hcert }: UnverifiedClaims): CborMap {
  const names = hcert.get('nam');
  return isCborMap(names) ? names : new Map<string, Cbor>();
}
