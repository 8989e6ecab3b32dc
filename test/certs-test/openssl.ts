import { spawnSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Pki, type PkiSigner } from '#certs-test/pki';

/** The stock tool, as an opinion that knows nothing of this code. */
export function openssl(...args: string[]): { readonly ok: boolean; readonly output: string } {
  const { status, stdout, stderr, error } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (error) throw error;
  return { ok: status === 0, output: stdout + stderr };
}

/** Chain, dates, usage, strength and CRLs of every certificate in the path, at the present. */
export async function opensslVerify(pki: Pki, signer: PkiSigner, folder: string, roots = pki.files.roots) {
  const write = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const crls = await Promise.all(
    (await readdir(pki.files.crls)).map((name) => readFile(join(pki.files.crls, name))),
  );
  const issuing = signer.chain[0] ?? '';
  return openssl(
    'verify',
    ...['-x509_strict', '-auth_level', '2', '-purpose', 'smimesign', '-crl_check_all'],
    ...[
      '-CRLfile',
      await write('crls.pem', crls.map((crl) => pem('X509 CRL', crl.toString('base64'))).join('')),
    ],
    ...['-CAfile', roots, '-untrusted', await write('issuing.pem', pem('CERTIFICATE', issuing))],
    await write('signer.pem', pem('CERTIFICATE', signer.certificate)),
  );
}

export function pem(label: string, base64: string): string {
  return `-----BEGIN ${label}-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`;
}
