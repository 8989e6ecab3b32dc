import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Refusal } from '#core/refusal';
import { readShape } from '#core/shape';
import { parseAgentVersion, type AgentVersion } from '#core/wire/agent-version';
import { ISSUING_POLICIES, type IssuingPolicy } from './issuing-policy.ts';
import { HOST } from './outside/revocation-hosts.ts';

const path = z.string().min(1);

const shape = z
  .object({
    /** `production`, or the name of a test instance; must be the trust list's */
    KYSO_INSTANCE: z.string().regex(/^[a-z0-9-]{1,40}$/),
    KYSO_CAMPAIGN: z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/)
      .default('covid19'),
    KYSO_PORT: z.coerce.number().int().min(0).max(65535).default(17640),
    KYSO_DATA: path.default('./data'),
    /** an existing PostgreSQL ≥ 15; without it the embedded one is started in KYSO_DATA */
    DATABASE_URL: z.string().optional(),
    KYSO_TRUST: path,
    KYSO_TRUST_KEYS: path,
    /** folder of DER or PEM CRLs that are fresh */
    KYSO_CRLS: path,
    /** hosts that CRLs and OCSP answers may be fetched from, where certificates name them: `host` or `host:port`, by commas */
    KYSO_REVOCATION_HOSTS: z
      .string()
      .transform(namedHosts)
      .refine((hosts) => hosts.every((host) => HOST.test(host)), 'not host or host:port')
      .default([]),
    /** folder of DER issuing CA certificates, for signers whose tokens do not carry them */
    KYSO_CERTIFICATES: path.optional(),
    /** PEM, P-256: signs the status lists */
    KYSO_STATUS_KEY: path,
    /** signed list of document signers; without it no certificates are issued */
    KYSO_DOCUMENT_SIGNERS: path.optional(),
    /** PEM, P-256: signs the revocation lists of certificates */
    KYSO_REVOCATIONS_KEY: path.optional(),
    /** whose signatures a record needs to become a certificate */
    KYSO_ISSUING_POLICY: z.enum(ISSUING_POLICIES).default('district'),
    /** how often one address may ask for a certificate by its code, and for verdicts */
    KYSO_LOOKUPS_PER_MINUTE: z.coerce.number().int().min(1).default(10),
    KYSO_VERIFICATIONS_PER_MINUTE: z.coerce.number().int().min(1).default(60_000),
    /** 32 bytes that wrap the data keys; made when absent, never in production */
    KYSO_MASTER_KEY: path.optional(),
    KYSO_REGISTER_URL: z.url(),
    KYSO_REGISTER_CERT: path.optional(),
    KYSO_REGISTER_KEY: path.optional(),
    KYSO_REGISTER_CA: path.optional(),
    /** whether a signer's key may be in software: `token` takes and enrols only keys that the trust list says are on a token */
    KYSO_KEY_STORAGE: z.enum(['any', 'token']).default('any'),
    /** agents older than this sign nothing, as 0.1.0 */
    KYSO_MINIMUM_AGENT: z
      .string()
      .refine((text) => parseAgentVersion(text) !== null, 'not major.minor.patch')
      .optional(),
    KYSO_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
    /** test instances only: how long a ticket and a session's lease live */
    KYSO_TICKET_SECONDS: z.coerce.number().int().min(1).max(600).default(600),
    KYSO_LEASE_SECONDS: z.coerce.number().int().min(2).max(300).default(60),
  })
  .superRefine((env, context) => {
    if (env.KYSO_INSTANCE !== 'production') return;
    const need = (ok: boolean, name: string, message: string) => {
      if (!ok) context.addIssue({ code: 'custom', path: [name], message });
    };
    need(env.KYSO_REGISTER_URL.startsWith('https:'), 'KYSO_REGISTER_URL', 'must be https in production');
    for (const name of ['KYSO_REGISTER_CERT', 'KYSO_REGISTER_KEY', 'KYSO_MASTER_KEY'] as const)
      need(env[name] !== undefined, name, 'is needed in production');
    need(env.KYSO_TICKET_SECONDS === 600, 'KYSO_TICKET_SECONDS', 'is fixed in production');
    need(env.KYSO_LEASE_SECONDS === 60, 'KYSO_LEASE_SECONDS', 'is fixed in production');
  });

