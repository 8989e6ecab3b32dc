import { base64 } from '#core/bytes';
import { daysAfter, type AuthorityFamily } from './authorities.ts';
import { issueCertificate } from './certificate.ts';
import { makeRequest, openRequest } from './certificate-request.ts';
import { distinguishedName } from './distinguished-name.ts';
import type { PkiSigner } from './pki.ts';
import type { SignerPlan } from './signer-plan.ts';
import type { Pins, SoftHsm } from './soft-token.ts';

/** One signer, as in life: a token makes its key and signs a request, the issuing CA answers with a certificate. */
export function makeSigner(
  hsm: SoftHsm,
  pins: Pins,
  family: AuthorityFamily,
  plan: SignerPlan,
  at: Date,
): PkiSigner {
  const token = hsm.makeToken(plan.tokenLabel, pins, plan.keyKind);
  try {
    const request = makeRequest(distinguishedName(plan.subject), token.key);
    const certificate = answer(request, family, plan, at);
    token.storeCertificates(certificate, [
      { label: family.issuing.name, certificate: family.issuing.certificate },
    ]);
    return {
      name: plan.name,
      quality: plan.quality,
      kind: plan.kind,
      unit: plan.unit,
      unitName: plan.unitName,
      district: plan.district,
      family: plan.family,
      algorithm: plan.keyKind,
      tokenLabel: token.label,
      tokenSerial: token.serial,
      issuer: family.issuing.name,
      certificate: base64(certificate),
      chain: [base64(family.issuing.certificate), base64(family.root.certificate)],
      row: plan.row,
    };
  } finally {
    token.close();
  }
}

function answer(request: Uint8Array, { issuing }: AuthorityFamily, plan: SignerPlan, at: Date): Uint8Array {
  const { subject, publicKey } = openRequest(request);
  return issueCertificate({
    issuer: { name: issuing.subject, key: issuing.key },
    subject,
    publicKey,
    from: daysAfter(at, plan.days.from),
    to: daysAfter(at, plan.days.to),
    keyUsage: plan.keyUsage,
    ...(plan.certificateAlgorithm ? { algorithm: plan.certificateAlgorithm } : {}),
  });
}
