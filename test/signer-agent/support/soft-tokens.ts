import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { base64, fromBase64 } from '#core/bytes';
import { copyPki } from '#certs-test/find-pki';
import { signerNamed, type Pki, type PkiSigner } from '#certs-test/pki';
import { openPkcs11Token, type Deadlines, type Pkcs11Token } from '#signer-agent/token/host';
import { Pin, type SignRequest } from '#signer-agent/token/token';
import { testPki } from '#test/certs-test/test-pki';

/**
 * A copy of the test PKI, its soft tokens open to the processes that this one starts. A token has one user: SoftHSM writes a refused PIN
 * into the token's file, and whoever reads that file meanwhile finds no token.
 */
export async function softTokens(): Promise<Pki> {
  const folder = mkdtempSync(join(tmpdir(), 'kyso-tokens-'));
  const pki = await copyPki(await testPki(), join(folder, 'pki'));
  process.env['SOFTHSM2_CONF'] = pki.environment.SOFTHSM2_CONF;
  return pki;
}

export function dropSoftTokens(pki: Pki): void {
  rmSync(dirname(pki.dir), { recursive: true, force: true });
}

export function openSoftToken(pki: Pki, deadlines?: Partial<Deadlines>): Pkcs11Token {
  return openPkcs11Token(pki.modulePath, deadlines);
}

export function pinOf(text: string): { pin: Pin; lastTry: boolean } {
  return { pin: new Pin(Buffer.from(text)), lastTry: false };
}

export function certificateOf(signer: PkiSigner): Uint8Array {
  const der = fromBase64(signer.certificate);
  if (!der) throw new Error('the test PKI holds base64');
  return der;
}

/** One request of a signer on the token it names. */
export function requestOf(
  pki: Pki,
  name: string,
  algorithm: SignRequest['algorithm'],
  message: Uint8Array,
): SignRequest {
  const signer = signerNamed(pki, name);
  return { token: { serial: signer.tokenSerial }, certificate: certificateOf(signer), algorithm, message };
}

export function pemOf(der: Uint8Array): string {
  return `-----BEGIN CERTIFICATE-----\n${base64(der).replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
}
