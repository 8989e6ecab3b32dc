import { agentCommand } from './main.ts';

/** Where the installed agent starts (`npm run build:agent`); in the project it is `kyso agent`. */
process.exitCode = await agentCommand(process.argv.slice(2));
