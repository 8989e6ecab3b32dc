import { DEFAULT_PORT, serveCommand } from '../commands/serve.ts';
import { homeFlag, jsonFlag, portFlag } from './flags.ts';
import { orSayWhy, printJson, say, type Cli, type CommonFlags } from './output.ts';

type ServeFlags = CommonFlags & { readonly port: number; readonly pss?: boolean };

export function addServe({ program }: Cli): void {
  program
    .command('serve')
    .description("serves the agent's own page on this machine until it is told to end (SIGINT, SIGTERM)")
    .addOption(portFlag('of the page; 0 for any').default(DEFAULT_PORT))
    .option('--pss', 'RSASSA-PSS instead of PKCS #1 v1.5')
    .addOption(homeFlag())
    .addOption(jsonFlag())
    .action(serve);
}

/** Its line of JSON comes when the page can be opened: who started it waits for that. */
async function serve({ home, port, pss, json }: ServeFlags): Promise<void> {
  await orSayWhy(json ? { json } : {}, () =>
    serveCommand({
      home,
      port,
      pss: pss === true,
      onOpen: (page) => {
        say(`Trang của trình ký: ${page}`);
        if (json) printJson({ page });
      },
    }),
  );
}
