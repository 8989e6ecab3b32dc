import { z } from 'zod';
import { readCertificate } from '../../der/certificate.ts';
import { nodeCrypto } from '../../crypto-node.ts';
import { KEY_USAGE } from '../../path-rules/key-usage.ts';
import { findPath } from '../../path/find-path.ts';
import { RFC_5280, servesAll, type PathPolicy } from '../../path/path-policy.ts';
import { at, bytes, id, many, revocation } from './case-shapes.ts';
import { answerOf, type Answer } from './answer.ts';
import { answersIn, certificatesIn, revocationOf } from './material.ts';

export const pathCase = z.object({
  id,
  anchors: many,
  untrusted: many,
  leaf: bytes,
  crls: many,
  ocsp: many,
  at,
  revocation,
  policy: z
    .object({
      initialPolicySet: z.array(z.string()).nullish(),
      explicit: z.boolean().default(false),
      inhibitMapping: z.boolean().default(false),
      inhibitAny: z.boolean().default(false),
    })
    .nullish(),
  /** certificates between the leaf and the anchor */
  maxDepth: z.number().int().min(0).nullish(),
  keyUsage: z.array(z.enum(Object.keys(KEY_USAGE) as (keyof typeof KEY_USAGE)[])).nullish(),
  extendedKeyUsage: z.array(z.string()).nullish(),
});
type PathCase = z.infer<typeof pathCase>;

export async function judgePathCase(given: PathCase): Promise<Answer> {
  const { findings } = await findPath({
    end: readCertificate(given.leaf),
    roots: certificatesIn(given.anchors),
    pool: certificatesIn(given.untrusted),
    answers: answersIn(given.crls, given.ocsp),
    policy: policyOf(given),
    at: given.at,
    claimedTime: given.at,
    revocation: revocationOf(given.revocation, given.crls, given.ocsp),
    crypto: nodeCrypto,
  });
  return answerOf(findings);
}

const ANY_POLICY = '2.5.29.32.0';

function policyOf({ policy, maxDepth, keyUsage, extendedKeyUsage }: PathCase): PathPolicy {
  const { initialPolicySet, explicit = false, inhibitMapping = false, inhibitAny = false } = policy ?? {};
  const isAny = !initialPolicySet || initialPolicySet.length === 0 || initialPolicySet.includes(ANY_POLICY);
  const bits = (keyUsage ?? []).reduce((all, name) => all | KEY_USAGE[name], 0);
  return {
    ...RFC_5280,
    policies: { set: isAny ? null : new Set(initialPolicySet), explicit, inhibitMapping, inhibitAny },
    servesUse: (has) => (has & bits) === bits,
    servesPurpose: servesAll(extendedKeyUsage ?? []),
    maxLength: Math.min(RFC_5280.maxLength, (maxDepth ?? RFC_5280.maxLength) + 2),
  };
}
