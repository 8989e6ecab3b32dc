import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Signers } from './token-kinds.ts';

/** Software certificates made by openssl, not by the code that is to read them: one file for each kind of key, with its issuer. */
export function makePkcs12(): { readonly folder: string; readonly pin: string; readonly signers: Signers } {
  const folder = mkdtempSync(join(tmpdir(), 'kyso-p12-'));
  const pin = randomBytes(9).toString('base64url');
  const openssl = (...words: readonly string[]) =>
    execFileSync('openssl', words, { cwd: folder, stdio: 'pipe', env: { ...process.env, P12: pin } });
  const certificate = ['req', '-x509', '-nodes', '-days', '30'];
  const p256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  openssl(...certificate, ...p256, '-subj', '/CN=issuer', '-keyout', 'issuer.key', '-out', 'issuer.pem');

  const signer = (name: string, key: readonly string[]) => {
    const issuer = ['-CA', 'issuer.pem', '-CAkey', 'issuer.key', '-addext', 'basicConstraints=CA:FALSE'];
    const files = ['-keyout', `${name}.key`, '-out', `${name}.pem`];
    openssl(...certificate, ...key, '-subj', `/CN=${name}`, ...issuer, ...files);
    const content = ['-inkey', `${name}.key`, '-in', `${name}.pem`, '-certfile', 'issuer.pem'];
    openssl('pkcs12', '-export', ...content, '-passout', 'env:P12', '-out', `${name}.p12`);
    const file = join(folder, `${name}.p12`);
    chmodSync(file, 0o600);
    return {
      serial: createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 16),
      label: `${name}.p12`,
      certificate: openssl('x509', '-in', `${name}.pem`, '-outform', 'DER'),
    };
  };
  return { folder, pin, signers: { RSA: signer('rsa', ['-newkey', 'rsa:2048']), EC: signer('ec', p256) } };
}