export type Config = {
  readonly instance: string;
  readonly campaign: string;
  readonly port: number;
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  readonly trustFile: string;
  readonly trustKeysFile: string;
  readonly crlDir: string;
  readonly certificateDir: string | undefined;
  /** lower case */
  readonly revocationHosts: readonly string[];
  readonly statusKeyFile: string;
  readonly documentSignersFile: string | undefined;
  readonly revocationsKeyFile: string | undefined;
  readonly issuingPolicy: IssuingPolicy;
  readonly lookupsPerMinute: number;
  readonly verificationsPerMinute: number;
  readonly masterKeyFile: string | undefined;
  readonly register: {
    readonly url: string;
    readonly tls:
      { readonly cert: Buffer; readonly key: Buffer; readonly ca: Buffer | undefined } | undefined;
  };
  readonly keyStorage: 'any' | 'token';
  readonly minimumAgent: AgentVersion | undefined;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly ticketSeconds: number;
  readonly leaseSeconds: number;
};

/**
 * Reads the configuration from the environment, all faults at once.
 * @throws Refusal CONFIG_INVALID: the service does not start
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const e = readShape(shape, env, 'CONFIG_INVALID');
  const tls =
    e.KYSO_REGISTER_CERT && e.KYSO_REGISTER_KEY
      ? { cert: e.KYSO_REGISTER_CERT, key: e.KYSO_REGISTER_KEY }
      : undefined;
  return {
    instance: e.KYSO_INSTANCE,
    campaign: e.KYSO_CAMPAIGN,
    port: e.KYSO_PORT,
    dataDir: e.KYSO_DATA,
    databaseUrl: e.DATABASE_URL,
    trustFile: e.KYSO_TRUST,
    trustKeysFile: e.KYSO_TRUST_KEYS,
    crlDir: e.KYSO_CRLS,
    certificateDir: e.KYSO_CERTIFICATES,
    revocationHosts: e.KYSO_REVOCATION_HOSTS,
    statusKeyFile: e.KYSO_STATUS_KEY,
    documentSignersFile: e.KYSO_DOCUMENT_SIGNERS,
    revocationsKeyFile: e.KYSO_REVOCATIONS_KEY,
    issuingPolicy: e.KYSO_ISSUING_POLICY,
    lookupsPerMinute: e.KYSO_LOOKUPS_PER_MINUTE,
    verificationsPerMinute: e.KYSO_VERIFICATIONS_PER_MINUTE,
    masterKeyFile: e.KYSO_MASTER_KEY,
    register: {
      url: e.KYSO_REGISTER_URL,
      tls: tls && {
        cert: readKnownFile(tls.cert),
        key: readKnownFile(tls.key),
        ca: e.KYSO_REGISTER_CA ? readKnownFile(e.KYSO_REGISTER_CA) : undefined,
      },
    },
    keyStorage: e.KYSO_KEY_STORAGE,
    minimumAgent: parseAgentVersion(e.KYSO_MINIMUM_AGENT ?? '') ?? undefined,
    logLevel: e.KYSO_LOG_LEVEL,
    ticketSeconds: e.KYSO_TICKET_SECONDS,
    leaseSeconds: e.KYSO_LEASE_SECONDS,
  };
}

function namedHosts(text: string): string[] {
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  return names.filter((name) => name !== '');
}

/** @throws Refusal CONFIG_INVALID naming the file */
export function readKnownFile(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new Refusal('CONFIG_INVALID', { detail: `cannot read ${file}`, cause });
  }
}
