import { join } from 'node:path';
import { base64 } from '#core/bytes';
import { addressExtensions } from './address-extensions.ts';
import { daysAfter, type AuthorityFamily } from './authorities.ts';
import { issueCertificate } from './certificate.ts';
import { makeRequest, openRequest } from './certificate-request.ts';
import { distinguishedName } from './distinguished-name.ts';
import type { Layout } from './layout.ts';
import type { RevocationAddresses } from './pki-options.ts';
import type { PkiSigner } from './pki.ts';
import { writePkcs12 } from './pkcs12.ts';
import type { SignerPlan } from './signer-plan.ts';
import { fileKey, newFileKey, pemOf } from './signing-key.ts';
import type { Pins, SoftHsm } from './soft-token.ts';

/** One signer, as in life: a token makes its key and signs a request, the issuing CA answers with a certificate. */
export function makeSigner(
  hsm: SoftHsm,
  pins: Pins,
  family: AuthorityFamily,
  plan: SignerPlan,
  at: Date,
  addresses: RevocationAddresses = {},
): PkiSigner {
  const token = hsm.makeToken(plan.tokenLabel, pins, plan.keyKind);
  try {
    const request = makeRequest(distinguishedName(plan.subject), token.key);
    const certificate = answer(request, family, plan, at, addresses);
    token.storeCertificates(certificate, [
      { label: family.issuing.name, certificate: family.issuing.certificate },
    ]);
    return { ...described(plan, family, certificate), tokenLabel: token.label, tokenSerial: token.serial };
  } finally {
    token.close();
  }
}

/** The same with a key in a file. */
export async function makeSoftwareSigner(
  files: Layout,
  family: AuthorityFamily,
  plan: SignerPlan,
  at: Date,
  addresses: RevocationAddresses = {},
): Promise<PkiSigner> {
  const key = await newFileKey(plan.keyKind);
  const request = makeRequest(distinguishedName(plan.subject), fileKey(key));
  const certificate = answer(request, family, plan, at, addresses);
  const name = `${plan.name}.p12`;
  writePkcs12(
    join(files.pkcs12, name),
    { label: plan.tokenLabel, keyPem: pemOf(key), certificates: [certificate, family.issuing.certificate] },
    files.pin,
  );
  return {
    ...described(plan, family, certificate),
    tokenLabel: plan.tokenLabel,
    tokenSerial: '',
    pkcs12: join('pkcs12', name),
  };
}

function described(
  plan: SignerPlan,
  { issuing, root }: AuthorityFamily,
  certificate: Uint8Array,
): Omit<PkiSigner, 'tokenLabel' | 'tokenSerial'> {
  return {
    name: plan.name,
    quality: plan.quality,
    kind: plan.kind,
    unit: plan.unit,
    unitName: plan.unitName,
    district: plan.district,
    family: plan.family,
    algorithm: plan.keyKind,
    issuer: issuing.name,
    certificate: base64(certificate),
    chain: [base64(issuing.certificate), base64(root.certificate)],
    row: plan.row,
  };
}

function answer(
  request: Uint8Array,
  { issuing }: AuthorityFamily,
  plan: SignerPlan,
  at: Date,
  addresses: RevocationAddresses,
): Uint8Array {
  const { subject, publicKey } = openRequest(request);
  return issueCertificate({
    issuer: { name: issuing.subject, key: issuing.key },
    subject,
    publicKey,
    from: daysAfter(at, plan.days.from),
    to: daysAfter(at, plan.days.to),
    keyUsage: plan.keyUsage,
    extensions: addressExtensions(issuing.name, addresses),
    ...(plan.certificateAlgorithm ? { algorithm: plan.certificateAlgorithm } : {}),
  });
}
