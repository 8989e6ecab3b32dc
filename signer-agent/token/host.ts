import { fileURLToPath } from 'node:url';
import { Refusal } from '#core/refusal';
import type { KeyStorage } from '#core/sign/fields';
import { asRefusal } from './child-fault.ts';
import { ChildLink } from './child-link.ts';
import { HostedSigner } from './hosted-signer.ts';
import { allowModule } from './modules.ts';
import type { Answers, Question } from './protocol.ts';
import type {
  OpenSigner,
  SignAnswer,
  SignerRequest,
  SignRequest,
  Token,
  TokenAddress,
  TokenState,
  Unlock,
} from './token.ts';

const PKCS11_CHILD = fileURLToPath(new URL('./pkcs11-child.js', import.meta.url));

/** Milliseconds. */
export type Deadlines = {
  readonly listMs: number;
  /** what needs the PIN: login, and one signature */
  readonly pinMs: number;
  /** an open signer that makes no signature for so long hangs */
  readonly progressMs: number;
  /** an open signer that is not used for so long is closed */
  readonly idleMs: number;
};
const DEADLINES: Deadlines = { listMs: 20_000, pinMs: 60_000, progressMs: 30_000, idleMs: 300_000 };

export type Pkcs11Token = HostedToken;

/** @throws Refusal MODULE_NOT_ALLOWED */
export function openPkcs11Token(modulePath: string, deadlines: Partial<Deadlines> = {}): HostedToken {
  return new HostedToken('token', PKCS11_CHILD, allowModule(modulePath), deadlines);
}

/**
 * A token behind a child process of its own: one operation at a time, each with a deadline. A child that crashes or hangs is
 * MODULE_FAILED and gone; the next operation starts another. A child that was given a PIN, or failed, ends after that operation.
 */
export class HostedToken implements Token {
  readonly storage: KeyStorage;
  readonly #entry: string;
  readonly #file: string;
  readonly #deadlines: Deadlines;
  #link: ChildLink | null = null;
  #tail: Promise<unknown> = Promise.resolve();
  #signer: Promise<OpenSigner> | null = null;
  #tokenOperations = 0;

  /** @param file the module, or the PKCS#12 file, already judged */
  constructor(storage: KeyStorage, entry: string, file: string, deadlines: Partial<Deadlines>) {
    this.storage = storage;
    this.#entry = entry;
    this.#file = file;
    this.#deadlines = { ...DEADLINES, ...deadlines };
  }

  get tokenOperations(): number {
    return this.#tokenOperations;
  }

  /** The child that owns the token now, if one runs. */
  get pid(): number | undefined {
    return this.#link?.pid;
  }

  list({ fresh = false } = {}): Promise<readonly TokenState[]> {
    return this.#next('list', this.#deadlines.listMs, () => ({ op: 'list', file: this.#file, fresh }));
  }

  certificates(token: TokenAddress, unlock: Unlock): Promise<readonly Uint8Array[]> {
    return this.#next('certificates', this.#deadlines.pinMs, () => {
      return { op: 'certificates', file: this.#file, token, unlock: taken(unlock) };
    });
  }

  sign(request: SignRequest, unlock: Unlock): Promise<SignAnswer> {
    return this.#next('sign', this.#deadlines.pinMs, () => {
      return { op: 'sign', file: this.#file, request, unlock: taken(unlock) };
    });
  }

  openSigner(request: SignerRequest, unlock: Unlock): Promise<OpenSigner> {
    let free: () => void = () => undefined;
    const freed = new Promise<void>((resolve) => {
      free = resolve;
    });
    const release = async () => {
      free();
      await this.#tail;
    };
    const opened = this.#tail.then(async () => {
      const question: Question = { op: 'open', file: this.#file, request, unlock: taken(unlock) };
      const link = this.#running();
      const { otherCertificates } = (await ask(link, question, this.#deadlines.pinMs)) as Answers['open'];
      return new HostedSigner(link, otherCertificates, this.#deadlines, release);
    });
    this.#signer = opened;
    this.#tail = opened.then(
      () => freed.then(() => this.#retire()),
      () => this.#retire(),
    );
    return opened;
  }

  async close(): Promise<void> {
    await this.#signer?.then(
      (signer) => signer.close(),
      () => undefined,
    );
    await this.#tail;
    await this.#retire();
  }

  #next<Op extends keyof Answers>(
    op: Op,
    deadlineMs: number,
    question: () => Question,
  ): Promise<Answers[Op]> {
    const done = this.#tail.then(() => ask(this.#running(), question(), deadlineMs));
    // the next operation waits until a child that has seen a PIN, or is in doubt, is gone
    this.#tail = done.then(
      () => (op === 'list' ? undefined : this.#retire()),
      () => this.#retire(),
    );
    return done as Promise<Answers[Op]>;
  }

  #running(): ChildLink {
    if (!this.#link?.usable)
      this.#link = new ChildLink(this.#entry, (more) => {
        this.#tokenOperations += more;
      });
    return this.#link;
  }

  async #retire(): Promise<void> {
    const link = this.#link;
    this.#link = null;
    await link?.retire();
  }
}

function taken({ pin, lastTry }: Unlock): { pin: Uint8Array; lastTry: boolean } {
  return { pin: pin.take(), lastTry };
}

function ask(link: ChildLink, question: Question, deadlineMs: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (action: () => void) => {
      clearTimeout(timer);
      link.listen(null);
      action();
    };
    const fail = (detail: string) => settle(() => reject(new Refusal('MODULE_FAILED', { detail })));
    const timer = setTimeout(() => {
      link.kill();
      fail(`no answer within ${deadlineMs} ms`);
    }, deadlineMs);
    link.listen({
      onEnd: fail,
      onMessage: (message) => {
        if (!('ok' in message)) return;
        if (message.ok) settle(() => resolve(message.value));
        else settle(() => reject(asRefusal(message.fault)));
      },
    });
    link.send(question);
    if (question.op !== 'list') question.unlock.pin.fill(0);
  });
}
