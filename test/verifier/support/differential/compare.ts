import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRefusal } from '#core/refusal';
import { nodeCrypto } from '#verifier/crypto-node';
import { readCertificate } from '#verifier/der/certificate';
import { readCrl } from '#verifier/der/crl';
import { worstWord } from '#verifier/finding';
import { findPath } from '#verifier/path/find-path';
import { ANY_POLICIES, RFC_5280 } from '#verifier/path/path-policy';
import { NO_ANSWERS } from '#verifier/revocation/check-revocation';
import { issueCrl } from '../x509.ts';
import { newWorld, randomChain, randomFrom, type Chain, type World } from './chains.ts';

export type Mode = { readonly explicit: boolean; readonly crls: boolean };
export type Difference = {
  readonly changes: readonly string[];
  readonly mode: Mode;
  readonly ours: string;
  readonly openssl: string;
};
export type Comparison = {
  readonly chains: number;
  readonly bothValid: number;
  readonly differences: readonly Difference[];
};

const AT = '2026-01-01T00:00:00Z';
const BATCH = 100;
export const MODES: readonly Mode[] = [
  { explicit: false, crls: false },
  { explicit: true, crls: false },
  { explicit: false, crls: true },
];

/** Judges generated chains here and by `openssl verify`, and gives back those on which the two disagree. */
export async function compare(count: number, seed: number): Promise<Comparison> {
  const random = randomFrom(seed);
  const world = newWorld();
  const rootCrl = issueCrl({ issuer: world.root, from: '2025-12-31T00:00:00Z' });
  const differences: Difference[] = [];
  let bothValid = 0;
  for (let done = 0; done < count; done += BATCH) {
    const mode = MODES[(done / BATCH) % MODES.length] ?? { explicit: false, crls: false };
    const size = Math.min(BATCH, count - done);
    const chains = Array.from({ length: size }, (_, i) => randomChain(world, done + i, random));
    const theirs = await opensslVerify(world, rootCrl, chains, mode);
    for (const chain of chains) {
      const ours = await ourWord(world, rootCrl, chain, mode);
      const openssl = theirs.get(chain.id) ?? 'no answer';
      if ((ours === 'valid') !== (openssl === 'OK'))
        differences.push({ changes: chain.changes, mode, ours, openssl });
      else if (ours === 'valid') bothValid++;
    }
  }
  return { chains: count, bothValid, differences };
}

async function ourWord({ root }: World, rootCrl: Uint8Array, chain: Chain, mode: Mode): Promise<string> {
  try {
    const { findings } = await findPath({
      end: readCertificate(chain.leaf),
      roots: [readCertificate(root.certificate)],
      pool: chain.cas.map(readCertificate),
      policy: { ...RFC_5280, policies: { ...ANY_POLICIES, explicit: mode.explicit } },
      at: AT,
      claimedTime: AT,
      revocation: mode.crls ? 'require' : 'off',
      answers: { embedded: NO_ANSWERS, handedIn: { crls: [rootCrl, ...chain.crls].map(readCrl), ocsp: [] } },
      crypto: nodeCrypto,
    });
    const word = worstWord(findings.map(({ verdict }) => verdict));
    return word === 'valid' ? word : findings.map(({ code }) => code).join(' ');
  } catch (error) {
    if (isRefusal(error)) return error.code;
    throw error;
  }
}

/** @returns by chain: OK, or OpenSSL's own words */
async function opensslVerify(
  { root }: World,
  rootCrl: Uint8Array,
  chains: readonly Chain[],
  mode: Mode,
): Promise<Map<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'kyso-differential-'));
  try {
    const pem = (label: string, ders: readonly Uint8Array[]) => ders.map((der) => pemOf(label, der)).join('');
    const write = (name: string, text: string) => writeFile(join(folder, name), text);
    await write('root.pem', pem('CERTIFICATE', [root.certificate]));
    await write('pool.pem', pem('CERTIFICATE', [root.certificate, ...chains.flatMap(({ cas }) => cas)]));
    await write('crls.pem', pem('X509 CRL', [rootCrl, ...chains.flatMap(({ crls }) => crls)]));
    for (const { id, leaf } of chains) await write(`${id}.pem`, pem('CERTIFICATE', [leaf]));
    const answers = new Map<string, string>();
    // without a policy OpenSSL accepts none; RFC 5280 §6.1.1 (c) begins with any
    const options = [
      ...['-no-CAfile', '-no-CApath', '-no-CAstore', '-CAfile', 'root.pem', '-untrusted', 'pool.pem'],
      ...['-attime', String(Date.parse(AT) / 1000), '-auth_level', '0'],
      ...(mode.explicit ? ['-explicit_policy', '-policy', '2.5.29.32.0'] : ['-policy_check']),
      ...(mode.crls ? ['-crl_check_all', '-CRLfile', 'crls.pem'] : []),
    ];
    const output = await run(folder, ['verify', ...options, ...chains.map(({ id }) => `${id}.pem`)]);
    for (const { id } of chains) {
      const isOk = new RegExp(`^${id}\\.pem: OK$`, 'm').test(output);
      const errors = new RegExp(`((?:^.*\\n){0,3})^error ${id}\\.pem: verification failed`, 'm').exec(
        output,
      )?.[1];
      const said = [...(errors ?? '').matchAll(/^error \d+ at \d+ depth lookup: (.*)$/gm)].map(
        ([, text]) => text,
      );
      answers.set(id, isOk ? 'OK' : (said.at(-1) ?? 'cannot be read'));
    }
    return answers;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function pemOf(label: string, der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

/** What it prints on both streams; that it fails for some is expected. */
function run(cwd: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile('openssl', args, { cwd, maxBuffer: 1 << 26 }, (_error, stdout, stderr) => {
      resolve(stdout + stderr);
    });
  });
}
