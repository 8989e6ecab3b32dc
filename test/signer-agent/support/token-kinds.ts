import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { signerNamed, type Pki } from '#certs-test/pki';
import type { HostedToken } from '#signer-agent/token/host';
import { openPkcs12Token } from '#signer-agent/token/pkcs12';
import type { PinState, SignatureAlgorithm } from '#signer-agent/token/token';
import { makePkcs12 } from './fault-p12.ts';
import { faultTokens, openModule } from './fault-tokens.ts';
import { certificateOf, dropSoftTokens, softTokens } from './soft-tokens.ts';

/** The kinds of token that the one suite of rules runs on, and where they differ. */
export type TokenKind = {
  readonly name: string;
  readonly start: () => Promise<StartedKind>;
  /** what its RSA and P-256 keys can be used with; the suite shows that all else is refused */
  readonly algorithms: readonly SignatureAlgorithm[];
  /** certificates show without a PIN */
  readonly showsCertificates: boolean;
  /** what the token tells of its PIN after one wrong try; a file has no count */
  readonly pinAfterWrong: PinState;
};

/** One signer for each kind of key. */
export type Signers = Readonly<Record<'RSA' | 'EC', Signer>>;
export type Signer = { readonly serial: string; readonly label: string; readonly certificate: Uint8Array };

export type StartedKind = {
  readonly pin: string;
  readonly signers: Signers;
  /** opens what holds the key of that signer */
  readonly open: (signer: keyof Signers) => HostedToken;
  /** wrong PINs that reached the token, where the kind counts them */
  readonly wrongPins?: () => number;
  readonly stop: () => Promise<void>;
};

const all: readonly SignatureAlgorithm[] = ['RSA-PKCS1-SHA256', 'RSA-PSS-SHA256', 'ECDSA-P256-SHA256'];
const likeSoftHsm = { algorithms: all, showsCertificates: true, pinAfterWrong: 'low' } as const;

export const tokenKinds: readonly TokenKind[] = [
  {
    name: 'SoftHSM',
    ...likeSoftHsm,
    start: async () => {
      const pki = await softTokens();
      return { ...of(pki), open: () => openModule(pki.modulePath) };
    },
  },
  {
    name: 'SoftHSM through p11-kit',
    ...likeSoftHsm,
    start: async () => ({ ...of(await softTokens()), open: () => openModule(p11Kit('p11-kit-proxy.so')) }),
  },
  {
    name: 'SoftHSM in another process, through p11-kit',
    ...likeSoftHsm,
    start: async () => {
      const pki = await softTokens();
      const server = await startP11KitServer(pki);
      return {
        ...of(pki),
        open: () => openModule(p11Kit('pkcs11/p11-kit-client.so')),
        stop: async () => {
          await server.stop();
          dropSoftTokens(pki);
        },
      };
    },
  },
  {
    name: 'the fault module without a fault',
    ...likeSoftHsm,
    start: async () => {
      const { pki, fault } = await faultTokens();
      const wrongPins = () => fault.count('wrong PINs');
      return { ...of(pki), open: () => openModule(fault.modulePath), wrongPins };
    },
  },
  {
    name: 'a PKCS#12 file',
    algorithms: all,
    showsCertificates: false,
    pinAfterWrong: 'ok',
    start: () => {
      const { folder, pin, signers } = makePkcs12();
      const open = (signer: keyof Signers) => openPkcs12Token(join(folder, signers[signer].label));
      return Promise.resolve({ pin, signers, open, stop: () => rm(folder, { recursive: true }) });
    },
  },
];

function of(pki: Pki): Pick<StartedKind, 'pin' | 'signers' | 'stop'> {
  const signer = (name: string) => {
    const found = signerNamed(pki, name);
    return { serial: found.tokenSerial, label: found.tokenLabel, certificate: certificateOf(found) };
  };
  return {
    pin: pki.pin,
    signers: { RSA: signer('district-760'), EC: signer('district-769') },
    stop: () => Promise.resolve(dropSoftTokens(pki)),
  };
}

function p11Kit(file: string): string {
  const folders = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib', '/usr/lib64'];
  const found = folders.map((folder) => join(folder, file)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${file} is missing: the set-up for tests installs p11-kit`);
  return found;
}

async function startP11KitServer(pki: Pki): Promise<{ stop: () => Promise<void> }> {
  const socket = join(dirname(pki.dir), 'p11-kit');
  const arguments_ = ['server', '-f', '--provider', pki.modulePath, '--name', socket, 'pkcs11:'];
  const server = spawn('p11-kit', arguments_, { stdio: ['ignore', 'pipe', 'ignore'] });
  // it prints its address when it listens
  await once(server.stdout, 'data');
  process.env['P11_KIT_SERVER_ADDRESS'] = `unix:path=${socket}`;
  return {
    stop: async () => {
      const gone = once(server, 'exit');
      server.kill();
      await gone;
    },
  };
}
