import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { projectFolder } from '#signing-api/project-folder';

export type Ran = { readonly code: number; readonly out: string; readonly err: string };

export type RunOptions = {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** written to file descriptor 3, where the agent reads the PIN */
  readonly pin?: string;
};

const running = new Set<ChildProcess>();

/** Runs the kyso command in a process of its own, as a person would. */
export function kyso(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return run(process.execPath, [join(projectFolder(), 'dist/scripts/kyso.js'), ...args], options);
}

export function run(
  command: string,
  args: readonly string[],
  { env = {}, stdin, pin }: RunOptions = {},
): Promise<Ran> {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  const out = collect(child.stdout);
  const err = collect(child.stderr);
  feed(child.stdin, stdin);
  feed(child.stdio[3] as Writable | null, pin);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      running.delete(child);
      resolve({ code: code ?? 1, out: out(), err: err() });
    });
  });
}

export type RunningApi = { readonly url: string; readonly pid: number; readonly stop: () => Promise<void> };

/** Starts `kyso api serve` and waits for its address; its log goes to a file. */
export function startApi(env: Readonly<Record<string, string>>, logFile: string): Promise<RunningApi> {
  const child = spawn(process.execPath, [join(projectFolder(), 'dist/scripts/kyso.js'), 'api', 'serve'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  running.add(child);
  const err = collect(child.stderr as Readable);
  (child.stdout as Readable).pipe(createWriteStream(logFile));
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  void ended.then(() => running.delete(child));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.once('close', (code) => reject(new Error(`kyso api ended with ${code ?? 'a signal'}:\n${err()}`)));
    child.once('message', (message: { url: string }) => {
      const stop = async () => {
        child.kill('SIGTERM');
        await ended;
      };
      resolve({ url: message.url, pid: child.pid ?? 0, stop });
    });
  });
}

/** Ends what this demo started and still runs. */
export function stopAll(): void {
  for (const child of running) child.kill('SIGTERM');
}

const KEPT_CHARACTERS = 4_000_000;

function collect(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (part: string) => {
    text = (text + part).slice(-KEPT_CHARACTERS);
  });
  return () => text;
}

function feed(stream: Writable | null, text: string | undefined): void {
  // a child that ended before it read is told by its exit code
  stream?.on('error', () => undefined);
  stream?.end(text === undefined ? '' : text + '\n');
}
