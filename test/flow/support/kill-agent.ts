import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { openFault, type Fault } from '#certs-test/fault-module';
import { copyPki } from '#certs-test/find-pki';
import { signerNamed, type Pki } from '#certs-test/pki';
import { kyso } from '#scripts/demo/processes';
import { allowModule } from '#signer-agent/token/modules';
import { projectFolder } from '#signing-api/project-folder';

export type AgentEnd = {
  /** null where it was killed, or ended without a word */
  readonly report: Readonly<Record<string, unknown>> | null;
  readonly refused: string | null;
  readonly said: string;
  readonly driversKilled: number;
};

/** A unit's console, as far as signing needs it. */
export type Console = (path: string, body: object) => Promise<Record<string, unknown>>;

/** The agent as a process of its own with its driver's child, on a machine of its own: both can be killed at any moment. */
export class AgentMachine {
  readonly signerName: string;
  readonly #folder: string;
  readonly #pki: Pki;
  readonly #fault: Fault;
  readonly #isCounted: boolean;
  readonly #console: Console;
  #deviceId = '';
  #process: ChildProcess | null = null;
  /** in the run that is under way, or was last */
  driversKilled = 0;

  private constructor(signerName: string, folder: string, pki: Pki, console: Console) {
    this.signerName = signerName;
    this.#folder = folder;
    this.#pki = pki;
    this.#console = console;
    this.#fault = openFault(pki, join(folder, 'fault'));
    this.#isCounted = isAllowed(this.#fault.modulePath);
  }

  /** @param api the origin that the agent will know the API by */
  static async enrol(pki: Pki, signerName: string, api: string, console: Console): Promise<AgentMachine> {
    const folder = mkdtempSync(join(tmpdir(), 'kyso-kill-agent-'));
    const own = await copyPki(pki, join(folder, 'pki'));
    const { tokenSerial } = signerNamed(own, signerName);
    keepToken(own.files.tokens, tokenSerial);
    cpSync(own.files.tokens, join(folder, 'tokens'), { recursive: true });
    const machine = new AgentMachine(signerName, folder, own, console);
    const { code } = await console('/v1/enrolments', {});
    const token = ['--module', machine.#module, '--serial', tokenSerial];
    const { out, err } = await kyso(
      ['agent', 'enrol', String(code), '--api', api, ...token, '--home', machine.home, '--json'],
      { env: machine.#environment },
    );
    const { deviceId } = lastLine(out);
    if (typeof deviceId !== 'string') throw new Error(`enrolment of ${signerName}: ${err}`);
    machine.#deviceId = deviceId;
    return machine;
  }

  get home(): string {
    return join(this.#folder, 'home');
  }

  /**
   * How often the token was asked to sign, counted before the driver by what no kill reaches. Null where the agent does not load the module
   * that counts, because this checkout is not the administrator's.
   */
  get tokenOperations(): number | null {
    return this.#isCounted ? this.#fault.count('C_Sign') : null;
  }

  get #module(): string {
    return this.#isCounted ? this.#fault.modulePath : this.#pki.modulePath;
  }

  get #environment(): Readonly<Record<string, string>> {
    return this.#isCounted ? this.#fault.environment : this.#pki.environment;
  }

  get isRunning(): boolean {
    return this.#process !== null;
  }

  async ticket(batchId: string): Promise<string> {
    const { ticket } = await this.#console(`/v1/batches/${batchId}/tickets`, { deviceId: this.#deviceId });
    return String(ticket);
  }

  /** Runs the agent with a ticket. @returns when it has ended, whatever ended it */
  async sign(ticket: string): Promise<AgentEnd> {
    this.#restoreToken();
    this.driversKilled = 0;
    const args = ['agent', 'sign', '--home', this.home, '--yes', '--pin-fd', '3', '--json'];
    const child = spawn(process.execPath, [join(projectFolder(), 'dist/scripts/kyso.js'), ...args], {
      env: { ...process.env, ...this.#environment },
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    });
    this.#process = child;
    const output = { out: '', err: '' };
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.out += text));
    const pin = child.stdio[3] as Writable;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      output.err += text;
      // the token is back, and its PIN is asked again
      if (text.includes('Tạm dừng')) feed(pin, this.#pki.pin);
    });
    feed(child.stdin, ticket);
    child.stdin?.end();
    feed(pin, this.#pki.pin);
    try {
      await once(child, 'exit');
    } finally {
      this.#process = null;
      pin.end();
    }
    await this.#untilDriverIsGone();
    const report = lastLine(output.out);
    const refused = typeof report['refused'] === 'string' ? report['refused'] : null;
    const { driversKilled } = this;
    return { report: 'batchId' in report ? report : null, refused, said: output.err, driversKilled };
  }

