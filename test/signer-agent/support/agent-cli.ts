import { agentCommand } from '#signer-agent/main';

/** The agent as its own process, as people start it. */
process.exitCode = await agentCommand(process.argv.slice(2));
