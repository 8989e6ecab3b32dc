import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { serveCommand } from '#signer-agent/commands/serve';
import { handOver, askRunning } from '#signer-agent/local-socket';
import { refusedLater } from '#test/support/refused';
import { sayRaw } from '../door/support/raw-http.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kyso-agent-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Serves until the test has looked. */
async function served(look: (page: URL) => Promise<void>): Promise<void> {
  const end = new AbortController();
  const looks: Promise<void>[] = [];
  const onOpen = (address: string) => void looks.push(look(new URL(address)).finally(() => end.abort()));
  await serveCommand({ home: folder, port: 0, pss: false, signal: end.signal, onOpen });
  await Promise.all(looks);
}

function load(page: URL): Promise<{ readonly status: number }> {
  return sayRaw(Number(page.port), [`GET ${page.pathname} HTTP/1.1`, `Host: ${page.host}`]);
}

it('serves the page until it is told to end', async () => {
  let address: URL | null = null;
  await served(async (page) => {
    address = page;
    expect(page.href).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/sign$/);
    expect(await load(page)).toMatchObject({ status: 200 });
  });
  const gone = address ?? new URL('http://127.0.0.1:1');
  await expect(load(gone)).rejects.toThrow('ECONNREFUSED');
});

it('says in its folder where the page is, and takes a ticket there', async () => {
  await served(async (page) => {
    const running = await handOver({ folder }, 'T'.repeat(43));
    expect(running).toMatchObject({ origin: page.origin, pid: process.pid });
    expect(await askRunning({ folder })).toMatchObject({ origin: page.origin });
  });
});

it('leaves the folder to an agent that serves from it on another port', async () => {
  await served(async (page) => {
    const options = { home: folder, port: 0, pss: false, onOpen: () => undefined };
    expect((await refusedLater(() => serveCommand(options))).code).toBe('AGENT_BUSY');
    expect(await askRunning({ folder })).toMatchObject({ origin: page.origin });
  });
});

it('refuses a port that is taken', async () => {
  await served(async (page) => {
    const options = { home: folder, port: Number(page.port), pss: false, onOpen: () => undefined };
    expect((await refusedLater(() => serveCommand(options))).code).toBe('AGENT_BUSY');
  });
});

it.each(['0.0.0.0', '::', 'localhost', '127.0.0.2', '192.168.1.2'])('is not served on %s', async (host) => {
  const options = { home: folder, port: 0, host, pss: false, onOpen: () => undefined };
  expect((await refusedLater(() => serveCommand(options))).code).toBe('CONFIG_INVALID');
});
