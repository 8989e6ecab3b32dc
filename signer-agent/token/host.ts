import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Refusal } from '#core/refusal';
import { allowModule } from './modules.ts';
import type { Answers, ChildMessage, ChildRequest } from './protocol.ts';
import type { SignAnswer, SignRequest, Token, TokenAddress, TokenState, Unlock } from './token.ts';

const CHILD = fileURLToPath(new URL('./pkcs11-child.js', import.meta.url));
const END_MS = 2000;

export type Deadlines = { readonly listMs: number; readonly pinMs: number };
const DEADLINES: Deadlines = { listMs: 20_000, pinMs: 60_000 };

/** @throws Refusal MODULE_NOT_ALLOWED */
export function openPkcs11Token(modulePath: string, deadlines: Deadlines = DEADLINES): Pkcs11Token {
  return new Pkcs11Token(allowModule(modulePath), deadlines);
}

/**
 * A PKCS#11 module behind a child process of its own: one operation at a time, each with a deadline. A child that crashes or hangs is
 * MODULE_FAILED and gone; the next operation starts another. A child that was given a PIN, or failed, ends after that operation.
 */
export class Pkcs11Token implements Token {
  readonly #module: string;
  readonly #deadlines: Deadlines;
  #child: ChildProcess | null = null;
  #tail: Promise<unknown> = Promise.resolve();
  #tokenOperations = 0;

  constructor(allowedModule: string, deadlines: Deadlines) {
    this.#module = allowedModule;
    this.#deadlines = deadlines;
  }

  get tokenOperations(): number {
    return this.#tokenOperations;
  }

  /** The child that owns the module now, if one runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async list(): Promise<readonly TokenState[]> {
    return this.#next('list', this.#deadlines.listMs, () => ({ op: 'list', module: this.#module }));
  }

  async certificates(token: TokenAddress, unlock: Unlock): Promise<readonly Uint8Array[]> {
    return this.#next('certificates', this.#deadlines.pinMs, () => {
      return { op: 'certificates', module: this.#module, token, unlock: taken(unlock) };
    });
  }

  async sign(request: SignRequest, unlock: Unlock): Promise<SignAnswer> {
    return this.#next('sign', this.#deadlines.pinMs, () => {
      return { op: 'sign', module: this.#module, request, unlock: taken(unlock) };
    });
  }

  async close(): Promise<void> {
    await this.#tail;
    await this.#retire();
  }

  #next<Op extends keyof Answers>(
    op: Op,
    deadlineMs: number,
    request: () => ChildRequest,
  ): Promise<Answers[Op]> {
    const done = this.#tail.then(() => this.#exchange(request(), deadlineMs));
    // the next operation waits until a child that has seen a PIN, or is in doubt, is gone
    this.#tail = done.then(
      () => (op === 'list' ? undefined : this.#retire()),
      () => this.#retire(),
    );
    return done as Promise<Answers[Op]>;
  }

  #exchange(request: ChildRequest, deadlineMs: number): Promise<unknown> {
    if (!this.#child?.connected) this.#child = startChild();
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const fail = (detail: string) => settle(() => reject(new Refusal('MODULE_FAILED', { detail })));
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        fail(`no answer within ${deadlineMs} ms`);
      }, deadlineMs);
      const onExit = (code: number | null, signal: string | null) =>
        fail(`the driver's process ended: ${signal ?? String(code)}`);
      const onError = () => fail("the driver's process cannot be started");
      const onMessage = (message: ChildMessage) => {
        if ('event' in message) this.#tokenOperations++;
        else if (message.ok) settle(() => resolve(message.value));
        else
          settle(() => reject(new Refusal(message.code, message.detail ? { detail: message.detail } : {})));
      };
      const settle = (action: () => void) => {
        clearTimeout(timer);
        child.off('exit', onExit).off('error', onError).off('message', onMessage);
        action();
      };
      child.on('exit', onExit).on('error', onError).on('message', onMessage);
      child.send(request, (error) => error && fail("the driver's process cannot be reached"));
      if (request.op !== 'list') request.unlock.pin.fill(0);
    });
  }

  /** Closes the channel, on which the child finalises the driver and exits; one that does not is killed. */
  async #retire(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.on('error', () => undefined);
    const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
    const gone = once(child, 'exit');
    if (child.connected) child.disconnect();
    await gone;
    clearTimeout(timer);
  }
}

function taken({ pin, lastTry }: Unlock): { pin: Uint8Array; lastTry: boolean } {
  return { pin: pin.take(), lastTry };
}

function startChild(): ChildProcess {
  // drivers print: nothing of it may reach the agent's own output
  return fork(CHILD, [], {
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}
