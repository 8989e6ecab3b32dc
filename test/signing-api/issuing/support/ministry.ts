import { createHash, sign, type KeyObject } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { extension, issueCertificate } from '#certs-test/certificate';
import { oid, sequence } from '#certs-test/der';
import { distinguishedName } from '#certs-test/distinguished-name';
import { fileKey, newFileKey } from '#certs-test/signing-key';
import { base64, base64url, fromBase64 } from '#core/bytes';
import { ES256, PS256, protectedHeader, sigStructure } from '#core/certificate/cose';
import { instant } from '#core/dates';
import type { DocumentSigners } from '#core/sign/document-signers';
import type { Job, Lease, Result } from '#core/wire/issuing';
import type { Answer, World } from '../../../support/world.ts';

/** A document signer whose key this process has. */
export type Key = {
  readonly kid: string;
  readonly certificate: Uint8Array;
  readonly from: Date;
  readonly to: Date;
  readonly privateKey: KeyObject;
};

const VACCINATION = '1.3.6.1.4.1.1847.2021.1.2';
const DAY_MS = 86_400_000;

/** @param days validity, from now */
export async function newKey(
  kind: 'P-256' | 'RSA-2048',
  days: { from: number; to: number } = { from: -10, to: 800 },
  usage: string = VACCINATION,
): Promise<Key> {
  const privateKey = await newFileKey(kind);
  const key = fileKey(privateKey);
  const name = distinguishedName({ organization: 'Bộ Y tế (thử nghiệm)', commonName: 'DSC Health VN' });
  const [from, to] = [days.from, days.to].map((n) => new Date(Date.now() + n * DAY_MS)) as [Date, Date];
  const certificate = issueCertificate({
    issuer: { name, key },
    subject: name,
    publicKey: key.publicKey,
    from,
    to,
    keyUsage: ['digitalSignature'],
    extensions: [extension('2.5.29.37', false, sequence(oid(usage)))],
  });
  const kid = base64url(createHash('sha256').update(certificate).digest().subarray(0, 8));
  return { kid, certificate, from, to, privateKey };
}

export function rowOf(key: Key, to?: Date): DocumentSigners['signers'][number] {
  return {
    country: 'VN',
    certificate: base64(key.certificate),
    from: instant(new Date(key.from.getTime() + 1000)),
    ...(to ? { to: instant(to) } : {}),
  };
}

/** Plays the Ministry's worker, without its care: what the API hands out is signed. */
export class Worker {
  readonly workerId = uuidv7();
  readonly #world: World;
  readonly #apiKey: string;
  readonly #keys: readonly Key[];

  constructor(world: World, apiKey: string, keys: readonly Key[]) {
    this.#world = world;
    this.#apiKey = apiKey;
    this.#keys = keys;
  }

  tryLease(max = 256): Promise<Answer> {
    const kids = this.#keys.map(({ kid }) => kid);
    const body = { workerId: this.workerId, kids, max };
    return this.#world.call('POST', '/v1/issuing/leases', { key: this.#apiKey, body });
  }

  async lease(max = 256): Promise<Lease> {
    const { status, body, text } = await this.tryLease(max);
    if (status !== 201) throw new Error(`lease: ${text}`);
    return body as unknown as Lease;
  }

  sign(job: Job): Extract<Result, { signature: string }> {
    const key = this.#keys.find(({ kid }) => kid === job.kid);
    if (!key) throw new Error('a job for a key that this worker does not have');
    const claims = fromBase64(job.claims) ?? new Uint8Array();
    return {
      certificateId: job.certificateId,
      claimsSha256: createHash('sha256').update(claims).digest('base64url'),
      signature: base64(signatureOf(key, claims)),
    };
  }

  deliver(leaseId: string, results: readonly Result[]): Promise<Answer> {
    return this.#world.call('POST', `/v1/issuing/leases/${leaseId}/results`, {
      key: this.#apiKey,
      body: { results },
    });
  }

  /** Signs whatever waits. @returns the jobs */
  async run(): Promise<Job[]> {
    const done: Job[] = [];
    for (;;) {
      const { leaseId, jobs } = await this.lease();
      if (jobs.length === 0) return done;
      const { status, body, text } = await this.deliver(
        leaseId,
        jobs.map((job) => this.sign(job)),
      );
      if (status !== 200 || body['stored'] !== jobs.length) throw new Error(`results: ${text}`);
      done.push(...jobs);
    }
  }
}

export function signatureOf(key: Key, claims: Uint8Array): Uint8Array {
  const isEc = key.privateKey.asymmetricKeyType === 'ec';
  const kid = Buffer.from(key.kid, 'base64url');
  const message = sigStructure(protectedHeader(isEc ? ES256 : PS256, kid), claims);
  return isEc
    ? sign('sha256', message, { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
    : sign('sha256', message, { key: key.privateKey, padding: 6, saltLength: 32 });
}
