import { EXTENSION } from '../der/extensions.ts';
import type { Certificate } from '../der/certificate.ts';
import { undetermined, type Finding } from '../finding.ts';
import type { JudgedPath } from '../path/judge-path.ts';

const UNDERSTOOD: ReadonlySet<string> = new Set([EXTENSION.basicConstraints, EXTENSION.keyUsage]);

/** Constraints on the rest of the path bind, critical or not (RFC 5280 §4.2.1.5, .10, .11, .14). */
const CONSTRAINTS: readonly string[] = [
  EXTENSION.nameConstraints,
  EXTENSION.policyMappings,
  EXTENSION.policyConstraints,
  EXTENSION.inhibitAnyPolicy,
];

/**
 * RFC 5280 §4.2: a critical extension that is not understood ends the path. Not critical and no constraint — policies, key
 * identifiers, usages, addresses of CRLs and OCSP — changes nothing.
 */
export function extensionsUnderstood({ path }: JudgedPath): Finding[] {
  return path.flatMap(({ extensions }) =>
    notUnderstood(extensions).map((type) => undetermined('PATH_NOT_UNDERSTOOD', `extension ${type}`)),
  );
}

function notUnderstood(extensions: Certificate['extensions']): string[] {
  return [...extensions]
    .filter(([type, { critical }]) => CONSTRAINTS.includes(type) || (critical && !UNDERSTOOD.has(type)))
    .map(([type]) => type);
}
