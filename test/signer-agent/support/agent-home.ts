import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRefusal, type RefusalCode } from '#core/refusal';
import { signerNamed, type Pki } from '#certs-test/pki';
import { enrolCommand } from '#signer-agent/commands/enrol';
import { signCommand, type SignOptions, type SignReport } from '#signer-agent/commands/sign';
import { enrolmentCode, type FakeApi } from './fake-api.ts';

/** What came of signing: a report, or the code of the refusal; and in both cases what was shown and asked of the token. */
export type Outcome = {
  readonly report: SignReport | null;
  readonly refused: RefusalCode | null;
  readonly tokenOperations: number;
  readonly shown: string;
};

/** An agent's folder, enrolled in this process; the driver has its own process, as always. */
export class AgentHome {
  readonly folder = mkdtempSync(join(tmpdir(), 'kyso-agent-'));
  readonly #pki: Pki;
  readonly #api: FakeApi;

  constructor(pki: Pki, api: FakeApi) {
    this.#pki = pki;
    this.#api = api;
  }

  async enrol(signer = 'district-760'): Promise<void> {
    const { modulePath: module } = this.#pki;
    const { tokenSerial: serial } = signerNamed(this.#pki, signer);
    await enrolCommand({
      home: this.folder,
      code: enrolmentCode,
      api: this.#api.origin,
      module,
      serial,
      lastTry: false,
    });
  }

  /** @param change `pin`: what is given as PIN; other options as the command takes them */
  async sign(change: Partial<SignOptions> & { readonly pin?: string } = {}): Promise<Outcome> {
    const { pin = this.#pki.pin, ...options } = change;
    const pinFile = join(this.folder, 'pin-for-the-test');
    writeFileSync(pinFile, `${pin}\n`, { mode: 0o600 });
    const pinFd = openSync(pinFile, 'r');
    rmSync(pinFile);
    let tokenOperations = 0;
    let shown = '';
    const done = (report: SignReport | null, refused: RefusalCode | null) => ({
      report,
      refused,
      tokenOperations,
      shown,
    });
    try {
      const report = await signCommand({
        home: this.folder,
        ticket: this.#api.newTicket(),
        yes: true,
        pinFd,
        lastTry: false,
        pss: false,
        sample: 5,
        show: (text) => (shown += text + '\n'),
        onTokenOperations: (count) => (tokenOperations = count),
        ...options,
      });
      return done(report, null);
    } catch (error) {
      if (isRefusal(error)) return done(null, error.code);
      throw error;
    } finally {
      closeSync(pinFd);
    }
  }

  journal(): Record<string, unknown>[] {
    const lines = readFileSync(join(this.folder, 'journal.ndjson'), 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  journalTypes(): unknown[] {
    return this.journal().map(({ type }) => type);
  }

  /** All files of the folder, as one text. */
  files(): string {
    return readdirSync(this.folder)
      .map((name) => readFileSync(join(this.folder, name), 'utf8'))
      .join('\n');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
