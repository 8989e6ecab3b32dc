import { z } from 'zod';
import { nodeCrypto } from '../../crypto-node.ts';
import { readCertificate } from '../../der/certificate.ts';
import { readOcspResponse } from '../../der/ocsp.ts';
import { RFC_5280 } from '../../path/path-policy.ts';
import { judgeOcsp } from '../../revocation/judge-ocsp.ts';
import type { Answer } from './answer.ts';
import { at, bytes, id } from './case-shapes.ts';

export const ocspCase = z.object({
  id,
  response: bytes,
  certificate: bytes,
  issuer: bytes,
  at,
  nonce: bytes.nullish(),
});

/** `valid` says that the certificate is proved good; a responder's certificate that asks to be looked up is not, there is nothing to look in. */
export async function judgeOcspCase(given: z.infer<typeof ocspCase>): Promise<Answer> {
  const state = await judgeOcsp(readOcspResponse(given.response), {
    certificate: readCertificate(given.certificate),
    issuer: readCertificate(given.issuer),
    at: given.at,
    until: null,
    policy: RFC_5280,
    crypto: nodeCrypto,
    ...(given.nonce ? { nonce: given.nonce } : {}),
    isAgeing: true,
    isUnrevoked: () => Promise.resolve(false),
  });
  const { status } = state;
  if (status === 'good') return { verdict: 'valid', reasons: [], status };
  if (status === 'unknown')
    return { verdict: 'undetermined', reasons: ['REVOCATION_UNKNOWN'], status, details: [state.why] };
  const isBefore = state.at <= given.at;
  return isBefore
    ? { verdict: 'invalid', reasons: ['SIGNER_REVOKED'], status }
    : { verdict: 'valid', reasons: [], status: 'good' };
}
