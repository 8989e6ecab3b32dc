import { base64, base64url, fromBase64 } from '#core/bytes';
import { Refusal } from '#core/refusal';
import { inPeriod, type SignerRow, type TrustList } from '#core/sign/trust-list';
import type { Crypto } from '../crypto-port.ts';
import { readCertificate, type Certificate } from '../der/certificate.ts';

/** A trust list ready to be asked. Its signatures are not judged here: read-trust.ts does that, or the caller has done it. */
export type Trust = {
  readonly list: TrustList;
  readonly roots: readonly Root[];
  /** by issuer key and certificate, or issuer key and subject */
  readonly signers: ReadonlyMap<string, readonly SignerRow[]>;
};

type Root = { readonly certificate: Certificate; readonly from: string; readonly to?: string | undefined };

/** @throws Refusal TRUST_MALFORMED where a root is not a certificate */
export function prepareTrust(list: TrustList): Trust {
  const signers = new Map<string, SignerRow[]>();
  for (const row of list.signers) {
    const name = signerName(row.issuerKey, row.certificate ?? row.subject ?? '');
    const rows = signers.get(name);
    if (rows) rows.push(row);
    else signers.set(name, [row]);
  }
  return { list, signers, roots: list.roots.map(readRoot) };
}

/** The roots that count at an instant, each once. */
export function rootsAt(trust: Trust, at: string): Certificate[] {
  const byDer = new Map(
    trust.roots
      .filter((root) => inPeriod(root, at))
      .map(({ certificate }) => [base64url(certificate.der), certificate]),
  );
  return [...byDer.values()];
}

/** The rows that speak for a signer certificate at an instant, by exact match (formats §4). */
export function signerRows(
  trust: Trust,
  signer: Certificate,
  issuer: Certificate,
  at: string,
  crypto: Crypto,
): SignerRow[] {
  const issuerKey = base64url(crypto.sha256(issuer.spki));
  const byCertificate = trust.signers.get(signerName(issuerKey, base64url(crypto.sha256(signer.der)))) ?? [];
  const bySubject = trust.signers.get(signerName(issuerKey, base64(signer.subject))) ?? [];
  return [...byCertificate, ...bySubject].filter((row) => inPeriod(row, at));
}

function signerName(issuerKey: string, certificateOrSubject: string): string {
  return `${issuerKey} ${certificateOrSubject}`;
}

function readRoot({ certificate, from, to }: TrustList['roots'][number]): Root {
  const der = fromBase64(certificate);
  if (!der) throw new Refusal('TRUST_MALFORMED', { detail: 'root' });
  try {
    return { certificate: readCertificate(der), from, to };
  } catch (cause) {
    throw new Refusal('TRUST_MALFORMED', { detail: 'a root is not a certificate', cause });
  }
}
