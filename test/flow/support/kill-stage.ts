import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { copyPki } from '#certs-test/find-pki';
import type { Pki } from '#certs-test/pki';
import type { Row } from '#core/record/row';
import { startApi, type RunningApi } from '#scripts/demo/processes';
import { startRegisterSimulator, type RegisterSimulator } from '#scripts/register-simulator';
import { processesOf, readPidFile } from '#signing-api/postgres/running';
import { connectionString } from '#signing-api/postgres/settings';
import { stopServer } from '#signing-api/postgres/stop';
import { makeApiKey } from '#signing-api/steps/authenticate-key';
import { Database } from '#signing-api/store/database';
import { nodeCrypto } from '#verifier/crypto-node';
import { testPki } from '../../certs-test/test-pki.ts';
import { environment } from '../../support/environment.ts';
import { startProxy, type Proxy } from './proxy.ts';
import { Signer } from './signer.ts';

export type Reply = {
  readonly status: number;
  readonly text: string;
  readonly body: Record<string, unknown>;
};

/**
 * The API as a process of its own over its own embedded PostgreSQL, both of which can be killed at any moment and started again. Agents
 * reach it through a proxy, so that they find it again on whatever port it comes back.
 */
export class KillStage {
  readonly pki: Pki;
  readonly register: RegisterSimulator;
  readonly proxy: Proxy;
  readonly folder: string;
  readonly #env: Record<string, string>;
  readonly #keys = new Map<string, string>();
  readonly #signers: Signer[] = [];
  #api: RunningApi | null = null;

  private constructor(
    pki: Pki,
    register: RegisterSimulator,
    proxy: Proxy,
    folder: string,
    more: Readonly<Record<string, string>>,
  ) {
    this.pki = pki;
    this.register = register;
    this.proxy = proxy;
    this.folder = folder;
    const env = { ...environment(pki, folder, '', register.url), ...more };
    // its own embedded server
    delete env['DATABASE_URL'];
    this.#env = env;
  }

  /** @param more settings of the API beyond those of every test */
  static async set(more: Readonly<Record<string, string>> = {}): Promise<KillStage> {
    const folder = mkdtempSync(join(tmpdir(), 'kyso-kill-'));
    const pki = await copyPki(await testPki(), join(folder, 'pki'));
    const stage = new KillStage(
      pki,
      await startRegisterSimulator(),
      await startProxy('http://127.0.0.1:1'),
      folder,
      more,
    );
    await stage.startApi();
    for (const [role, unit] of [
      ['operator', null],
      ['district', '760'],
      ['facility', '79-01017'],
      ['cdc', null],
      ['ministry', null],
    ] as const)
      await stage.#makeKey(role, unit);
    const units = ['79-00123', '79-01017'].map((code) => {
      return { kind: 'facility', code, name: 'Trạm Y tế', district: '760', validFrom: '2021-01-01' };
    });
    await stage.must('operator', '/v1/units', { units });
    return stage;
  }

  async #makeKey(
    role: 'operator' | 'district' | 'facility' | 'cdc' | 'ministry',
    unit: string | null,
  ): Promise<void> {
    const db = new Database(await this.#databaseUrl(), 1);
    try {
      this.#keys.set(role, await makeApiKey({ db, crypto: nodeCrypto, clock: () => new Date() }, role, unit));
    } finally {
      await db.close();
    }
  }

  /** An API key, for a program that calls by itself. */
  keyOf(role: string): string {
    return this.#keys.get(role) ?? '';
  }

  /** What the API is configured with, over the same database: while the API runs. */
  async environment(): Promise<Record<string, string>> {
    return { ...this.#env, DATABASE_URL: await this.#databaseUrl() };
  }

  get isUp(): boolean {
    return this.#api !== null;
  }

  async startApi(): Promise<void> {
    if (this.#api) return;
    this.#api = await startApi(this.#env, join(this.folder, 'api.log'));
    this.proxy.target = this.#api.url;
  }

  /** SIGKILL: nothing of it runs any more when this returns. PostgreSQL lives on. */
  async killApi(): Promise<void> {
    const api = this.#api;
    this.#api = null;
    if (!api) return;
    try {
      process.kill(api.pid, 'SIGKILL');
    } catch {
      // it ended by itself
    }
    await api.stop();
  }

  async restartApi(): Promise<void> {
    await this.killApi();
    await this.startApi();
  }

  get #cluster(): string {
    return join(this.folder, 'data', 'postgres', 'cluster');
  }

  /** SIGKILL to the server's processes but the postmaster: it drops all connections and recovers from the log. */
  killBackends(): void {
    const postmaster = readPidFile(this.#cluster)?.pid;
    for (const pid of processesOf(this.#cluster)) if (pid !== postmaster) kill(pid);
  }

  /** SIGKILL to the postmaster: nobody serves this data any more until the API is started again. */
  killPostmaster(): void {
    const postmaster = readPidFile(this.#cluster)?.pid;
    if (postmaster !== undefined) kill(postmaster);
  }

  async #databaseUrl(): Promise<string> {
    const password = await readFile(join(this.folder, 'data', 'postgres', 'password'), 'utf8');
    return connectionString(readPidFile(this.#cluster)?.socketFolder ?? '', password);
  }

  /** A connection to the same database, for a test to look and to lock. */
  async connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: await this.#databaseUrl() });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  async sql<T extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<T[]> {
    const client = await this.connect();
    try {
      return (await client.query<T>(text, [...values])).rows;
    } finally {
      await client.end();
    }
  }

  async call(
    role: string,
    method: 'GET' | 'POST',
    path: string,
    body?: string | ReadableStream,
    type = 'application/json',
  ): Promise<Reply> {
    const response = await fetch(this.proxy.target + path, {
      method,
      headers: {
        authorization: `Bearer ${this.#keys.get(role) ?? ''}`,
        ...(method === 'POST' ? { 'idempotency-key': randomUUID(), 'content-type': type } : {}),
      },
      ...(body === undefined ? {} : { body, duplex: 'half' }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      text,
      body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
    };
  }

  async must(role: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const method = body === undefined ? 'GET' : 'POST';
    const reply = await this.call(role, method, path, body === undefined ? undefined : JSON.stringify(body));
    if (reply.status >= 400) throw new Error(`${path}: ${reply.text}`);
    return reply.body;
  }

  import(rows: readonly Row[] | ReadableStream): Promise<Reply> {
    const body =
      rows instanceof ReadableStream ? rows : rows.map((row) => JSON.stringify(row) + '\n').join('');
    return this.call('operator', 'POST', '/v1/imports', body, 'application/x-ndjson');
  }

  async signer(): Promise<Signer> {
    const signer = new Signer(this.pki, 'district-760', (path, body) => this.must('district', path, body));
    this.#signers.push(signer);
    return signer.enrol(this.proxy.origin);
  }

  async close(): Promise<void> {
    await this.killApi();
    // its data go too: no need to wait for a recovery that is under way
    this.killPostmaster();
    this.killBackends();
    await stopServer(this.#cluster);
    await this.proxy.close();
    await this.register.stop();
    for (const signer of this.#signers) signer.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // ended in between
  }
}
