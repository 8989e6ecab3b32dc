import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openFault, type Fault } from '#certs-test/fault-module';
import type { Pki } from '#certs-test/pki';
import { utf8 } from '#core/bytes';
import { HostedToken, type Deadlines } from '#signer-agent/token/host';
import { readSignerCertificate } from '#signer-agent/token/signer-certificate';
import type { SignerRequest } from '#signer-agent/token/token';
import { nodeCrypto } from '#verifier/crypto-node';
import { softTokens } from './soft-tokens.ts';

/** Past the rule of folders, which a test's module in a user's folder would not pass. */
const CHILD = fileURLToPath(import.meta.resolve('#signer-agent/token/pkcs11-child'));

/** Soft tokens behind the fault module, open to the processes that this one starts; dropSoftTokens takes all of it away. */
export async function faultTokens(): Promise<{ pki: Pki; fault: Fault }> {
  const pki = await softTokens();
  const fault = openFault(pki, join(dirname(pki.dir), 'fault'));
  Object.assign(process.env, fault.environment);
  return { pki, fault };
}

export function openModule(path: string, deadlines: Partial<Deadlines> = {}): HostedToken {
  return new HostedToken('token', CHILD, path, deadlines);
}

/** Whether a signature is one of the request's key over that message, by other code than the agent's. */
export function holds(
  { certificate, algorithm }: SignerRequest,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const { publicKey } = readSignerCertificate(certificate).x509;
  return nodeCrypto.verify(algorithm, publicKey.export({ type: 'spki', format: 'der' }), message, signature);
}

/** Messages that differ. */
export function numbered(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => utf8(`message ${index}`));
}