  /** SIGKILL. @returns whether there was an agent to kill */
  killAgent(): boolean {
    return this.#process?.kill('SIGKILL') ?? false;
  }

  /** SIGKILL to the process that owns the driver. @returns whether there was one */
  killDriver(): boolean {
    const isKilled = this.#drivers().map(killed).includes(true);
    if (isKilled) this.driversKilled++;
    return isKilled;
  }

  get hasDriver(): boolean {
    return this.#drivers().length > 0;
  }

  /** grows when something is about to be signed, and when it is */
  get journalBytes(): number {
    return this.#journals(/ndjson$/).reduce((sum, file) => sum + statSync(file).size, 0);
  }

  /** The journal of lists. */
  journal(): JournalLine[] {
    return this.#journals(/^journal\.ndjson$/).flatMap(wholeLines);
  }

  /** The journal of a batch's items. */
  itemJournal(batchId: string): JournalLine[] {
    return this.#journals(new RegExp(`^items-${batchId}-.*ndjson$`)).flatMap(wholeLines);
  }

  #journals(named: RegExp): string[] {
    const names = readdirSync(this.home).filter((name) => named.test(name));
    return names.map((name) => join(this.home, name));
  }

  remove(): void {
    this.killAgent();
    this.killDriver();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Found by the token folder that it was given: it is still the machine's own when the agent above it is gone. */
  #drivers(): number[] {
    const own = `SOFTHSM2_CONF=${this.#pki.environment.SOFTHSM2_CONF}`;
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => Number.isInteger(pid) && readText(`/proc/${pid}/cmdline`).includes('pkcs11-child'))
      .filter((pid) => readText(`/proc/${pid}/environ`).split('\0').includes(own));
  }

  /** A token outlives its driver; SoftHSM's does not always: it rewrites its file at each login, and is killed with it. */
  #restoreToken(): void {
    rmSync(this.#pki.files.tokens, { recursive: true, force: true });
    cpSync(join(this.#folder, 'tokens'), this.#pki.files.tokens, { recursive: true });
  }

  /** A driver that an agent left behind sees that, and ends; it may be at a signature until then. */
  async #untilDriverIsGone(): Promise<void> {
    for (const end = Date.now() + 10_000; this.hasDriver; await wait(20))
      if (Date.now() > end) throw new Error('a driver outlives its agent');
  }
}

export type JournalLine = Readonly<Record<string, unknown>> & { readonly type: string };

function isAllowed(module: string): boolean {
  try {
    allowModule(module);
    return true;
  } catch {
    return false;
  }
}

/** A torn last line is not one yet. */
function wholeLines(file: string): JournalLine[] {
  const lines = readText(file).split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as JournalLine);
}

/** SoftHSM ends a token's folder name with its serial number. */
function keepToken(folder: string, serial: string): void {
  for (const name of readdirSync(folder))
    if (!name.replaceAll('-', '').endsWith(serial)) rmSync(join(folder, name), { recursive: true });
}

function killed(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}

function lastLine(out: string): Record<string, unknown> {
  const line = out.trim().split('\n').at(-1) ?? '';
  return line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : {};
}

function feed(stream: Writable | null, text: string): void {
  // who is killed does not read
  stream?.on('error', () => undefined);
  stream?.write(text + '\n');
}

/** A process may end between listing and reading. */
function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
