import { openCommand } from '../commands/open.ts';
import { homeFlag, jsonFlag, portFlag } from './flags.ts';
import { orSayWhy, printJson, say, type Cli, type CommonFlags } from './output.ts';

export function addOpen({ program }: Cli): void {
  program
    .command('open <link>')
    .description('takes a kyso: link of the console: starts the agent if need be and opens its page')
    .addOption(portFlag('of the page, where the agent has to be started'))
    .addOption(homeFlag())
    .addOption(jsonFlag())
    .action(async (link: string, flags: CommonFlags & { readonly port?: number }) => {
      const opened = await orSayWhy(flags, () =>
        openCommand({ home: flags.home, port: flags.port, link, start: ownStart() }),
      );
      if (!opened.browser)
        say(`Hãy mở trang ${opened.page} trong trình duyệt. / Open this page in a browser.`);
      if (flags.json) printJson(opened);
    });
}

/** This program again, however it was started: as the installed agent, or as a part of `kyso`. */
function ownStart(): [string, ...string[]] {
  const [, script = ''] = process.argv;
  const part = process.argv[2] === 'agent' ? ['agent'] : [];
  return [process.execPath, script, ...part];
}
