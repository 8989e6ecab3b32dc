import { MAX_STATEMENT_BYTES } from '#core/sign/statement';
import type { VerifyOptions } from '../index.ts';
import { reasonsOf, worstWord } from '../finding.ts';
import type { AttestationVerdict, Verdict } from '../verdict.ts';
import { verifySignature } from '../verify-signature.ts';
import { readBounded, readCertificateFile } from './files.ts';

const MAX_CMS_BYTES = 128 * 1024;

/**
 * One statement and its signature (`.p7s`), without a record: whether the signer may speak for the unit that the statement names. Says
 * nothing about what was taken back since.
 * @throws Refusal SOURCE_UNREADABLE, SOURCE_TOO_LARGE
 */
export async function judgeSignatureFile(
  file: string,
  content: string,
  certificates: readonly string[],
  { trust: reading, at, crypto, crls, ocsp = [], requireToken = false }: VerifyOptions,
): Promise<Verdict> {
  const statementBytes = await readBounded(content, MAX_STATEMENT_BYTES);
  const cms = await readBounded(file, MAX_CMS_BYTES);
  const extraCertificates = (await Promise.all(certificates.map(readCertificateFile))).flat();
  const ofTrust = {
    verdict: worstWord(reading.findings.map(({ verdict }) => verdict)),
    reasons: reasonsOf(reading.findings),
    details: reading.findings.map(({ code, detail }) => (detail === undefined ? code : `${code}: ${detail}`)),
  };
  if (!reading.trust) return { ...ofTrust, attestations: [] };
  const input = {
    statementBytes,
    cms,
    extraCertificates,
    crls,
    ocsp,
    trust: reading.trust,
    at,
    crypto,
    requireToken,
    stamps: 'judged' as const,
  };
  const attestation: AttestationVerdict & { used?: unknown } = { ...(await verifySignature(input)) };
  delete attestation.used;
  const isOwnFirst = worstWord([ofTrust.verdict, attestation.verdict]) === attestation.verdict;
  const both = isOwnFirst ? [attestation, ofTrust] : [ofTrust, attestation];
  return {
    verdict: worstWord(both.map(({ verdict }) => verdict)),
    reasons: [...new Set(both.flatMap(({ reasons }) => reasons))],
    details: both.flatMap(({ details }) => details),
    attestations: [attestation],
    ...(reading.ageSeconds !== null && { trustAge: reading.ageSeconds }),
  };
}
