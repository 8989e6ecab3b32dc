import { EXTENSION } from '../der/extensions.ts';
import { undetermined, type Finding } from '../finding.ts';
import type { JudgedPath } from '../path/judge-path.ts';

/** Each has its rule in this folder, or in revocation/. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  EXTENSION.basicConstraints,
  EXTENSION.keyUsage,
  EXTENSION.extendedKeyUsage,
  EXTENSION.subjectAltName,
  EXTENSION.nameConstraints,
  EXTENSION.certificatePolicies,
  EXTENSION.policyMappings,
  EXTENSION.policyConstraints,
  EXTENSION.inhibitAnyPolicy,
  EXTENSION.crlDistributionPoints,
]);

/** RFC 5280 §4.2: a critical extension that is not understood ends the path. */
export function extensionsUnderstood({ path }: JudgedPath): Finding[] {
  return path.flatMap(({ extensions }) =>
    [...extensions]
      .filter(([type, { critical }]) => critical && !UNDERSTOOD.has(type))
      .map(([type]) => undetermined('PATH_NOT_UNDERSTOOD', `extension ${type}`)),
  );
}
