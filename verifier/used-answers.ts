import { sameBytes } from '#core/bytes';
import type { Certificate } from './der/certificate.ts';
import { ocspForm } from './evidence/ocsp-form.ts';
import { invalid, type Finding } from './finding.ts';
import type { UsedMaterial } from './judge-chain.ts';
import type { Revocation } from './revocation/check-revocation.ts';

type By = Parameters<typeof ocspForm>[2];

/**
 * What judging a path took of CRLs and OCSP answers. The answers that counted are given in the form that evidence has; of those that
 * came with the evidence each must have it already.
 * @param issuers all that may have signed an answer themselves
 */
export async function usedAnswers(
  { consulted, belonging }: Revocation,
  issuers: readonly Certificate[],
  by: By,
): Promise<{
  readonly findings: readonly Finding[];
  readonly used: Omit<UsedMaterial, 'certificates'>;
}> {
  const forms = await Promise.all(consulted.ocsp.map((response) => ocspForm(response, issuers, by)));
  const findings: Finding[] = [];
  for (const response of belonging.ocsp)
    if (!sameBytes(await ocspForm(response, issuers, by), response.der))
      findings.push(invalid('EVIDENCE_UNUSED_MATERIAL', 'an OCSP answer with more around it than is used'));
  return { findings, used: { crls: consulted.crls.map(({ der }) => der), ocsp: forms, belonging } };
}
