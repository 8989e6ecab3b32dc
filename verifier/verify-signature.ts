import { sameBytes } from '#core/bytes';
import { instant } from '#core/dates';
import { Refusal } from '#core/refusal';
import { attestationVerdict } from './attestation-verdict.ts';
import type { Crypto } from './crypto-port.ts';
import { readCertificate, type Certificate } from './der/certificate.ts';
import type { Crl } from './der/crl.ts';
import { checkCms } from './evidence/check-cms.ts';
import { readCms } from './evidence/read-cms.ts';
import { read, type Finding } from './finding.ts';
import { judgeAttestation } from './judge-attestation.ts';
import type { Trust } from './trust/trust.ts';
import type { AttestationVerdict } from './verdict.ts';

export type SignatureInput = {
  readonly statementBytes: Uint8Array;
  /** DER, form of evidence/cms-profile.ts */
  readonly cms: Uint8Array;
  /** DER of intermediates that the signature may lack; those that are not needed do no harm here */
  readonly extraCertificates: readonly Uint8Array[];
  readonly crls: readonly Crl[];
  /** already verified: readTrust, or prepareTrust of a list that the caller verified */
  readonly trust: Trust;
  readonly at: Date;
  readonly crypto: Crypto;
};

export type SignatureVerdict = AttestationVerdict & {
  /** what evidence needs beside the signature: DER, each once, in path order; empty where no path was found */
  readonly used: { readonly certificates: readonly Uint8Array[]; readonly crls: readonly Uint8Array[] };
};

/** Judges one statement and its signature as they are collected, before there is evidence. Never throws for what stands in the bytes. */
export async function verifySignature(input: SignatureInput): Promise<SignatureVerdict> {
  const { extraCertificates, crls, at, ...rest } = input;
  const findings: Finding[] = [];
  const certificates = readEach(extraCertificates, findings);
  const judgement = await judgeAttestation({
    ...rest,
    at: instant(at),
    certificates,
    crls: { embedded: [], handedIn: crls },
  });
  const used = {
    certificates: judgement.used?.certificates.map(({ der }) => der) ?? [],
    crls: judgement.used?.consulted.map(({ der }) => der) ?? [],
  };
  return { ...attestationVerdict(judgement, findings, instant(at)).verdict, used };
}

function readEach(ders: readonly Uint8Array[], findings: Finding[]): Certificate[] {
  return ders.flatMap((der) => read(() => readCertificate(der), findings) ?? []);
}

export type OwnSignatureInput = Pick<SignatureInput, 'statementBytes' | 'cms' | 'crypto'> & {
  /** DER of the certificate that must have signed */
  readonly signerCertificate: Uint8Array;
};

/**
 * For whoever just made a signature: it is of the required form, by this certificate's key, over this statement. Says nothing about
 * trust.
 * @throws Refusal SIGNATURE_MALFORMED, SIGNATURE_INVALID, SIGNER_ALGORITHM, CERTIFICATE_MALFORMED, EVIDENCE_UNUSED_MATERIAL
 */
export async function demandOwnSignature(input: OwnSignatureInput): Promise<void> {
  const cms = readCms(input.cms);
  if (!sameBytes(cms.signer.der, input.signerCertificate))
    throw new Refusal('SIGNATURE_INVALID', { detail: 'signed by another certificate' });
  const [first] = await checkCms(cms, input.statementBytes, input.crypto);
  if (first) throw new Refusal(first.code, first.detail === undefined ? {} : { detail: first.detail });
}
