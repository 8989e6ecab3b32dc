import { openHome } from '../config.ts';
import { tokensCommand, tokensText } from '../commands/tokens.ts';
import { searchedModules } from '../searched-modules.ts';
import { homeFlag, jsonFlag } from './flags.ts';
import { answer, orSayWhy, printJson, type Cli, type CommonFlags } from './output.ts';

export function addTokens({ program }: Cli): void {
  program
    .command('tokens')
    .description('lists tokens and certificates')
    .option(
      '--module <path>',
      'absolute path of a PKCS#11 driver; else the known ones and those of the settings are asked',
    )
    .addOption(homeFlag())
    .addOption(jsonFlag())
    .action(tokens);
}

async function tokens(flags: CommonFlags & { readonly module?: string }): Promise<void> {
  const { module } = flags;
  const report = await orSayWhy(flags, async () =>
    tokensCommand(module === undefined ? searchedModules(openHome(flags.home)) : [module], new Date()),
  );
  if (flags.json) printJson(report);
  else answer(tokensText(report));
}
