import type { VerifyAlgorithm } from '../crypto-port.ts';
import { ANY_PURPOSE } from '../der/key-purposes.ts';
import { KEY_USAGE } from '../path-rules/key-usage.ts';

/** What is asked of a path beyond RFC 5280, and RFC 5280's own inputs (§6.1.1). */
export type PathPolicy = {
  /** null: any that is known */
  readonly algorithms: AlgorithmPolicy | null;
  /** whether the end certificate may be used, by the bits of its key usage */
  readonly servesUse: (keyUsage: number) => boolean;
  /** whether every certificate must have a key usage */
  readonly keyUsagePresent: boolean;
  /** whether the end certificate may be used, by the purposes in its extended key usage */
  readonly servesPurpose: (purposes: readonly string[]) => boolean;
  readonly policies: InitialPolicies;
  /** certificates in a path, the anchor's included */
  readonly maxLength: number;
};

export type AlgorithmPolicy = {
  readonly signatures: readonly VerifyAlgorithm[];
  readonly minRsaBits: number;
};

/** RFC 5280 §6.1.1 (c) to (g) */
export type InitialPolicies = {
  /** the policies that are accepted; null: any */
  readonly set: ReadonlySet<string> | null;
  readonly explicit: boolean;
  readonly inhibitMapping: boolean;
  readonly inhibitAny: boolean;
};

export const ANY_POLICIES: InitialPolicies = {
  set: null,
  explicit: false,
  inhibitMapping: false,
  inhibitAny: false,
};

const MAX_LENGTH = 8;
/** RFC 5280 knows no bound; work needs one. */
const MAX_GENERAL_LENGTH = 16;

/** Keys that serve machines sign nothing for people: server, code, time stamp, OCSP (RFC 5280 §4.2.1.12). */
const FOR_MACHINES: readonly string[] = [
  '1.3.6.1.5.5.7.3.1',
  '1.3.6.1.5.5.7.3.3',
  '1.3.6.1.5.5.7.3.8',
  '1.3.6.1.5.5.7.3.9',
];

/** A signer's path. @param algorithms of the trust list */
export function signerPolicy(algorithms: AlgorithmPolicy): PathPolicy {
  return {
    algorithms,
    servesUse: (keyUsage) => (keyUsage & (KEY_USAGE.digitalSignature | KEY_USAGE.nonRepudiation)) !== 0,
    keyUsagePresent: true,
    servesPurpose: (purposes) => purposes.some((purpose) => !FOR_MACHINES.includes(purpose)),
    policies: ANY_POLICIES,
    maxLength: MAX_LENGTH,
  };
}

/** RFC 5280 and nothing beyond it. */
export const RFC_5280: PathPolicy = {
  algorithms: null,
  servesUse: () => true,
  keyUsagePresent: false,
  servesPurpose: () => true,
  policies: ANY_POLICIES,
  maxLength: MAX_GENERAL_LENGTH,
};

/** All of these purposes, or any purpose. */
export function servesAll(wanted: readonly string[]): PathPolicy['servesPurpose'] {
  return (purposes) =>
    purposes.includes(ANY_PURPOSE) || wanted.every((purpose) => purposes.includes(purpose));
}
