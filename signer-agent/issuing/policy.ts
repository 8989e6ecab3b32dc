import { Refusal } from '#core/refusal';
import type { Verdict } from '#verifier/verdict';

/** Whose signatures a record needs before a certificate is made of it: the Ministry's choice, not the API's. */
export const POLICIES = ['facility', 'district', 'both'] as const;
export type Policy = (typeof POLICIES)[number];

/** @throws Refusal POLICY_NOT_MET */
export function demandPolicy({ attestations }: Verdict, policy: Policy): void {
  const holds = (kind: 'facility' | 'district') =>
    attestations.some((attestation) => attestation.verdict === 'valid' && attestation.kind === kind);
  const wanted = policy === 'both' ? (['facility', 'district'] as const) : [policy];
  const missing = wanted.filter((kind) => !holds(kind));
  if (missing.length > 0) throw new Refusal('POLICY_NOT_MET', { detail: missing.join(', ') });
}
