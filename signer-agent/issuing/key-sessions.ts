import { isRefusal, Refusal } from '#core/refusal';
import type { OpenSigner } from '../token/token.ts';
import { provenSignature } from './cose-signature.ts';
import { isPassing, type KeyPlace, type LoginGate } from './login-gate.ts';
import { BackOff } from './pause.ts';

/** messages a session takes at a time: small enough that sessions share a lease, large enough that they do not wait for each other */
const CHUNK = 32;
/** at the start, of what passes by itself: an HSM that is just coming up */
const FIRST_TRIES = 3;

type Task = {
  readonly message: Uint8Array;
  /** of its judgement */
  readonly judgedAt: Date;
  readonly settle: (outcome: Uint8Array | Refusal) => void;
};

export type SessionPlan = {
  readonly place: KeyPlace;
  readonly gate: LoginGate;
  readonly sessions: number;
  readonly backOffMs: { readonly first: number; readonly most: number };
  readonly now: () => Date;
  /** milliseconds: a judgement that is older is none, its message does not go to the token */
  readonly judgementAge: number;
  /** told of what no waiting mends */
  readonly onRefusal: (refusal: Refusal) => void;
};

/**
 * Sessions in parallel with one key, each in a process of its own. What a lost session leaves unsigned the others take; it opens again by
 * itself. Messages wait while the HSM is away; those whose judgement grew old meanwhile are given back.
 */
export class KeySessions {
  readonly #plan: SessionPlan;
  readonly #ending = new AbortController();
  readonly #queue: Task[] = [];
  readonly #idle: (() => void)[] = [];
  #running: Promise<unknown> = Promise.resolve();
  #ended: Refusal | null = null;
  #open = 0;
  #operations: () => number = () => 0;
  lastFault: string | null = null;

  constructor(plan: SessionPlan) {
    this.#plan = plan;
  }

  /** Opens the first session, so that it is known whether the key can sign; the others follow. @throws Refusal as LoginGate.open */
  async start(): Promise<void> {
    const { place, sessions } = this.#plan;
    const tokens = Array.from({ length: sessions }, () => place.open());
    this.#operations = () => tokens.reduce((sum, token) => sum + token.tokenOperations, 0);
    const [first] = tokens;
    if (!first) return;
    try {
      const signer = await this.#firstOpened(first);
      this.#running = Promise.all(tokens.map((token, i) => this.#run(token, i === 0 ? signer : null)));
    } catch (error) {
      await first.close();
      throw error;
    }
  }

  async #firstOpened(token: ReturnType<KeyPlace['open']>): Promise<OpenSigner> {
    const { place, gate, backOffMs } = this.#plan;
    const backOff = new BackOff(backOffMs.first, backOffMs.most);
    for (let tries = FIRST_TRIES; ; tries--)
      try {
        return await gate.open(token, place);
      } catch (error) {
        if (tries === 1 || !isRefusal(error) || !isPassing(error)) throw error;
        await backOff.wait(this.#ending.signal);
      }
  }

  get open(): number {
    return this.#open;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  get operations(): number {
    return this.#operations();
  }

  /** @returns for each message its signature as COSE carries it, or why there is none */
  sign(messages: readonly Uint8Array[], judgedAt: Date): Promise<(Uint8Array | Refusal)[]> {
    const outcomes = messages.map(
      (message) =>
        new Promise<Uint8Array | Refusal>((settle) => {
          if (this.#ended) settle(this.#ended);
          else this.#queue.push({ message, judgedAt, settle });
        }),
    );
    for (const wake of this.#idle.splice(0)) wake();
    return Promise.all(outcomes);
  }

  /** Takes nothing more: what is at the token is finished, what waits is not signed (SIGNING_STOPPED). */
  stop(): void {
    this.#end(new Refusal('SIGNING_STOPPED'));
  }

  /** Stops, and returns when all has ended. */
  async close(): Promise<void> {
    this.stop();
    await this.#running;
  }

  async #run(token: ReturnType<KeyPlace['open']>, first: OpenSigner | null): Promise<void> {
    let signer = first;
    try {
      while (!this.#ended) {
        signer ??= await this.#reopened(token);
        if (!signer) break;
        this.#open++;
        const fault = await this.#signUntilFault(signer);
        this.#open--;
        await signer.close();
        signer = null;
        if (fault && !isPassing(fault)) throw fault;
        if (fault) this.lastFault = fault.code;
      }
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.lastFault = error.code;
      this.#end(error);
      this.#plan.onRefusal(error);
    } finally {
      await signer?.close();
      await token.close();
    }
  }

  /** @returns null where the worker ends meanwhile */
  async #reopened(token: ReturnType<KeyPlace['open']>): Promise<OpenSigner | null> {
    const { place, gate, backOffMs } = this.#plan;
    const backOff = new BackOff(backOffMs.first, backOffMs.most);
    while (!this.#ended)
      try {
        return await gate.open(token, place);
      } catch (error) {
        if (!isRefusal(error) || !isPassing(error)) throw error;
        this.lastFault = error.code;
        await backOff.wait(this.#ending.signal);
      }
    return null;
  }

  /** @returns null where the worker ends */
  async #signUntilFault(signer: OpenSigner): Promise<Refusal | null> {
    for (;;) {
      const taken = await this.#next();
      if (taken.length === 0) return null;
      const tasks = this.#fresh(taken);
      if (tasks.length === 0) continue;
      const { signatures, fault } = await signer.sign(tasks.map(({ message }) => message));
      const mismatch = await this.#settle(tasks, signatures);
      this.#giveBack(tasks.slice(signatures.length), mismatch ?? this.#ended);
      if (mismatch ?? fault) return mismatch ?? fault;
    }
  }

  async #settle(tasks: readonly Task[], signatures: readonly Uint8Array[]): Promise<Refusal | null> {
    let mismatch: Refusal | null = null;
    for (const [i, signature] of signatures.entries()) {
      const task = tasks[i];
      if (!task) continue;
      try {
        task.settle(await provenSignature(this.#plan.place.key, task.message, signature));
      } catch (error) {
        if (!isRefusal(error)) throw error;
        mismatch = error;
        task.settle(error);
      }
    }
    return mismatch;
  }

  #giveBack(tasks: readonly Task[], ended: Refusal | null): void {
    if (ended) for (const task of tasks) task.settle(ended);
    else this.#queue.unshift(...tasks);
    for (const wake of this.#idle.splice(0)) wake();
  }

  async #next(): Promise<Task[]> {
    while (!this.#ended && this.#queue.length === 0)
      await new Promise<void>((wake) => {
        this.#idle.push(wake);
      });
    return this.#ended ? [] : this.#queue.splice(0, CHUNK);
  }

  /** @returns those that may be signed still */
  #fresh(tasks: readonly Task[]): Task[] {
    const { now, judgementAge } = this.#plan;
    const oldest = now().getTime() - judgementAge;
    const isOld = ({ judgedAt }: Task) => judgedAt.getTime() < oldest;
    for (const { settle } of tasks.filter(isOld))
      settle(new Refusal('STATUS_STALE', { detail: 'judged too long before the token was free' }));
    return tasks.filter((task) => !isOld(task));
  }

  #end(why: Refusal): void {
    this.#ended ??= why;
    this.#ending.abort();
    for (const { settle } of this.#queue.splice(0)) settle(why);
    for (const wake of this.#idle.splice(0)) wake();
  }
}
