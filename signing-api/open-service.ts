import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '#core/refusal';
import { nodeCrypto } from '#verifier/crypto-node';
import { readKnownFile, type Config } from './config.ts';
import { documentSignersSource } from './document-signers-source.ts';
import { populationRegister } from './outside/population-register.ts';
import { revocationFetcher } from './outside/revocation-fetcher.ts';
import { revocationFolder } from './outside/revocation-folder.ts';
import { startPostgres } from './postgres/start.ts';
import { Sealer } from './sealing.ts';
import type { Service } from './service.ts';
import { readStatusKey } from './status-key.ts';
import { seedUnits } from './steps/units.ts';
import { openDataKeys } from './store/data-keys.ts';
import { Database } from './store/database.ts';
import { migrate } from './store/migrate.ts';
import { claimInstance } from './store/settings.ts';
import { trustSource } from './trust-source.ts';

export type OpenService = { readonly service: Service; readonly close: () => Promise<void> };

/**
 * Brings up what the API stands on: database (embedded or given), schema, data keys, trust list. Refuses to start beside a trust list
 * of another instance.
 * @throws Refusal CONFIG_INVALID, TRUST_*, POSTGRES_*
 */
export async function openService(
  config: Config,
  clock: () => Date = () => new Date(),
): Promise<OpenService> {
  const trust = trustSource(config, nodeCrypto);
  await trust.trust(clock());
  const statusKey = readStatusKey(config.statusKeyFile, nodeCrypto.sha256);
  const revocationsKey =
    config.revocationsKeyFile === undefined
      ? null
      : readStatusKey(config.revocationsKeyFile, nodeCrypto.sha256, 'KYSO_REVOCATIONS_KEY');
  const documentSigners = documentSignersSource(config.documentSignersFile, nodeCrypto);
  const master = masterKey(config);
  const postgres =
    config.databaseUrl === undefined
      ? await startPostgres({ dataDir: join(config.dataDir, 'postgres') })
      : null;
  const db = new Database(config.databaseUrl ?? postgres?.url ?? '');
  const register = populationRegister(config);
  const fetcher = revocationFetcher({
    hosts: config.revocationHosts,
    folder: join(config.dataDir, 'crls'),
    crypto: nodeCrypto,
    clock,
  });
  const close = async () => {
    register.close();
    fetcher.close();
    await db.close();
    await postgres?.stop();
  };
  try {
    await migrate(db);
    await claimInstance(db, config.instance);
    await trust.rememberIn(db);
    // asked again: a list older than one that was seen before a restart is refused
    await trust.trust(clock());
    await seedUnits({ db });
    const sealer = new Sealer(await openDataKeys(db, master));
    const revocation = revocationFolder(config.crlDir, config.certificateDir);
    return {
      service: {
        ...{ config, db, sealer, crypto: nodeCrypto, clock },
        ...{ register, revocation, fetcher, trust, statusKey, documentSigners, revocationsKey },
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The master key's file: given in production, made beside a test instance's data. */
function masterKey(config: Config): Buffer {
  const file = config.masterKeyFile ?? join(config.dataDir, 'master.key');
  if (config.instance !== 'production' && config.masterKeyFile === undefined && !existsSync(file)) {
    mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(file, randomBytes(32), { mode: 0o600, flag: 'wx' });
  }
  const key = readKnownFile(file);
  if (key.length !== 32) throw new Refusal('CONFIG_INVALID', { detail: 'the master key has 32 bytes' });
  return key;
}
