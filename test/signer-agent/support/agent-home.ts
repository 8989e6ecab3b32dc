import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRefusal, type RefusalCode } from '#core/refusal';
import { signerNamed, type Pki } from '#certs-test/pki';
import { enrolCommand } from '#signer-agent/commands/enrol';
import { signCommand, type SignOptions, type SignReport } from '#signer-agent/commands/sign';
import { runSigning, type EndCounts, type SigningOrder } from '#signer-agent/signing/run-signing';
import { enrolmentCode, type FakeApi } from './fake-api.ts';
import { TestDoor } from './test-door.ts';

/** What came of signing: a report, or the code of the refusal; and in both cases what was shown and asked of the token. */
export type Outcome = {
  readonly report: SignReport | null;
  readonly refused: RefusalCode | null;
  readonly tokenOperations: number;
  readonly shown: string;
};

/** The same at a door of the test's own. */
export type DoorOutcome = {
  readonly report: SignReport | null;
  readonly refused: RefusalCode | null;
  readonly counts: EndCounts | null;
  readonly door: TestDoor;
};

/** An agent's folder, enrolled in this process; the driver has its own process, as always. */
export class AgentHome {
  readonly folder = mkdtempSync(join(tmpdir(), 'kyso-agent-'));
  readonly #pki: Pki;
  readonly #api: FakeApi;

  constructor(pki: Pki, api: FakeApi) {
    this.#pki = pki;
    this.#api = api;
    api.pki = pki;
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

  /** @param change of the order; a door of the test's own, say */
  async signAtDoor(change: Partial<SigningOrder> & { readonly door?: TestDoor } = {}): Promise<DoorOutcome> {
    const door = change.door ?? new TestDoor(this.#pki.pin);
    let counts: EndCounts | null = null;
    const order = {
      home: { folder: this.folder },
      ticket: this.#api.newTicket(),
      pss: false,
      sampleSize: 2,
      onEnd: (ended: EndCounts) => (counts = ended),
      ...change,
      door,
    };
    try {
      return { report: await runSigning(order), refused: null, counts, door };
    } catch (error) {
      if (isRefusal(error)) return { report: null, refused: error.code, counts, door };
      throw error;
    }
  }

  /** The file in which a batch of `each` mode is journalled. */
  itemsFile(): string {
    const name = readdirSync(this.folder).find((file) => file.startsWith('items-'));
    if (name === undefined) throw new Error('no item journal');
    return join(this.folder, name);
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
