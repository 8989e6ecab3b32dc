import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { projectFolder } from '#signing-api/project-folder';

/** `kyso agent …` as a process of its own, of which everything is kept that others on its machine could see. */
export class WatchedAgent {
  readonly process: ChildProcess;
  /** arguments and environments of it and of the processes below it, as they were while it ran */
  readonly seen = new Set<string>();
  readonly #output = { out: '', err: '' };
  readonly #ended: Promise<unknown>;
  readonly #looking: NodeJS.Timeout;

  /** @param env nothing else is in its environment */
  constructor(argv: readonly string[], env: Readonly<Record<string, string>>, cwd: string) {
    const program = join(projectFolder(), 'dist/scripts/kyso.js');
    this.process = spawn(process.execPath, [program, 'agent', ...argv], {
      env,
      cwd,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    });
    this.#keep('out', this.process.stdout);
    this.#keep('err', this.process.stderr);
    this.#looking = setInterval(() => this.#look(), 10);
    this.#ended = once(this.process, 'close').finally(() => clearInterval(this.#looking));
  }

  get out(): string {
    return this.#output.out;
  }

  get err(): string {
    return this.#output.err;
  }

  /** Gives it its standard input, and the PIN on file descriptor 3. */
  give(stdin: string, pin: string): this {
    this.process.stdin?.end(stdin + '\n');
    (this.process.stdio[3] as Writable).end(pin + '\n');
    return this;
  }

  /** @returns the last line of its standard output, read */
  async ended(): Promise<Record<string, unknown>> {
    await this.#ended;
    return this.said();
  }

  said(): Record<string, unknown> {
    return JSON.parse(this.out.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
  }

  async stop(): Promise<void> {
    this.process.kill('SIGTERM');
    await this.#ended;
  }

  #keep(where: 'out' | 'err', stream: Readable | null): void {
    stream?.setEncoding('utf8').on('data', (text: string) => (this.#output[where] += text));
  }

  #look(): void {
    for (const pid of familyOf(this.process.pid ?? 0))
      for (const what of ['cmdline', 'environ']) this.seen.add(read(`/proc/${pid}/${what}`));
  }
}

function familyOf(pid: number): number[] {
  const tasks = children(`/proc/${pid}/task`);
  const below = tasks.flatMap((task) => read(`/proc/${pid}/task/${task}/children`).split(' '));
  return [pid, ...below.filter((child) => child !== '').flatMap((child) => familyOf(Number(child)))];
}

function children(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A process may end between listing and reading. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
