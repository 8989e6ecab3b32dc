import { instant } from '#core/dates';
import { base64url } from '#core/bytes';
import { revocationHash } from '#core/certificate/uvci';
import type { Crypto } from '../crypto-port.ts';
import { undetermined, type Finding } from '../finding.ts';

/** What an index of revocations and its batches say of one key's certificates. */
export type KeyRevocations = {
  /** base64url, as batches name them */
  readonly hashes: ReadonlySet<string>;
  /** batches that are named and were not had, or are not what was named */
  readonly findings: readonly Finding[];
};

/** An index whose signature was judged, whatever the time: what a verifier keeps and asks again and again. */
export type RevocationsReading = {
  /** null where the index may not be believed at all */
  readonly list: { readonly sequence: number; readonly issuedAt: string; readonly nextUpdate: string } | null;
  readonly findings: readonly Finding[];
  /** batches are read when their key is first asked for */
  readonly ofKey: (kid: string) => KeyRevocations | Promise<KeyRevocations>;
};

export type RevocationQuestion = {
  /** of the signer whose key made the signature, base64url */
  readonly kid: string;
  readonly ci: string;
  /** null where no index was handed in */
  readonly revocations: RevocationsReading | null;
  readonly at: Date;
  /** the caller accepts "signed; whether taken back not known" in place of a fresh index */
  readonly offline: boolean;
  readonly crypto: Crypto;
};

/** Whether the certificate was taken back. What was taken back stays so: an old list may condemn, only a fresh one may acquit. */
export async function judgeRevocation(question: RevocationQuestion): Promise<Finding[]> {
  const { kid, ci, revocations, at, offline, crypto } = question;
  if (!revocations) return [unknown(offline, 'REVOCATIONS_UNKNOWN')];
  const { list, findings, ofKey } = revocations;
  if (!list) return [...findings];
  const known = await ofKey(kid);
  if (known.hashes.has(base64url(revocationHash(crypto.sha256, ci))))
    return [{ code: 'CERTIFICATE_REVOKED', verdict: 'revoked' }];
  if (!isFresh(list, at)) return [unknown(offline, 'REVOCATIONS_STALE')];
  return known.findings.map((finding) =>
    finding.code === 'REVOCATIONS_UNKNOWN' && offline ? unknown(offline, finding.code) : finding,
  );
}

function unknown(offline: boolean, code: 'REVOCATIONS_UNKNOWN' | 'REVOCATIONS_STALE'): Finding {
  return offline ? { code: 'REVOCATIONS_UNKNOWN', verdict: 'valid' } : undetermined(code);
}

function isFresh({ issuedAt, nextUpdate }: { issuedAt: string; nextUpdate: string }, at: Date): boolean {
  const now = instant(at);
  return issuedAt <= now && now < nextUpdate;
}
