import { base64url } from '#core/bytes';
import { Refusal } from '#core/refusal';
import { shortDigest } from '#core/sign/short-digest';
import type { Door, Progress, Records } from '../signing/door.ts';
import type { EndCounts, SignReport } from '../signing/run-signing.ts';
import type { Summary } from '../signing/summary.ts';
import { Pin, type TokenState, type Unlock } from '../token/token.ts';
import { Fates } from './fates.ts';
import { refusalOf } from './problem.ts';
import { waiter, type Waiter } from './waiter.ts';

/** Where the one signing of this door stands. */
export type Step =
  | { readonly at: 'idle' }
  | { readonly at: 'working'; readonly progress: Progress | null; readonly paused: Refusal | null }
  | {
      readonly at: 'review';
      readonly summary: Summary;
      readonly records: Records;
      readonly answer: Waiter<undefined>;
    }
  | {
      readonly at: 'pin';
      readonly summary: Summary;
      readonly token: TokenState;
      readonly answer: Waiter<Unlock>;
    }
  | { readonly at: 'done'; readonly counts: EndCounts }
  | { readonly at: 'refused'; readonly counts: EndCounts; readonly refusal: Refusal };

export type RunSigning = (order: {
  readonly ticket: string;
  readonly door: Door;
  readonly onEnd: (counts: EndCounts) => void;
}) => Promise<SignReport>;

/** What the page showed when the signer said yes. */
export type Shown = {
  readonly shortDigest: string;
  /** base64url */
  readonly statementSha256: string;
};

const MAX_PIN_BYTES = 255;

/**
 * The signer at the page: what the ceremony asks waits here for the page's answer. It lives in the agent, so closing the page stops
 * nothing, and the next page finds it where it stands.
 */
export class Signing {
  readonly #run: RunSigning;
  readonly #onChange: () => void;
  #step: Step = { at: 'idle' };
  #summary: Summary | null = null;
  #fates = new Fates();
  #stop = new AbortController();
  #ended: Promise<void> = Promise.resolve();

  constructor(run: RunSigning, onChange: () => void) {
    this.#run = run;
    this.#onChange = onChange;
  }

  get step(): Step {
    return this.#step;
  }

  /** what was shown for approval in this signing, where it came so far */
  get summary(): Summary | null {
    return this.#summary;
  }

  /** what became of the records of this signing */
  get fates(): Fates {
    return this.#fates;
  }

  get isRunning(): boolean {
    return ['working', 'review', 'pin'].includes(this.#step.at);
  }

  /** @throws Refusal AGENT_BUSY: one signing at a time */
  start(ticket: string): void {
    if (this.isRunning) throw new Refusal('AGENT_BUSY', { detail: 'a signing is under way' });
    this.#summary = null;
    this.#fates = new Fates();
    this.#stop = new AbortController();
    this.#work(null);
    let counts: EndCounts = { signed: 0, skipped: 0, failed: 0, tokenOperations: 0 };
    const onEnd = (told: EndCounts) => {
      counts = told;
      if (this.#summary?.statement.mode === 'list') this.#fates.setAll(told);
    };
    this.#ended = this.#run({ ticket, door: this.#door(this.#stop.signal), onEnd }).then(
      () => this.#go({ at: 'done', counts }),
      (error: unknown) => this.#go({ at: 'refused', counts, refusal: refusalOf(error) }),
    );
  }

  /** @throws Refusal APPROVAL_OF_OTHER_DIGEST unless this is what is shown now */
  approve(shown: Shown): void {
    if (this.#step.at !== 'review')
      throw new Refusal('APPROVAL_OF_OTHER_DIGEST', { detail: 'nothing is shown' });
    const { answer, summary } = this.#step;
    demandShown(summary, shown);
    this.#work(null);
    answer.resolve(undefined);
  }

  /**
   * @param bytes the PIN; wiped here where it is not taken, by the taker otherwise
   * @param approvedSha256 of the statement that the signer approved, base64url
   * @param lastTry the signer has confirmed that a wrong PIN now locks the token
   * @throws Refusal APPROVAL_OF_OTHER_DIGEST, PIN_UNREADABLE, PIN_LAST_TRY: no try is used up, the PIN may be given again
   */
  bringPin(bytes: Uint8Array, approvedSha256: string, lastTry: boolean): void {
    const pin = new Pin(bytes);
    try {
      if (this.#step.at !== 'pin')
        throw new Refusal('APPROVAL_OF_OTHER_DIGEST', { detail: 'no PIN is asked for' });
      const { answer, summary, token } = this.#step;
      if (approvedSha256 !== base64url(summary.statementDigest))
        throw new Refusal('APPROVAL_OF_OTHER_DIGEST');
      if (bytes.length === 0 || bytes.length > MAX_PIN_BYTES || bytes.includes(0))
        throw new Refusal('PIN_UNREADABLE', { detail: 'empty or too long' });
      if (token.pin === 'final-try' && !lastTry) throw new Refusal('PIN_LAST_TRY');
      this.#work(null);
      answer.resolve({ pin, lastTry });
    } catch (refusal) {
      pin.wipe();
      throw refusal;
    }
  }

  /** The signer says no to what is shown, or stops: after the signature in hand. */
  stop(): void {
    this.#stop.abort(new Refusal('SIGNING_STOPPED'));
    if (this.#step.at === 'review') this.#step.answer.reject(new Refusal('APPROVAL_DECLINED'));
    if (this.#step.at === 'pin') this.#step.answer.reject(new Refusal('SIGNING_STOPPED'));
  }

  /** Puts what is over aside. */
  leave(): void {
    if (!this.isRunning) this.#go({ at: 'idle' });
  }

  /** Returns when no signing runs. */
  async ended(): Promise<void> {
    await this.#ended;
  }

  #door(stop: AbortSignal): Door {
    return {
      stop,
      progress: (progress) => this.#work(progress),
      settled: (index, fate) => this.#fates.set(index, fate),
      paused: (why) => {
        const progress = this.#step.at === 'working' ? this.#step.progress : null;
        this.#go({ at: 'working', progress, paused: why });
      },
      approve: (summary, records) => {
        this.#summary = summary;
        const answer = waiter<undefined>();
        this.#go({ at: 'review', summary, records, answer });
        return answer.promise;
      },
      unlock: (token) => {
        const summary = this.#summary;
        if (!summary)
          return Promise.reject(new Refusal('APPROVAL_DECLINED', { detail: 'nothing was shown' }));
        const answer = waiter<Unlock>();
        this.#go({ at: 'pin', summary, token, answer });
        return answer.promise;
      },
    };
  }

  #work(progress: Progress | null): void {
    this.#go({ at: 'working', progress, paused: null });
  }

  #go(step: Step): void {
    this.#step = step;
    this.#onChange();
  }
}

function demandShown({ statementDigest }: Summary, shown: Shown): void {
  if (
    shown.statementSha256 !== base64url(statementDigest) ||
    shown.shortDigest !== shortDigest(statementDigest)
  )
    throw new Refusal('APPROVAL_OF_OTHER_DIGEST');
}
