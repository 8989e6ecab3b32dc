import { base64url } from '#core/bytes';
import { instant } from '#core/dates';
import { isRefusal, Refusal } from '#core/refusal';
import { nodeCrypto, sha256 } from '#verifier/crypto-node';
import { readCertificate, type Certificate } from '#verifier/der/certificate';
import { readCrl } from '#verifier/der/crl';
import type { Finding } from '#verifier/finding';
import { algorithmsAccepted } from '#verifier/path-rules/algorithms';
import { namesChain } from '#verifier/path-rules/name-chaining';
import { signaturesHold } from '#verifier/path-rules/signatures';
import { PathSearch } from '#verifier/path/candidate-paths';
import type { JudgedPath } from '#verifier/path/judge-path';
import { signerPolicy } from '#verifier/path/path-policy';
import { checkRevocation as judgeRevocation, NO_ANSWERS } from '#verifier/revocation/check-revocation';

export type RevocationQuestion = {
  /** DER of the signer certificate */
  readonly signer: Uint8Array;
  /** DER: certificates that lie on the token, of which one may be the issuer's */
  readonly otherCertificates: readonly Uint8Array[];
  /**
   * The newest CRL of an issuer, DER; null where there is none.
   * @param issuerKey SHA-256 of its SubjectPublicKeyInfo, base64url
   */
  readonly fetchCrl: (issuerKey: string) => Promise<Uint8Array | null>;
  /**
   * An issuer's certificate, DER; null where there is none.
   * @param name SHA-256 of the issuer's Name as the signer certificate has it (DER), base64url
   */
  readonly fetchIssuer: (name: string) => Promise<Uint8Array | null>;
  readonly at: Date;
  /** whether signing waits until this could be checked */
  readonly policy: 'require' | 'if-given';
};

/** What a trust list may accept at most; the agent has none. */
const POLICY = signerPolicy({
  signatures: [
    'RSA-PKCS1-SHA256',
    'RSA-PKCS1-SHA384',
    'RSA-PKCS1-SHA512',
    'RSA-PSS-SHA256',
    'ECDSA-P256-SHA256',
    'ECDSA-P384-SHA384',
  ],
  minRsaBits: 2048,
});

/** What makes a certificate the issuer's; whether its issuer may be trusted, the verifier asks. */
const issuerRules = [namesChain, algorithmsAccepted, signaturesHold];

/**
 * Whether the signer certificate is revoked, before it signs (RFC 5280 §6.3, the verifier's own functions). The API hands in what is asked
 * for and is not believed: the issuer's key must verify the signer certificate, and the CRL, which must be in force. It can still hand in the
 * last CRL but one, and it can hand in none.
 * @returns `unknown` only where the policy is `if-given`: the signer is told
 * @throws Refusal SIGNER_REVOKED; under `require` REVOCATION_UNKNOWN, or API_UNREACHABLE; CERTIFICATE_MALFORMED
 */
export async function checkRevocation(question: RevocationQuestion): Promise<'good' | 'unknown'> {
  try {
    await demandGood(question);
    return 'good';
  } catch (error) {
    const mayPass = isRefusal(error, 'REVOCATION_UNKNOWN') || isRefusal(error, 'API_UNREACHABLE');
    if (mayPass && question.policy === 'if-given') return 'unknown';
    throw error;
  }
}

async function demandGood({ signer, otherCertificates, fetchCrl, fetchIssuer, at }: RevocationQuestion) {
  const judgedAt = instant(at);
  const certificate = readCertificate(signer);
  const judged = (issuer: Certificate): JudgedPath => ({
    path: [certificate, issuer],
    at: judgedAt,
    claimedTime: judgedAt,
    policy: POLICY,
    crypto: nodeCrypto,
  });
  const issuer =
    (await issuerAmong(otherCertificates, judged)) ??
    (await issuerAmong([await fetchIssuer(keyOf(certificate.issuer))], judged));
  if (!issuer) throw unknown('the certificate of the issuer is not there');
  const crl = readable(readCrl, await fetchCrl(keyOf(issuer.spki)));
  if (!crl) throw unknown('no CRL of the issuer');
  const answers = { embedded: NO_ANSWERS, handedIn: { crls: [crl], ocsp: [] } };
  const search = new PathSearch({ roots: [issuer], pool: [] }, POLICY.maxLength, nodeCrypto);
  const { findings } = await judgeRevocation(judged(issuer), answers, search);
  refuse(findings);
}

/** The one whose key made the signer certificate. */
async function issuerAmong(
  ders: readonly (Uint8Array | null)[],
  judged: (issuer: Certificate) => JudgedPath,
): Promise<Certificate | null> {
  for (const der of ders) {
    const candidate = readable(readCertificate, der);
    if (candidate && (await isIssuer(judged(candidate)))) return candidate;
  }
  return null;
}

async function isIssuer(judged: JudgedPath): Promise<boolean> {
  for (const rule of issuerRules) if ((await rule(judged)).length > 0) return false;
  return true;
}

function refuse([finding]: readonly Finding[]): void {
  if (!finding) return;
  if (finding.code === 'SIGNER_REVOKED')
    throw new Refusal('SIGNER_REVOKED', { detail: finding.detail ?? '' });
  throw unknown(finding.detail ?? finding.code);
}

/** What cannot be read is not there: others' certificates lie on tokens, too. */
function readable<T>(reader: (der: Uint8Array) => T, der: Uint8Array | null): T | null {
  if (!der) return null;
  try {
    return reader(der);
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

function keyOf(bytes: Uint8Array): string {
  return base64url(sha256(bytes));
}

function unknown(detail: string): Refusal {
  return new Refusal('REVOCATION_UNKNOWN', { detail });
}
