import { z } from 'zod';
import { isRefusal } from '#core/refusal';
import { nodeCrypto } from '../../crypto-node.ts';
import { trustedSigners } from '../../certificate/document-signers.ts';
import { verifyCertificate } from '../../certificate/verify-certificate.ts';
import type { Answer } from './answer.ts';
import { at, bytes, id, many } from './case-shapes.ts';

const common = { id, certificates: many, at };

export const dccCase = z.union([
  z.object({ ...common, text: z.string() }),
  z.object({ ...common, cose: bytes }),
]);

/** By certificates that the case trusts, for any country; nothing is asked of revocation. */
export async function judgeDccCase(given: z.infer<typeof dccCase>): Promise<Answer> {
  const certificates = given.certificates.filter(isReadable);
  const verdict = await verifyCertificate(given, {
    crypto: nodeCrypto,
    at: new Date(given.at),
    trust: null,
    documentSigners: trustedSigners(certificates, nodeCrypto),
    revocations: null,
    offline: true,
  });
  const { verdict: word, reasons } = verdict;
  return {
    ...verdict,
    verdict: word === 'valid' || word === 'undetermined' ? word : 'invalid',
    reasons: reasons.filter((reason) => reason !== 'REVOCATIONS_UNKNOWN'),
  };
}

/** What is no certificate signs nothing. */
function isReadable(der: Uint8Array): boolean {
  try {
    trustedSigners([der], nodeCrypto);
    return true;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return false;
  }
}
