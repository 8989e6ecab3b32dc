import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export const AGENT = fileURLToPath(import.meta.resolve('#test/signer-agent/support/agent-cli'));

export type AgentRun = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** the last line of standard output, read */
  readonly report: Readonly<Record<string, unknown>>;
};

/**
 * Runs the agent to its end.
 * @param pin given on file descriptor 3
 * @param stdin what stands on standard input
 * @param program the agent, and what comes before the command
 */
export async function runAgent(
  argv: readonly string[],
  given: { pin?: string; stdin?: string } = {},
  [program, ...leading]: readonly [string, ...string[]] = [process.execPath, AGENT],
): Promise<AgentRun> {
  const pinFlag = given.pin === undefined ? [] : ['--pin-fd', '3'];
  const child = spawn(program, [...leading, ...argv, ...pinFlag], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  child.stdin?.end(given.stdin ?? '');
  const pinPipe = child.stdio[3] as Writable;
  pinPipe.on('error', () => undefined);
  pinPipe.end(given.pin === undefined ? '' : `${given.pin}\n`);
  const [code] = (await once(child, 'close')) as [number | null];
  const last = output.stdout.trim().split('\n').at(-1) ?? '';
  return {
    code,
    ...output,
    report: last.startsWith('{') ? (JSON.parse(last) as Record<string, unknown>) : {},
  };
}
