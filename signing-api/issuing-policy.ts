import type { UnitKind } from '#core/sign/fields';

/** Whose signatures a record must bear before it becomes a certificate: policy, not code (design §2). */
export const ISSUING_POLICIES = ['facility', 'district', 'both'] as const;
export type IssuingPolicy = (typeof ISSUING_POLICIES)[number];

export function kindsOf(policy: IssuingPolicy): readonly UnitKind[] {
  return policy === 'both' ? ['facility', 'district'] : [policy];
}
