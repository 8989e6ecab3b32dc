import type { Crypto } from '../crypto-port.ts';
import type { Finding } from '../finding.ts';
import { algorithmsAccepted } from '../path-rules/algorithms.ts';
import { basicConstraintsHold } from '../path-rules/basic-constraints.ts';
import { extendedKeyUsageHolds } from '../path-rules/extended-key-usage.ts';
import { extensionsUnderstood } from '../path-rules/extensions-understood.ts';
import { keyUsageHolds } from '../path-rules/key-usage.ts';
import { namesChain } from '../path-rules/name-chaining.ts';
import { namesWithinConstraints } from '../path-rules/name-constraints.ts';
import { policiesHold } from '../path-rules/policies.ts';
import { signaturesHold } from '../path-rules/signatures.ts';
import { datesHold } from '../path-rules/validity.ts';
import type { Path } from './candidate-paths.ts';
import type { PathPolicy } from './path-policy.ts';

export type JudgedPath = {
  readonly path: Path;
  /** the judged time, an instant */
  readonly at: string;
  /** when the signer says it signed: an instant that proves nothing */
  readonly claimedTime: string;
  /** where `at` is a proven time in the past: an instant up to which later answers on revocation count as well */
  readonly answersUntil?: string;
  /** the strict reading of that: answers from before `at` say nothing, and whoever is revoked after it was good at it */
  readonly isProven?: boolean;
  readonly policy: PathPolicy;
  readonly crypto: Crypto;
};

export type PathRule = (judged: JudgedPath) => readonly Finding[] | Promise<readonly Finding[]>;

/** RFC 5280 §6.1, without revocation. */
const rules: readonly PathRule[] = [
  namesChain,
  algorithmsAccepted,
  signaturesHold,
  datesHold,
  basicConstraintsHold,
  keyUsageHolds,
  extendedKeyUsageHolds,
  namesWithinConstraints,
  policiesHold,
  extensionsUnderstood,
];

/** @param isAgeing false: whatever the dates of its certificates say */
export async function judgePath(judged: JudgedPath, isAgeing = true): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const rule of rules) if (isAgeing || rule !== datesHold) findings.push(...(await rule(judged)));
  return findings;
}
