import type { Command } from 'commander';
import { Refusal } from '#core/refusal';
import type { ExitCode } from '../exit-codes.ts';

/** What commands say: talk and progress on standard error, answers and JSON on standard output. */

/** The program that commands are added to. */
export type Cli = {
  readonly program: Command;
  /** ends with this code instead of 0 */
  readonly endWith: (code: ExitCode) => void;
};

export type CommonFlags = { readonly home?: string; readonly json?: boolean };

/** Labels and names come from tokens: nothing in them may steer the terminal. */
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g;

export function say(text: string): void {
  process.stderr.write(text.replace(CONTROL, '?') + '\n');
}

export function answer(text: string): void {
  process.stdout.write(text.replace(CONTROL, '?') + '\n');
}

export function printJson(value: unknown): void {
  process.stdout.write(JSON.stringify(value) + '\n');
}

/**
 * With --json a refusal, too, is one line on standard output.
 * @param more what else is known then
 */
export async function orSayWhy<T>(
  { json }: CommonFlags,
  action: () => Promise<T>,
  more: () => object = () => ({}),
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (json && error instanceof Refusal)
      printJson({ refused: error.code, detail: error.detail, ...faultsOf(error), ...more() });
    throw error;
  }
}

function faultsOf({ faults }: Refusal): object {
  return faults.length === 0 ? {} : { faults };
}

export function refusalText({ code, detail, texts, faults }: Refusal): string {
  const located = faults.slice(0, 20).map(({ at, code: fault, vi }) => `  ${at} ${vi ?? fault}`);
  return [`${code}: ${texts.vi}`, `  ${texts.en}`, ...(detail ? [`  (${detail})`] : []), ...located].join(
    '\n',
  );
}
