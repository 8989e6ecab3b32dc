import type { AddressInfo } from 'node:net';
import { buildApp } from './app.ts';
import { readConfig } from './config.ts';
import { JobRunner } from './jobs/runner.ts';
import { openService } from './open-service.ts';

export type Server = { readonly url: string; readonly port: number; readonly stop: () => Promise<void> };

const HOST = '127.0.0.1';

/** Starts the whole service from the environment; it listens on loopback only (a reverse proxy stands in front of it). */
export async function startServer(env: Readonly<Record<string, string | undefined>>): Promise<Server> {
  const config = readConfig(env);
  const { service, close } = await openService(config);
  const app = await buildApp(service).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const runner = new JobRunner(service, app.log);
  try {
    await app.listen({ host: HOST, port: config.port });
  } catch (error) {
    await app.close();
    await close();
    throw error;
  }
  runner.start();
  const { port } = app.server.address() as AddressInfo;
  const stop = async () => {
    await app.close();
    await runner.stop();
    await close();
  };
  return { url: `http://${HOST}:${port}`, port, stop };
}
