import {
  existsSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres } from '#signing-api/postgres/start';
import type { Postgres } from '#signing-api/postgres/start';
import { processesOf } from '#signing-api/postgres/running';
import { ask, freshFolder, killHard, setting, startElsewhere, userOf } from './helpers.ts';

describe('the embedded PostgreSQL while it runs', () => {
  const dataDir = freshFolder();
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres({ dataDir });
  });
  afterAll(async () => {
    await postgres.stop();
    rmSync(dataDir, { recursive: true });
  });

  it('answers on the connection string', async () => {
    expect(await ask(postgres.url, 'SELECT current_database()')).toEqual(['kyso']);
    expect(Number(await setting(postgres.url, 'server_version_num'))).toBeGreaterThanOrEqual(15_00_00);
  });

  it.each([
    ['fsync', 'on'],
    ['synchronous_commit', 'on'],
    ['full_page_writes', 'on'],
    ['data_checksums', 'on'],
    ['listen_addresses', ''],
    ['server_encoding', 'UTF8'],
    ['TimeZone', 'UTC'],
  ])('has %s = %s', async (name, value) => {
    expect(await setting(postgres.url, name)).toBe(value);
  });

  it('orders text bytewise', async () => {
    expect(
      await ask(postgres.url, `SELECT t FROM (VALUES ('b'), ('B'), ('á'), ('a')) v(t) ORDER BY t`),
    ).toEqual(['B', 'a', 'b', 'á']);
  });

  it('does not run as root', () => {
    expect(userOf(postgres.pid)).not.toBe(0);
  });

  it('keeps its socket and its data in folders closed to others', () => {
    const socketFolder = new URL(postgres.url.replace('@/', '@x/')).searchParams.get('host') ?? '';
    expect(readdirSync(socketFolder)).toContain('.s.PGSQL.5432');
    expect(statSync(socketFolder).mode & 0o777).toBe(0o700);
    expect(statSync(join(dataDir, 'cluster')).mode & 0o777).toBe(0o700);
    expect(statSync(join(dataDir, 'password')).mode & 0o777).toBe(0o600);
  });

  it('refuses a wrong password, and trusts nobody', async () => {
    await expect(ask(postgres.url.replace(/kyso:[^@]*@/, 'kyso:guess@'), 'SELECT 1')).rejects.toMatchObject({
      code: '28P01',
    });
    expect(readFileSync(join(dataDir, 'cluster/pg_hba.conf'), 'utf8')).not.toMatch(/^[^#].*\btrust\b/m);
  });

  it('writes no value of a failed statement into its log', async () => {
    await ask(postgres.url, 'CREATE TABLE person (name text PRIMARY KEY)');
    const insert = `INSERT INTO person VALUES ('Nguyễn Thị Bí Mật')`;
    await ask(postgres.url, insert);
    await expect(ask(postgres.url, insert)).rejects.toMatchObject({ code: '23505' });
    await expect(ask(postgres.url, `SELECT 'Nguyễn Thị Bí Mật'::date`)).rejects.toMatchObject({
      code: '22007',
    });
    expect(readFileSync(join(dataDir, 'postgres.log'), 'utf8')).not.toContain('Bí Mật');
  });

  it('is shared by a second process, whose end leaves it running', async () => {
    const second = await startElsewhere(dataDir);
    expect(second.pid).toBe(postgres.pid);
    await killHard(second.child);
    expect(await ask(postgres.url, 'SELECT 1')).toEqual(['1']);
  });
});

