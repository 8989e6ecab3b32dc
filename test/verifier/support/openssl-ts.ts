import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Holder } from './x509.ts';

export type TokenOptions = {
  readonly data: Uint8Array;
  readonly authority: Holder;
  readonly chain?: readonly Holder[];
  readonly certificates?: boolean;
  readonly hash?: 'sha256' | 'sha512';
  readonly essHash?: 'sha1' | 'sha256';
  readonly nonce?: boolean;
  readonly accuracySeconds?: number;
};

/** A time-stamp token as `openssl ts` makes it, at the time of the machine. @returns DER of the token */
export function opensslToken(options: TokenOptions): Uint8Array {
  const { data, authority, chain = [], hash = 'sha256', essHash = 'sha256' } = options;
  const folder = mkdtempSync(join(tmpdir(), 'kyso-ts-'));
  try {
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
    const pem = (holders: readonly Holder[]) => holders.map(({ certificate }) => pemOf(certificate)).join('');
    writeFileSync(join(folder, 'data'), data);
    writeFileSync(join(folder, 'tsa.pem'), pem([authority]));
    writeFileSync(join(folder, 'chain.pem'), pem(chain));
    writeFileSync(join(folder, 'key.pem'), authority.key.privateKey.export({ format: 'pem', type: 'pkcs8' }));
    writeFileSync(join(folder, 'serial'), '01\n');
    writeFileSync(
      join(folder, 'ts.cnf'),
      `[tsa]
serial = ${folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:${options.accuracySeconds ?? 1}
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = ${essHash}
`,
    );
    const nonce = options.nonce ? [] : ['-no_nonce'];
    const certificates = options.certificates === false ? [] : ['-cert'];
    openssl('ts', '-query', '-data', 'data', `-${hash}`, ...nonce, ...certificates, '-out', 'query');
    openssl(
      ...[
        'ts',
        '-reply',
        '-config',
        'ts.cnf',
        '-section',
        'tsa',
        '-queryfile',
        'query',
        '-signer',
        'tsa.pem',
      ],
      ...[
        '-inkey',
        'key.pem',
        ...(chain.length > 0 ? ['-chain', 'chain.pem'] : []),
        '-token_out',
        '-out',
        'token',
      ],
    );
    return Uint8Array.from(readFileSync(join(folder, 'token')));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function pemOf(der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
