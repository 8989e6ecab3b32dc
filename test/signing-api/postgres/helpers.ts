import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';

/** A folder that the server's account can walk into, unlike some TMPDIRs. */
export function freshFolder(): string {
  return mkdtempSync('/tmp/kyso-test-');
}

export async function ask(url: string, sql: string): Promise<string[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<string[]>({ text: sql, rowMode: 'array' });
    return rows.map((row) => String(row[0]));
  } finally {
    await client.end();
  }
}

export async function setting(url: string, name: string): Promise<string | undefined> {
  return (await ask(url, `SHOW ${name}`))[0];
}

export interface Starter {
  readonly child: ChildProcess;
  readonly url: string;
  readonly pid: number;
}

/** Another Node process that starts the server of `dataDir` from the compiled project in `project`, and waits. */
export function startElsewhere(dataDir: string, project = process.cwd()): Promise<Starter> {
  const program = `
    import { startPostgres } from '#signing-api/postgres/start';
    const { url, pid } = await startPostgres({ dataDir: ${JSON.stringify(dataDir)} });
    console.log(JSON.stringify({ url, pid }));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  return new Promise((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.stdout.setEncoding('utf8').on('data', (line: string) => {
      resolve({ child, ...(JSON.parse(line) as { url: string; pid: number }) });
    });
    child.on('exit', (code) => reject(new Error(`ended with ${code ?? 'a signal'}: ${said}`)));
  });
}

export function killHard(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.on('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

export function userOf(pid: number): number {
  return Number(/^Uid:\s+(\d+)/m.exec(readFileSync(join('/proc', String(pid), 'status'), 'utf8'))?.[1]);
}