describe('the embedded PostgreSQL over ends and starts', () => {
  const folders: string[] = [];
  const fresh = (): string => {
    const folder = freshFolder();
    folders.push(folder);
    return folder;
  };
  afterEach(async () => {
    for (const dataDir of folders.splice(0)) {
      await (await startPostgres({ dataDir })).stop();
      rmSync(dataDir, { recursive: true });
    }
  });

  it('stops so that no process and no socket stays, and keeps the data', async () => {
    const dataDir = fresh();
    const first = await startPostgres({ dataDir });
    await ask(first.url, 'CREATE TABLE kept AS SELECT 7 AS n');
    const socketFolder = new URL(first.url.replace('@/', '@x/')).searchParams.get('host') ?? '';
    await first.stop();
    await first.stop();
    expect(processesOf(join(dataDir, 'cluster'))).toEqual([]);
    expect(existsSync(socketFolder)).toBe(false);
    const second = await startPostgres({ dataDir });
    expect(await ask(second.url, 'SELECT n FROM kept')).toEqual(['7']);
  });

  it('takes over the server that a killed process left, with what it had acknowledged', async () => {
    const dataDir = fresh();
    const first = await startElsewhere(dataDir);
    await ask(first.url, 'CREATE TABLE kept AS SELECT 7 AS n');
    await killHard(first.child);
    const second = await startPostgres({ dataDir });
    expect(second.pid).toBe(first.pid);
    expect(await ask(second.url, 'SELECT n FROM kept')).toEqual(['7']);
    await second.stop();
    expect(processesOf(join(dataDir, 'cluster'))).toEqual([]);
  });

  it('recovers after the process and the server were both killed', async () => {
    const dataDir = fresh();
    const first = await startElsewhere(dataDir);
    await ask(first.url, 'CREATE TABLE kept AS SELECT 7 AS n');
    await killHard(first.child);
    process.kill(first.pid, 'SIGKILL');
    const second = await startPostgres({ dataDir });
    expect(second.pid).not.toBe(first.pid);
    expect(await ask(second.url, 'SELECT n FROM kept')).toEqual(['7']);
  });

  it('sees through a pid file whose number belongs to another program', async () => {
    const dataDir = fresh();
    await (await startPostgres({ dataDir })).stop();
    writeFileSync(
      join(dataDir, 'cluster/postmaster.pid'),
      `${process.pid}\n${dataDir}/cluster\n1\n5432\n/nowhere\n\n\nready   \n`,
    );
    const second = await startPostgres({ dataDir });
    expect(second.pid).not.toBe(process.pid);
    expect(await ask(second.url, 'SELECT 1')).toEqual(['1']);
  });

  it('starts one server when two processes start at once on new data', async () => {
    const dataDir = fresh();
    const [first, second] = await Promise.all([startElsewhere(dataDir), startElsewhere(dataDir)]);
    expect(second.pid).toBe(first.pid);
    await killHard(first.child);
    await killHard(second.child);
  });

  it('leaves nothing half made when it is killed while it makes the data', async () => {
    const dataDir = fresh();
    const starting = startElsewhere(dataDir);
    starting.catch(() => undefined);
    while (!readdirSync(dataDir).some((name) => name.startsWith('cluster.new-'))) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const maker = readdirSync(dataDir)
      .find((name) => name.startsWith('cluster.new-'))
      ?.split('-')[1];
    const runtime = readlinkSync(join(dataDir, `runtime-${maker ?? ''}`));
    expect(existsSync(runtime)).toBe(true);
    process.kill(Number(maker), 'SIGKILL');
    await expect(starting).rejects.toThrow('ended with');
    const second = await startPostgres({ dataDir });
    expect(await ask(second.url, 'SELECT 1')).toEqual(['1']);
    expect(readdirSync(dataDir).sort()).toEqual(['cluster', 'owner', 'password', 'postgres.log']);
    expect(existsSync(runtime)).toBe(false);
  });

  it('refuses data whose password is gone', async () => {
    const dataDir = fresh();
    const first = await startPostgres({ dataDir });
    await first.stop();
    const password = readFileSync(join(dataDir, 'password'));
    rmSync(join(dataDir, 'password'));
    await expect(startPostgres({ dataDir })).rejects.toMatchObject({ code: 'POSTGRES_FOLDER' });
    writeFileSync(join(dataDir, 'password'), password, { mode: 0o600 });
  });
});
