import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import type { Pki } from '#certs-test/pki';
import { copyPki } from '#certs-test/find-pki';
import type { Row } from '#core/record/row';
import { sampleDoses, type SampleDose } from '#scripts/demo/sample-people';
import { startRegisterSimulator, type RegisterSimulator } from '#scripts/register-simulator';
import { buildApp } from '#signing-api/app';
import type { Role } from '#signing-api/caller';
import { readConfig } from '#signing-api/config';
import { JobRunner } from '#signing-api/jobs/runner';
import { openService } from '#signing-api/open-service';
import type { Service } from '#signing-api/service';
import { makeApiKey } from '#signing-api/steps/authenticate-key';
import { addUnits } from '#signing-api/steps/units';
import { testPki } from '../certs-test/test-pki.ts';
import { environment } from './environment.ts';

export type Answer = {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly text: string;
};

/** A whole service on real parts: its own database in the real PostgreSQL, real HTTP, the test PKI, a register. */
export type World = {
  readonly url: string;
  readonly service: Service;
  readonly register: RegisterSimulator;
  readonly pki: Pki;
  readonly folder: string;
  readonly env: Record<string, string>;
  readonly databaseUrl: string;
  /** what the service takes for the time; move it with `at` */
  readonly clock: { offsetMs: number };
  readonly key: (role: Role, unit?: string) => Promise<string>;
  readonly call: (method: string, path: string, options?: CallOptions) => Promise<Answer>;
  readonly sql: <T extends object>(text: string, values?: readonly unknown[]) => Promise<T[]>;
  readonly close: () => Promise<void>;
};

export type CallOptions = {
  readonly key?: string;
  readonly body?: unknown;
  readonly raw?: string | Buffer;
  readonly type?: string;
  readonly idempotencyKey?: string | null;
};

export const DISTRICTS = ['760', '769'] as const;
export const FACILITIES = ['79-00123', '79-00208', '79-01017'] as const;

/**
 * @param settings on top of the usual environment
 * @param of the PKI that is copied for it
 */
export async function makeWorld(
  settings: Readonly<Record<string, string>> = {},
  of: Promise<Pki> = testPki(),
): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'kyso-world-'));
  const pki = await copyPki(await of, join(folder, 'pki'));
  const databaseUrl = await freshDatabase();
  const register = await startRegisterSimulator();
  const env = { ...environment(pki, folder, databaseUrl, register.url), ...settings };
  const clock = { offsetMs: 0 };
  const { service, close } = await openService(readConfig(env), () => new Date(Date.now() + clock.offsetMs));
  await addUnits(
    service,
    FACILITIES.map((code) => ({
      kind: 'facility',
      code,
      name: `Cơ sở ${code}`,
      district: '760',
      validFrom: '2021-01-01',
    })),
  );
  const app = await buildApp(service);
  const runner = new JobRunner(service, app.log);
  await app.listen({ host: '127.0.0.1', port: 0 });
  runner.start();
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  return {
    url,
    service,
    register,
    pki,
    folder,
    env,
    databaseUrl,
    clock,
    key: (role, unit) => makeApiKey(service, role, unit ?? null),
    call: (method, path, options) => call(url, method, path, options),
    sql: (text, values = []) => service.db.query(text, values),
    close: async () => {
      await app.close();
      await runner.stop();
      await close();
      await register.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function freshDatabase(): Promise<string> {
  const name = `kyso_${randomBytes(6).toString('hex')}`;
  const server = inject('postgresUrl');
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  return server.replace(/\/kyso(\?|$)/, `/${name}$1`);
}

async function call(url: string, method: string, path: string, options: CallOptions = {}): Promise<Answer> {
  const headers: Record<string, string> = {};
  if (options.key !== undefined) headers['authorization'] = `Bearer ${options.key}`;
  const isPost = method === 'POST';
  if (isPost && options.idempotencyKey !== null)
    headers['idempotency-key'] = options.idempotencyKey ?? randomUUID();
  const body = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  if (body !== undefined) headers['content-type'] = options.type ?? 'application/json';
  const response = await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body }) });
  const text = await response.text();
  let parsed: Record<string, unknown> = {};
  try {
    parsed = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // not every answer is JSON: the text is handed out beside
  }
  return { status: response.status, body: parsed, text };
}

export function ndjson(rows: readonly Row[]): string {
  return rows.map((row) => JSON.stringify(row)).join('\n') + '\n';
}

/** Sample doses that the world's register knows. */
export function people(
  world: World,
  records: number,
  options: { seed?: number; errors?: boolean } = {},
): SampleDose[] {
  const doses = [
    ...sampleDoses({
      records,
      districts: DISTRICTS,
      facilities: FACILITIES,
      seed: options.seed ?? 1,
      errors: options.errors ?? false,
    }),
  ];
  for (const { registered } of doses) if (registered) world.register.know(registered);
  return doses;
}

export async function importRows(world: World, rows: readonly Row[], key?: string): Promise<Answer> {
  return world.call('POST', '/v1/imports', {
    key: key ?? (await world.key('operator')),
    raw: ndjson(rows),
    type: 'application/x-ndjson',
  });
}

/** Asks the register about everyone and waits for the leaves. */
export async function verifyIdentities(world: World): Promise<void> {
  const key = await world.key('operator');
  const { body } = await world.call('POST', '/v1/identity-checks', { key, body: {} });
  await waitFor(async () => {
    const job = await world.call('GET', `/v1/jobs/${String(body['jobId'])}`, { key });
    if (job.body['state'] === 'failed') throw new Error(`identity job failed: ${String(job.body['reason'])}`);
    return job.body['state'] === 'done';
  });
}

/** Freezes a batch for a unit and waits until it is open. */
export async function freeze(world: World, key: string): Promise<Record<string, unknown>> {
  const made = await world.call('POST', '/v1/batches', { key, body: { mode: 'list' } });
  if (made.status !== 202) throw new Error(`freeze: ${made.text}`);
  return untilFrozen(world, key, String(made.body['batchId']));
}

export async function untilFrozen(
  world: World,
  key: string,
  batchId: string,
): Promise<Record<string, unknown>> {
  let batch: Record<string, unknown> = {};
  await waitFor(async () => {
    batch = (await world.call('GET', `/v1/batches/${batchId}`, { key })).body;
    return batch['state'] !== 'freezing';
  });
  return batch;
}

export async function waitFor(isTrue: () => Promise<boolean>, ms = 20_000): Promise<void> {
  const until = Date.now() + ms;
  while (!(await isTrue())) {
    if (Date.now() > until) throw new Error('waited too long');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
