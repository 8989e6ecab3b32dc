import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { base64 } from '#core/bytes';
import { instant } from '#core/dates';
import { daysAfter } from './authorities.ts';
import { extension, issueCertificate } from './certificate.ts';
import { makeRequest, openRequest } from './certificate-request.ts';
import { oid, sequence } from './der.ts';
import { distinguishedName } from './distinguished-name.ts';
import { kidOf, type PkiDocumentSigner } from './document-signer.ts';
import { planDocumentSigners, USAGES, type DocumentSignerPlan } from './document-signer-plan.ts';
import type { Layout } from './layout.ts';
import type { CompletePkiOptions } from './pki-options.ts';
import { writePkcs12 } from './pkcs12.ts';
import { fileKey, newFileKey, pemOf, type SigningKey } from './signing-key.ts';
import { openSoftHsm, type Pins, type SoftHsm } from './soft-token.ts';
import { closeTokenFolder, writeSoftHsmConfiguration } from './softhsm.ts';
import { writeSecret } from './write-folder.ts';

/** The Ministry: a country CA, and document signers in an HSM of their own, which no unit's agent sees. */

const MINISTRY = 'Bộ Y tế (thử nghiệm)';
const COUNTRY_CA_DAYS = { from: -3 * 365, to: 10 * 365 };

type CountryCa = { readonly name: Uint8Array; readonly key: SigningKey; readonly certificate: Uint8Array };

/** @param modulePath empty where all keys are in files */
export async function makeMinistry(
  files: Layout,
  modulePath: string,
  pins: Pins,
  options: CompletePkiOptions,
  at: Date,
): Promise<PkiDocumentSigner[]> {
  await mkdir(files.ministry, { mode: 0o700 });
  await writeSoftHsmConfiguration(files.ministrySoftHsmConfiguration, files.ministryTokens);
  const country = await makeCountryCa(files, at);
  const hsm = modulePath === '' ? null : openSoftHsm(modulePath, files.ministrySoftHsmConfiguration);
  try {
    const signers: PkiDocumentSigner[] = [];
    for (const plan of planDocumentSigners(options)) {
      const issue = (request: Uint8Array) => answer(request, country, plan, at);
      const { certificate, ...place } = hsm
        ? onToken(hsm, pins, plan, issue)
        : await inFile(files, plan, country, issue);
      await writeFile(join(files.ministry, `${plan.name}.der`), certificate);
      signers.push({
        name: plan.name,
        quality: plan.quality,
        kid: kidOf(certificate),
        certificate: base64(certificate),
        ...place,
        algorithm: plan.keyKind === 'P-256' ? 'ES256' : 'PS256',
        from: instant(daysAfter(at, plan.days.from)),
        to: instant(daysAfter(at, plan.days.to)),
      });
    }
    return signers;
  } finally {
    hsm?.close();
    await closeTokenFolder(files.ministryTokens);
  }
}

async function makeCountryCa(files: Layout, at: Date): Promise<CountryCa> {
  const own = await newFileKey('P-256');
  const key = fileKey(own);
  const name = distinguishedName({ organization: MINISTRY, commonName: 'CSCA Health VN (thử nghiệm)' });
  const certificate = issueCertificate({
    issuer: { name, key },
    subject: name,
    publicKey: key.publicKey,
    from: daysAfter(at, COUNTRY_CA_DAYS.from),
    to: daysAfter(at, COUNTRY_CA_DAYS.to),
    keyUsage: ['keyCertSign', 'cRLSign'],
    authority: { pathLength: 0 },
  });
  await writeSecret(join(files.keys, 'country-ca.pem'), pemOf(own));
  await writeFile(files.countryCa, certificate);
  return { name, key, certificate };
}

type Made = { readonly certificate: Uint8Array } & Pick<
  PkiDocumentSigner,
  'tokenLabel' | 'tokenSerial' | 'pkcs12'
>;

function onToken(
  hsm: SoftHsm,
  pins: Pins,
  plan: DocumentSignerPlan,
  issue: (request: Uint8Array) => Uint8Array,
): Made {
  const token = hsm.makeToken(plan.name, pins, plan.keyKind);
  try {
    const certificate = issue(makeRequest(subjectOf(plan), token.key));
    token.storeCertificates(certificate, []);
    return { certificate, tokenLabel: token.label, tokenSerial: token.serial };
  } finally {
    token.close();
  }
}

async function inFile(
  files: Layout,
  plan: DocumentSignerPlan,
  country: CountryCa,
  issue: (request: Uint8Array) => Uint8Array,
): Promise<Made> {
  const key = await newFileKey(plan.keyKind);
  const certificate = issue(makeRequest(subjectOf(plan), fileKey(key)));
  const name = `${plan.name}.p12`;
  writePkcs12(
    join(files.pkcs12, name),
    { label: plan.name, keyPem: pemOf(key), certificates: [certificate, country.certificate] },
    files.pin,
  );
  return { certificate, tokenLabel: plan.name, tokenSerial: '', pkcs12: join('pkcs12', name) };
}

function subjectOf({ name }: DocumentSignerPlan): Uint8Array {
  return distinguishedName({ organization: MINISTRY, commonName: `DSC Health VN ${name}` });
}

/** Profile of a document signer: digitalSignature, and what it may certify. */
function answer(request: Uint8Array, country: CountryCa, plan: DocumentSignerPlan, at: Date): Uint8Array {
  const { subject, publicKey } = openRequest(request);
  const usages = plan.usages.map((usage) => oid(USAGES[usage]));
  return issueCertificate({
    issuer: { name: country.name, key: country.key },
    subject,
    publicKey,
    from: daysAfter(at, plan.days.from),
    to: daysAfter(at, plan.days.to),
    keyUsage: ['digitalSignature'],
    extensions: usages.length > 0 ? [extension('2.5.29.37', false, sequence(...usages))] : [],
  });
}
