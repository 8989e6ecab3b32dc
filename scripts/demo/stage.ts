import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePki } from '#certs-test/ensure-pki';
import type { Pki } from '#certs-test/pki';
import { softHsmModule } from '#certs-test/softhsm';
import { isRefusal } from '#core/refusal';
import { startRegisterSimulator, type RegisterSimulator } from '../register-simulator.ts';
import { Client } from './client.ts';
import { kyso, startApi } from './processes.ts';

/** Everything the story is played on: a fresh folder, the test PKI, the register's stand-in, the real API in a process of its own. */
export type DemoStage = {
  readonly folder: string;
  readonly pki: Pki;
  readonly register: RegisterSimulator;
  readonly apiUrl: string;
  readonly apiPid: number;
  readonly key: (role: string, unit?: string) => Promise<Client>;
  readonly close: () => Promise<void>;
};

export type Cast = {
  readonly districts: readonly string[];
  /** `isSmall`: it gives a few hundred doses, however many there are in all */
  readonly facilities: readonly {
    readonly code: string;
    readonly name: string;
    readonly isSmall?: boolean;
  }[];
};

export async function setStage(folder: string, cast: Cast, say: (text: string) => void): Promise<DemoStage> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const software = !hasSoftHsm();
  if (software) for (const line of WITHOUT_TOKENS) say(line);
  say(`making the test PKI and ${software ? 'software certificates (PKCS#12)' : 'soft tokens (SoftHSM)'} …`);
  const pki = await ensurePki(join(folder, 'pki'), {
    districts: [...cast.districts],
    facilities: cast.facilities.map(({ code }) => code),
    instance: 'demo',
    software,
    say,
  });
  const register = await startRegisterSimulator();
  const env = environment(folder, pki, register.url);
  say('starting PostgreSQL and the API …');
  const api = await startApi(env, join(folder, 'api.log'));
  const clients = new Map<string, Promise<Client>>();
  const key = (role: string, unit?: string) => {
    const name = `${role}-${unit ?? 'city'}`;
    const known =
      clients.get(name) ??
      makeKey(env, join(folder, 'keys', name), role, unit).then((secret) => new Client(api.url, secret));
    clients.set(name, known);
    return known;
  };
  const close = async () => {
    await api.stop();
    await register.stop();
  };
  const operator = await key('operator');
  const units = cast.facilities.map(({ code, name }) => ({
    kind: 'facility',
    code,
    name,
    district: cast.districts[0] ?? '760',
    validFrom: '2021-01-01',
  }));
  await operator.must(operator.post('/v1/units', { units }));
  return { folder, pki, register, apiUrl: api.url, apiPid: api.pid, key, close };
}

const WITHOUT_TOKENS = [
  '',
  'SoftHSM cannot be had on this machine: NO TOKEN SIGNS IN THIS DEMO.',
  'Every unit signs with a key in a file (PKCS#12); the trust list and every verdict say "software".',
  '',
];

function hasSoftHsm(): boolean {
  try {
    softHsmModule();
    return true;
  } catch (error) {
    if (isRefusal(error, 'SOFTHSM_MISSING')) return false;
    throw error;
  }
}

function environment(folder: string, pki: Pki, registerUrl: string): Record<string, string> {
  return {
    KYSO_INSTANCE: 'demo',
    KYSO_DATA: join(folder, 'data'),
    KYSO_PORT: '0',
    KYSO_TRUST: pki.files.trust,
    KYSO_TRUST_KEYS: pki.files.trustKeys,
    KYSO_CRLS: pki.files.crls,
    KYSO_CERTIFICATES: pki.files.certificates,
    KYSO_STATUS_KEY: pki.files.statusKey,
    KYSO_DOCUMENT_SIGNERS: pki.files.documentSigners,
    KYSO_REVOCATIONS_KEY: pki.files.revocationsKey,
    KYSO_REGISTER_URL: registerUrl,
    KYSO_LOG_LEVEL: 'warn',
  };
}

async function makeKey(
  env: Record<string, string>,
  file: string,
  role: string,
  unit?: string,
): Promise<string> {
  if (!existsSync(file)) {
    const made = await kyso(
      ['api', 'key', '--role', role, ...(unit === undefined ? [] : ['--unit', unit]), '--out', file],
      { env },
    );
    if (made.code !== 0) throw new Error(`kyso api key: ${made.err}`);
  }
  return readFileSync(file, 'utf8').trim();
}
