import { sameBytes } from '#core/bytes';
import { ocspForm } from './evidence/ocsp-form.ts';
import { invalid, type Finding } from './finding.ts';
import type { UsedMaterial } from './judge-chain.ts';
import type { Revocation } from './revocation/check-revocation.ts';

/**
 * What judging a path took of CRLs and OCSP answers. The answers that counted are given in the form that evidence has; of those that
 * came with the evidence each must have it already.
 */
export function usedAnswers({ consulted, belonging }: Revocation): {
  readonly findings: readonly Finding[];
  readonly used: Omit<UsedMaterial, 'certificates'>;
} {
  const isInForm = belonging.ocsp.every((one) => sameBytes(ocspForm(one), one.response.der));
  return {
    findings: isInForm
      ? []
      : [invalid('EVIDENCE_UNUSED_MATERIAL', 'an OCSP answer with more around it than is used')],
    used: {
      crls: consulted.crls.map(({ der }) => der),
      ocsp: consulted.ocsp.map(ocspForm),
      belonging: { crls: belonging.crls, ocsp: belonging.ocsp.map(({ response }) => response) },
    },
  };
}
