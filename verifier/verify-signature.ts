import { sameBytes } from '#core/bytes';
import { instant } from '#core/dates';
import { Refusal } from '#core/refusal';
import { parseAnyStatement, type Statement } from '#core/sign/item-statement';
import { attestationVerdict } from './attestation-verdict.ts';
import type { Crypto } from './crypto-port.ts';
import { ChainCache } from './chain-cache.ts';
import type { Certificate } from './der/certificate.ts';
import type { Crl } from './der/crl.ts';
import type { OcspResponse } from './der/ocsp.ts';
import { inOneOrder } from './evidence/material.ts';
import { checkCms } from './evidence/check-cms.ts';
import { CmsForms } from './evidence/cms-forms.ts';
import { mimeTypeAgrees } from './evidence/mime-type.ts';
import { readCms, type Cms } from './evidence/read-cms.ts';
import { read, type Finding } from './finding.ts';
import { judgeAttestation, type AttestationInput, type Stamps } from './judge-attestation.ts';
import { knownCertificate } from './known-certificate.ts';
import { NO_ANSWERS } from './revocation/check-revocation.ts';
import type { Trust } from './trust/trust.ts';
import type { AttestationVerdict } from './verdict.ts';

/** What signatures of one moment are judged with. */
export type Judging = {
  /** DER of intermediates that the signature may lack; those that are not needed do no harm here */
  readonly extraCertificates: readonly Uint8Array[];
  readonly crls: readonly Crl[];
  /** from readOcspResponse (der/ocsp.ts) */
  readonly ocsp?: readonly OcspResponse[];
  /** already verified: readTrust, or prepareTrust of a list that the caller verified */
  readonly trust: Trust;
  readonly at: Date;
  readonly crypto: Crypto;
  /** refuse a signer whose key is not on a token, as the trust list has it */
  readonly requireToken?: boolean;
  /**
   * `refused` unless told otherwise: whoever collects signatures asks for time stamps himself, and takes none from a signer, who would
   * choose by it when he is judged. `judged` for signatures that were collected before.
   */
  readonly stamps?: Stamps;
};

export type SignatureInput = Judging & {
  readonly statementBytes: Uint8Array;
  /** DER, form of evidence/cms-profile.ts; with a time stamp only where `stamps` are judged */
  readonly cms: Uint8Array;
};

export type SignatureVerdict = AttestationVerdict & {
  /**
   * What evidence needs beside the signature: DER, each once, in path order, OCSP answers in the form of evidence/ocsp-form.ts; empty
   * where no path was found
   */
  readonly used: {
    readonly certificates: readonly Uint8Array[];
    readonly crls: readonly Uint8Array[];
    readonly ocsp: readonly Uint8Array[];
  };
};

/** Judges one statement and its signature as they are collected, before there is evidence. Never throws for what stands in the bytes. */
export function verifySignature({
  statementBytes,
  cms,
  ...judging
}: SignatureInput): Promise<SignatureVerdict> {
  return new SignatureJudge(judging).judge(statementBytes, cms);
}

/** As verifySignature, for many signatures of few signers: what they have in common is read and judged once. */
export class SignatureJudge {
  readonly #findings: Finding[] = [];
  readonly #given: Omit<AttestationInput, 'statementBytes' | 'cms'>;

  constructor({ extraCertificates, crls, ocsp = [], at, requireToken = false, ...judging }: Judging) {
    const { trust, crypto, stamps = 'refused' } = judging;
    this.#given = {
      ...{ trust, crypto, requireToken, stamps, at: instant(at) },
      certificates: readEach(extraCertificates, this.#findings),
      answers: { embedded: NO_ANSWERS, handedIn: inOneOrder({ crls, ocsp }) },
      chains: new ChainCache(),
      forms: new CmsForms(),
    };
  }

  /**
   * @param statement where the caller wrote `statementBytes` itself: what it wrote them from, a statement of its shape; never what
   *   somebody else says that they say
   */
  async judge(statementBytes: Uint8Array, cms: Uint8Array, statement?: Statement): Promise<SignatureVerdict> {
    const judgement = await judgeAttestation({ ...this.#given, statementBytes, cms, statement });
    const used = {
      certificates: judgement.used?.certificates.map(({ der }) => der) ?? [],
      crls: judgement.used?.crls ?? [],
      ocsp: judgement.used?.ocsp ?? [],
    };
    return { ...attestationVerdict(judgement, this.#findings).verdict, used };
  }
}

function readEach(ders: readonly Uint8Array[], findings: Finding[]): Certificate[] {
  return ders.flatMap((der) => read(() => knownCertificate(der), findings) ?? []);
}

export type OwnSignatureInput = Pick<SignatureInput, 'statementBytes' | 'cms' | 'crypto'> & {
  /** DER of the certificate that must have signed */
  readonly signerCertificate: Uint8Array;
};

/**
 * For whoever just made a signature: it is of the required form, by this certificate's key, over this statement, a list or an item. Says
 * nothing about trust. Cheap for many in a row: certificate and key are read once.
 * @throws Refusal SIGNATURE_MALFORMED, SIGNATURE_INVALID, SIGNER_ALGORITHM, CERTIFICATE_MALFORMED, EVIDENCE_UNUSED_MATERIAL, and those of parseAnyStatement
 */
export async function demandOwnSignature(input: OwnSignatureInput): Promise<void> {
  const cms = readCms(input.cms);
  if (!sameBytes(cms.signer.der, input.signerCertificate))
    throw new Refusal('SIGNATURE_INVALID', { detail: 'signed by another certificate' });
  const [first] = await whatIsWrong(cms, input);
  if (first) throw new Refusal(first.code, first.detail === undefined ? {} : { detail: first.detail });
}

async function whatIsWrong(cms: Cms, { statementBytes, crypto }: OwnSignatureInput): Promise<Finding[]> {
  const findings = await checkCms(cms, statementBytes, crypto);
  return findings.length > 0 ? findings : mimeTypeAgrees(cms, parseAnyStatement(statementBytes));
}
