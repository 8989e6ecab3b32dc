import { Refusal } from '#core/refusal';
import { asRefusal } from './child-fault.ts';
import type { ChildLink } from './child-link.ts';
import { pack, unpack } from './packed.ts';
import type { ChildMessage } from './protocol.ts';
import type { OpenSigner, SignedMessages } from './token.ts';

type Waiting = { readonly signatures: Uint8Array[]; readonly answer: (signed: SignedMessages) => void };

type Limits = {
  /** ms without any signature after which the token hangs */
  readonly progressMs: number;
  /** ms without any message to sign after which the PIN is wanted again */
  readonly idleMs: number;
};

/** The agent's end of an open signer: windows under way at the child, and what came of them. */
export class HostedSigner implements OpenSigner {
  readonly otherCertificates: readonly Uint8Array[];
  readonly #link: ChildLink;
  readonly #limits: Limits;
  readonly #release: () => Promise<void>;
  readonly #waiting = new Map<number, Waiting>();
  #windows = 0;
  #fault: Refusal | null = null;
  #timer: NodeJS.Timeout | undefined;
  #settled: (() => void) | null = null;

  /** @param release ends the child, after which the token is free again */
  constructor(
    link: ChildLink,
    otherCertificates: readonly Uint8Array[],
    limits: Limits,
    release: () => Promise<void>,
  ) {
    this.#link = link;
    this.otherCertificates = otherCertificates;
    this.#limits = limits;
    this.#release = release;
    link.listen({
      onMessage: (message) => this.#heard(message),
      onEnd: (detail) => this.#give(new Refusal('MODULE_FAILED', { detail })),
    });
    this.#wind();
  }

  sign(messages: readonly Uint8Array[]): Promise<SignedMessages> {
    const fault = this.#fault;
    if (fault || messages.length === 0) return Promise.resolve({ signatures: [], fault });
    const window = this.#windows++;
    const answered = new Promise<SignedMessages>((answer) => {
      this.#waiting.set(window, { signatures: [], answer });
    });
    this.#link.send({ op: 'window', window, messages: pack(messages) });
    if (this.#waiting.size === 1) this.#wind();
    return answered;
  }

  async close(): Promise<void> {
    this.#fault ??= new Refusal('SIGNING_STOPPED');
    if (this.#waiting.size > 0) {
      const settled = new Promise<void>((resolve) => {
        this.#settled = resolve;
      });
      this.#link.send({ op: 'stop' });
      await settled;
    }
    clearTimeout(this.#timer);
    this.#link.listen(null);
    await this.#release();
  }

  #heard(message: ChildMessage): void {
    if (!('window' in message)) return;
    const waiting = this.#waiting.get(message.window);
    if (!waiting) return;
    waiting.signatures.push(...unpack(message.signatures));
    if (message.done) {
      const fault = message.fault && asRefusal(message.fault);
      if (fault) this.#fault ??= fault;
      this.#waiting.delete(message.window);
      waiting.answer({ signatures: waiting.signatures, fault });
    }
    this.#wind();
  }

  /** Sets the clock anew at every sign of life. */
  #wind(): void {
    clearTimeout(this.#timer);
    const { progressMs, idleMs } = this.#limits;
    if (this.#waiting.size > 0) {
      this.#timer = setTimeout(() => {
        this.#link.kill();
        this.#give(new Refusal('MODULE_FAILED', { detail: `no signature within ${progressMs} ms` }));
      }, progressMs);
      return;
    }
    this.#settled?.();
    this.#timer = setTimeout(() => {
      this.#give(new Refusal('PIN_WANTED_AGAIN'));
      void this.close();
    }, idleMs);
    // an idle token keeps no agent alive
    this.#timer.unref();
  }

  /** Ends what is under way; what was signed stays. */
  #give(fault: Refusal): void {
    this.#fault ??= fault;
    clearTimeout(this.#timer);
    for (const { signatures, answer } of this.#waiting.values()) answer({ signatures, fault });
    this.#waiting.clear();
    this.#settled?.();
  }
}
