import type { Crypto, VerifyAlgorithm } from '../crypto-port.ts';
import type { Finding } from '../finding.ts';
import { algorithmsAccepted } from '../path-rules/algorithms.ts';
import { basicConstraintsHold } from '../path-rules/basic-constraints.ts';
import { extensionsUnderstood } from '../path-rules/extensions-understood.ts';
import { keyUsageHolds } from '../path-rules/key-usage.ts';
import { namesChain } from '../path-rules/name-chaining.ts';
import { signaturesHold } from '../path-rules/signatures.ts';
import { datesHold } from '../path-rules/validity.ts';
import type { Path } from './build-path.ts';

export type JudgedPath = {
  readonly path: Path;
  /** the judged time, an instant */
  readonly at: string;
  /** when the signer says it signed: an instant that proves nothing */
  readonly claimedTime: string;
  readonly policy: AlgorithmPolicy;
  readonly crypto: Crypto;
};

export type AlgorithmPolicy = {
  readonly signatures: readonly VerifyAlgorithm[];
  readonly minRsaBits: number;
};

export type PathRule = (judged: JudgedPath) => readonly Finding[] | Promise<readonly Finding[]>;

/** RFC 5280 §6.1 for a path without constraints on names and policies: where it has some, it is not understood, never passed over. */
const rules: readonly PathRule[] = [
  namesChain,
  algorithmsAccepted,
  signaturesHold,
  datesHold,
  basicConstraintsHold,
  keyUsageHolds,
  extensionsUnderstood,
];

export async function judgePath(judged: JudgedPath): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const rule of rules) findings.push(...(await rule(judged)));
  return findings;
}
