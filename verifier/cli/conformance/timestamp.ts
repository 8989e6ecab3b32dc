import { z } from 'zod';
import { nodeCrypto } from '../../crypto-node.ts';
import { hex } from '#core/bytes';
import { readTimeStamp } from '../../der/time-stamp.ts';
import { RFC_5280 } from '../../path/path-policy.ts';
import { judgeTimeStamp } from '../../time/judge-time-stamp.ts';
import { answerOf, type Answer } from './answer.ts';
import { at, bytes, id, many, revocation } from './case-shapes.ts';
import { answersIn, certificatesIn, revocationOf } from './material.ts';

export const timestampCase = z.object({
  id,
  token: bytes,
  data: bytes,
  anchors: many,
  untrusted: many,
  crls: many,
  ocsp: many,
  at,
  revocation,
  /** the octets of the INTEGER */
  nonce: bytes.nullish(),
});

export async function judgeTimestampCase(given: z.infer<typeof timestampCase>): Promise<Answer> {
  const stamp = readTimeStamp(given.token);
  const { findings } = await judgeTimeStamp(stamp, {
    data: given.data,
    roots: certificatesIn(given.anchors),
    pool: certificatesIn(given.untrusted),
    answers: answersIn(given.crls, given.ocsp),
    revocation: revocationOf(given.revocation, given.crls, given.ocsp),
    policy: RFC_5280,
    at: given.at,
    ...(given.nonce ? { nonce: hex(given.nonce) } : {}),
    policies: null,
    crypto: nodeCrypto,
  });
  return { ...answerOf(findings), genTime: stamp.info.genTime };
}
