import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import { Refusal } from '#core/refusal';
import { isUnitRole, ROLES, type Role } from './caller.ts';
import { readConfig } from './config.ts';
import { openService } from './open-service.ts';
import { startServer } from './server.ts';
import { makeApiKey } from './steps/authenticate-key.ts';
import { requireUnit } from './steps/units.ts';

/** `kyso api serve | key`: configuration comes from the environment (README). @returns the exit code */
export async function apiCommand(argv: readonly string[]): Promise<number> {
  const program = new Command('kyso api').exitOverride().description('the signing API');

  program
    .command('serve', { isDefault: true })
    .description('start the service on 127.0.0.1')
    .action(async () => {
      const server = await startServer(process.env);
      process.stderr.write(`kyso api: ${server.url}\n`);
      if (process.send) process.send({ url: server.url });
      await untilSignal();
      await server.stop();
      // the channel to a parent would keep this process alive
      if (process.connected) process.disconnect();
    });

  program
    .command('key')
    .description('make a bearer key for a unit; it is printed once and only its hash is kept')
    .addOption(new Option('--role <role>', 'role').choices(ROLES).makeOptionMandatory())
    .option('--unit <code>', 'unit code, for roles below the city')
    .option('--out <file>', 'write the key to a new file (mode 0600) instead of the terminal')
    .action(async ({ role, unit, out }: { role: Role; unit?: string; out?: string }) => {
      const { service, close } = await openService(readConfig(process.env));
      try {
        if (isUnitRole(role) && unit === undefined)
          throw new Refusal('CONFIG_INVALID', { detail: '--unit is needed for this role' });
        await requireUnit(service, role, unit ?? null);
        const key = await makeApiKey(service, role, unit ?? null);
        if (out === undefined) process.stdout.write(key + '\n');
        else {
          mkdirSync(dirname(out), { recursive: true });
          writeFileSync(out, key + '\n', { mode: 0o600, flag: 'wx' });
        }
      } finally {
        await close();
      }
    });

  try {
    await program.parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    // a parent that started us over IPC and went away takes us with it
    process.once('disconnect', () => resolve());
  });
}
