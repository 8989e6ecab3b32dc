import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { Refusal } from '#core/refusal';

export type Pkcs12Content = {
  readonly label: string;
  /** PEM, PKCS#8 */
  readonly keyPem: string;
  /** DER, the signer's first, then its issuers */
  readonly certificates: readonly Uint8Array[];
};

/**
 * Writes a PKCS#12 file (RFC 7292) as openssl makes it, which is not the code that is to read it.
 * @param pinFile whose first line is the password
 * @throws Refusal CONFIG_INVALID where openssl cannot be run
 */
export function writePkcs12(
  file: string,
  { label, keyPem, certificates }: Pkcs12Content,
  pinFile: string,
): void {
  const input = keyPem + certificates.map((der) => new X509Certificate(der).toString()).join('');
  try {
    execFileSync(
      'openssl',
      ['pkcs12', '-export', '-name', label, '-passout', `file:${pinFile}`, '-out', file],
      {
        input,
        stdio: ['pipe', 'ignore', 'pipe'],
      },
    );
  } catch (cause) {
    throw new Refusal('CONFIG_INVALID', { detail: 'openssl pkcs12', cause });
  }
}
