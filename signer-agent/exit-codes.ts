import type { RefusalCode } from '#core/refusal';

/** How `kyso agent` ends, for whatever started it. */
export const EXIT = {
  done: 0,
  /** refused, or (doctor, status) something is not as it should be */
  refused: 1,
  usage: 2,
  /** the signer stopped it: what is signed is kept, the rest is left for another ticket */
  stopped: 4,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export function exitCodeOf(code: RefusalCode): ExitCode {
  return code === 'SIGNING_STOPPED' ? EXIT.stopped : EXIT.refused;
}

/** As it stands in the help and in docs/agent.md. */
export const EXIT_HELP = `
Exit codes: 0 done · 1 refused, or a check failed · 2 usage · 4 stopped by the signer, the rest can be signed later
With --json standard output is one line, JSON, also for a refusal: {"refused":CODE,"detail":…}. People's text and progress
go to standard error.`;
