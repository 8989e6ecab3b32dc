import { z } from 'zod';
import { nodeCrypto } from '../../crypto-node.ts';
import { checkCms } from '../../evidence/check-cms.ts';
import { readCms } from '../../evidence/read-cms.ts';
import { findPath } from '../../path/find-path.ts';
import { signerPolicy } from '../../path/path-policy.ts';
import { SIGNATURE_ALGORITHMS } from '#core/sign/trust-list';
import { answerOf, type Answer } from './answer.ts';
import { at, bytes, id, many, revocation } from './case-shapes.ts';
import { answersIn, certificatesIn, revocationOf } from './material.ts';

export const cmsCase = z.object({
  id,
  cms: bytes,
  content: bytes,
  anchors: many,
  untrusted: many,
  crls: many,
  ocsp: many,
  at,
  revocation,
});

const POLICY = signerPolicy({ signatures: SIGNATURE_ALGORITHMS, minRsaBits: 2048 });

/** The profile of evidence/cms-profile.ts, over any content; the signer's own policy applies. */
export async function judgeCmsCase(given: z.infer<typeof cmsCase>): Promise<Answer> {
  const cms = readCms(given.cms);
  const signature = await checkCms(cms, given.content, nodeCrypto);
  const { findings } = await findPath({
    end: cms.signer,
    roots: certificatesIn(given.anchors),
    pool: [...cms.others, ...certificatesIn(given.untrusted)],
    answers: answersIn(given.crls, given.ocsp),
    policy: POLICY,
    at: given.at,
    claimedTime: cms.attributes.signingTime,
    revocation: revocationOf(given.revocation, given.crls, given.ocsp),
    crypto: nodeCrypto,
  });
  return answerOf([...signature, ...findings]);
}
