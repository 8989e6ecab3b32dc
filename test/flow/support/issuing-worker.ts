import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pki } from '#certs-test/pki';
import { projectFolder } from '#signing-api/project-folder';

/** `kyso agent issue` as a process of its own, with the children that own the HSM's driver below it; killed and started again. */
export class IssuingWorker {
  readonly home: string;
  readonly #pki: Pki;
  readonly #api: string;
  readonly #keyFile: string;
  readonly #sessions: number;
  #process: ChildProcess | null = null;
  #ended: Promise<void> = Promise.resolve();

  constructor(pki: Pki, api: string, key: string, sessions: number) {
    this.home = mkdtempSync(join(tmpdir(), 'kyso-issuing-'));
    this.#pki = pki;
    this.#api = api;
    this.#sessions = sessions;
    this.#keyFile = join(this.home, 'api-key-for-the-test');
    writeFileSync(this.#keyFile, key, { mode: 0o600 });
  }

  get isRunning(): boolean {
    return this.#process !== null && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  start(): void {
    if (this.isRunning) return;
    const { files, modulePath, ministryEnvironment } = this.#pki;
    const child = spawn(
      process.execPath,
      [
        ...[join(projectFolder(), 'dist/scripts/kyso.js'), 'agent', 'issue', '--api', this.#api],
        ...['--home', join(this.home, 'agent'), '--api-key-file', this.#keyFile, '--pin-file', files.pin],
        ...['--trust', files.trust, '--trust-keys', files.trustKeys, '--policy', 'district'],
        ...['--document-signers', files.documentSigners, '--module', modulePath],
        ...['--sessions', String(this.#sessions)],
      ],
      { env: { ...process.env, ...ministryEnvironment }, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    child.stderr.pipe(createWriteStream(join(this.home, 'stderr.log'), { flags: 'a' }));
    this.#process = child;
    this.#ended = new Promise((resolve) => child.on('close', () => resolve()));
  }

  /** SIGKILL to the worker; the children end when they see that it is gone. */
  async kill(): Promise<boolean> {
    if (!this.isRunning) return false;
    this.#process?.kill('SIGKILL');
    await this.#ended;
    return true;
  }

  /** SIGKILL to one of the children that own the driver. */
  killDriver(): boolean {
    const [child] = this.#children();
    if (child === undefined) return false;
    try {
      process.kill(child, 'SIGKILL');
      return true;
    } catch {
      return false;
    }
  }

  #children(): number[] {
    const pid = this.#process?.pid;
    if (pid === undefined || !this.isRunning) return [];
    try {
      return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
        .trim()
        .split(' ')
        .filter(Boolean)
        .map(Number);
    } catch {
      return [];
    }
  }

  /** As its service manager ends it. */
  async stop(): Promise<void> {
    if (this.isRunning) this.#process?.kill('SIGTERM');
    await this.#ended;
  }

  get said(): string {
    return readFileSync(join(this.home, 'stderr.log'), 'utf8').slice(-2000);
  }

  /** Bytes of all files of its folder. */
  files(): readonly string[] {
    return readdirSync(join(this.home, 'agent'));
  }

  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}
