import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signerNamed, type Pki } from '#certs-test/pki';
import { isRefusal, type RefusalCode } from '#core/refusal';
import { enrolCommand } from '#signer-agent/commands/enrol';
import { signCommand, type SignOptions, type SignReport } from '#signer-agent/commands/sign';

/** What came of signing, and what the token was asked. */
export type Outcome = {
  readonly report: SignReport | null;
  readonly refused: RefusalCode | null;
  readonly tokenOperations: number;
  readonly shown: string;
};

/** A unit's console, as far as signing needs it. */
export type Console = (path: string, body: object) => Promise<Record<string, unknown>>;

/** One machine with the real agent on it: its own folder, a soft token, an enrolment. */
export class Signer {
  readonly folder = mkdtempSync(join(tmpdir(), 'kyso-signer-'));
  readonly name: string;
  readonly #pki: Pki;
  readonly #console: Console;
  #deviceId = '';

  constructor(pki: Pki, name: string, console: Console) {
    this.name = name;
    this.#pki = pki;
    this.#console = console;
    process.env['SOFTHSM2_CONF'] = pki.environment.SOFTHSM2_CONF;
  }

  get deviceId(): string {
    return this.#deviceId;
  }

  /** @param api the origin that the agent will know the API by */
  async enrol(api: string): Promise<this> {
    const { code } = await this.#console('/v1/enrolments', {});
    const { deviceId } = await enrolCommand({
      home: this.folder,
      code: String(code),
      api,
      module: this.#pki.modulePath,
      serial: signerNamed(this.#pki, this.name).tokenSerial,
      lastTry: false,
    });
    this.#deviceId = deviceId;
    return this;
  }

  async ticket(batchId: string): Promise<string> {
    const { ticket } = await this.#console(`/v1/batches/${batchId}/tickets`, { deviceId: this.#deviceId });
    return String(ticket);
  }

  /** Makes a ticket and signs, as a signer does. */
  async sign(
    batchId: string,
    change: Partial<SignOptions> & { readonly pin?: string } = {},
  ): Promise<Outcome> {
    return this.redeem(await this.ticket(batchId), change);
  }

  async redeem(
    ticket: string,
    change: Partial<SignOptions> & { readonly pin?: string } = {},
  ): Promise<Outcome> {
    const { pin = this.#pki.pin, ...options } = change;
    const pinFd = this.#pinFile(pin);
    let tokenOperations = 0;
    let shown = '';
    const outcome = (report: SignReport | null, refused: RefusalCode | null): Outcome => ({
      report,
      refused,
      tokenOperations,
      shown,
    });
    try {
      const report = await signCommand({
        home: this.folder,
        ticket,
        yes: true,
        pinFd,
        lastTry: false,
        pss: false,
        sample: 5,
        show: (text) => (shown += text + '\n'),
        onTokenOperations: (count) => (tokenOperations = count),
        ...options,
      });
      return outcome(report, null);
    } catch (error) {
      if (isRefusal(error)) return outcome(null, error.code);
      throw error;
    } finally {
      closeSync(pinFd);
    }
  }

  /** The kinds of the journal's lines, in order. */
  journal(): string[] {
    const file = join(this.folder, 'journal.ndjson');
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => String((JSON.parse(line) as { type: unknown }).type));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #pinFile(pin: string): number {
    const file = join(this.folder, 'pin-for-the-test');
    writeFileSync(file, `${pin}\n`, { mode: 0o600 });
    const pinFd = openSync(file, 'r');
    rmSync(file);
    return pinFd;
  }
}
