import { fork, type ChildProcess } from 'node:child_process';
import type { ChildMessage, ChildRequest } from './protocol.ts';

const END_MS = 2000;

type Listener = {
  readonly onMessage: (message: ChildMessage) => void;
  /** the process is gone, and all it said has been heard */
  readonly onEnd: (detail: string) => void;
};

/** A token's child process, as the agent sees it. One listener at a time. */
export class ChildLink {
  readonly #process: ChildProcess;
  #listener: Listener | null = null;
  #operations = 0;
  #ended: string | null = null;

  /** @param onOperations told how many more token operations the process has made */
  constructor(entry: string, onOperations: (more: number) => void) {
    // drivers print: nothing of it may reach the agent's own output
    this.#process = fork(entry, [], {
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#process.on('message', (message: ChildMessage) => {
      onOperations(message.operations - this.#operations);
      this.#operations = message.operations;
      if (!('counted' in message)) this.#listener?.onMessage(message);
    });
    // not 'exit': what the process said last may still be on its way then
    this.#process.on('close', (code, signal) =>
      this.#end(`the token's process ended: ${signal ?? String(code)}`),
    );
    this.#process.on('error', () => this.#end("the token's process cannot be started"));
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get usable(): boolean {
    return this.#ended === null && this.#process.connected;
  }

  listen(listener: Listener | null): void {
    this.#listener = listener;
    if (this.#ended !== null) listener?.onEnd(this.#ended);
  }

  send(request: ChildRequest): void {
    this.#process.send(request, (error) => error && this.#end("the token's process cannot be reached"));
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  /** Closes the channel, on which the child finalises the driver and exits; one that does not is killed. */
  async retire(): Promise<void> {
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode !== null || this.pid === undefined) return;
    const timer = setTimeout(() => this.kill(), END_MS);
    const gone = new Promise<void>((resolve) => this.#process.once('exit', () => resolve()));
    if (this.#process.connected) this.#process.disconnect();
    await gone;
    clearTimeout(timer);
  }

  #end(detail: string): void {
    if (this.#ended !== null) return;
    this.#ended = detail;
    this.#listener?.onEnd(detail);
  }
}
