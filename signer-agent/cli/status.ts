import { statusCommand, statusText } from '../commands/status.ts';
import { EXIT } from '../exit-codes.ts';
import { homeFlag, jsonFlag } from './flags.ts';
import { answer, orSayWhy, printJson, type Cli, type CommonFlags } from './output.ts';

export function addStatus({ program, endWith }: Cli): void {
  program
    .command('status')
    .description(
      'whether the agent runs, whose this machine is, and what can be gone on with; ends with 1 where it does not run',
    )
    .addOption(homeFlag())
    .addOption(jsonFlag())
    .action(async (flags: CommonFlags) => {
      const report = await orSayWhy(flags, () => statusCommand(flags.home));
      if (flags.json) printJson(report);
      else answer(statusText(report));
      if (!report.running) endWith(EXIT.refused);
    });
}
