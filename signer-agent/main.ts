import { Command, CommanderError } from 'commander';
import { Refusal } from '#core/refusal';
import { addDoctor } from './cli/doctor.ts';
import { addEnrol } from './cli/enrol.ts';
import { addIssue } from './cli/issue.ts';
import { refusalText, say, type Cli } from './cli/output.ts';
import { addOpen } from './cli/open.ts';
import { addServe } from './cli/serve.ts';
import { addSign } from './cli/sign.ts';
import { addStatus } from './cli/status.ts';
import { addTokens } from './cli/tokens.ts';
import { EXIT, EXIT_HELP, exitCodeOf, type ExitCode } from './exit-codes.ts';
import { AGENT_VERSION } from './version.ts';

/**
 * `kyso agent …`: the signer's machine.
 * @param argv what follows `agent`
 * @returns the exit code; a refusal was said on standard error
 */
export async function agentCommand(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  const program = agentProgram((other) => (code = other));
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (!(error instanceof Refusal)) throw error;
    say(refusalText(error));
    return exitCodeOf(error.code);
  }
}

function agentProgram(endWith: Cli['endWith']): Command {
  const program = new Command('kyso agent')
    .description("the signer's machine: shows what is to be signed, and signs it with a token")
    .version(AGENT_VERSION)
    .addHelpText('after', EXIT_HELP)
    .exitOverride();
  for (const add of [addEnrol, addTokens, addSign, addServe, addOpen, addStatus, addDoctor, addIssue])
    add({ program, endWith });
  return program;
}
