import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { v7 as uuidv7, validate as isUuid } from 'uuid';
import { Refusal } from '#core/refusal';
import { isUnitRole, ROLES, type Role } from './caller.ts';
import { readConfig } from './config.ts';
import { openService } from './open-service.ts';
import type { Service } from './service.ts';
import { startServer } from './server.ts';
import { makeApiKey } from './steps/authenticate-key.ts';
import { endApiKey, endDevice } from './steps/end-access.ts';
import { requireUnit } from './steps/units.ts';

/** `kyso api serve | key | end-key | end-device`: configuration comes from the environment (README). @returns the exit code */
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
    .description(
      'make a bearer key for a unit; it is printed once (its id on standard error) and only its hash is kept',
    )
    .addOption(new Option('--role <role>', 'role').choices(ROLES).makeOptionMandatory())
    .option('--unit <code>', 'unit code, for roles below the city')
    .option('--out <file>', 'write the key to a new file (mode 0600) instead of the terminal')
    .action(async ({ role, unit, out }: { role: Role; unit?: string; out?: string }) => {
      await withService(async (service) => {
        if (isUnitRole(role) && unit === undefined)
          throw new Refusal('CONFIG_INVALID', { detail: '--unit is needed for this role' });
        await requireUnit(service, role, unit ?? null);
        const keyId = uuidv7();
        const key = await makeApiKey(service, role, unit ?? null, keyId);
        process.stderr.write(`key id: ${keyId}\n`);
        if (out === undefined) process.stdout.write(key + '\n');
        else {
          mkdirSync(dirname(out), { recursive: true });
          writeFileSync(out, key + '\n', { mode: 0o600, flag: 'wx' });
        }
      });
    });

  program
    .command('end-key')
    .description('end a bearer key for good')
    .argument('<keyId>', 'as `kyso api key` printed it', uuid)
    .action((keyId: string) => withService((service) => endApiKey(service, keyId)));

  program
    .command('end-device')
    .description("end a signer's machine for good, with every session it has open")
    .argument('<deviceId>', 'as GET /v1/devices names it', uuid)
    .action((deviceId: string) => withService((service) => endDevice(service, deviceId)));

  try {
    await program.parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}

async function withService(work: (service: Service) => Promise<void>): Promise<void> {
  const { service, close } = await openService(readConfig(process.env));
  try {
    await work(service);
  } finally {
    await close();
  }
}

function uuid(text: string): string {
  if (!isUuid(text)) throw new InvalidArgumentError('not an id');
  return text;
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    // a parent that started us over IPC and went away takes us with it
    process.once('disconnect', () => resolve());
  });
}
