import { AttestationCache } from '#verifier/attestation-cache';
import type { TrustReading } from '#verifier/trust/read-trust';
import { CurrentAnswers } from './current-answers.ts';
import type { IssuingKey } from './issuing-key.ts';
import type { Ground } from './judge-job.ts';
import type { NewestCrls } from './newest-crls.ts';
import type { Policy } from './policy.ts';
import type { StatusLists } from './status-lists.ts';
import type { TrustFiles } from './trust-files.ts';
import type { UsableKeys } from './usable-keys.ts';

/** What judging takes, whenever it is done. */
export type JudgingParts = {
  readonly trust: TrustFiles;
  readonly status: StatusLists;
  readonly crls: NewestCrls;
  readonly policy: Policy;
  readonly requireToken: boolean;
  readonly keys: UsableKeys;
};

/** One lease is judged at one instant: records of one batch then share the judgement of its signature. */
export function groundOf(
  parts: JudgingParts,
  { trust, keys }: { readonly trust: TrustReading; readonly keys: ReadonlyMap<string, IssuingKey> },
  at: Date,
): Ground {
  const { policy, requireToken, status, crls } = parts;
  const list = trust.trust;
  return {
    at,
    trust,
    policy,
    requireToken,
    keys,
    cache: new AttestationCache(),
    statusOf: (district) => (list ? status.of(district, list, at) : Promise.resolve(null)),
    crlsFor: (certificates) => (list ? crls.for(certificates, list, at) : Promise.resolve([])),
    answers: new CurrentAnswers(),
  };
}
