import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePki } from '#certs-test/ensure-pki';
import { copyPki } from '#certs-test/find-pki';
import type { Pki } from '#certs-test/pki';

/** The test PKI that tests share and do not change, made once: two districts, all facilities, every bad signer. */
export function testPki(): Promise<Pki> {
  return ensurePki('.test/pki', { districts: ['760', '769'], instance: 'test' });
}

/** A copy of one's own, for tests that change it. */
export async function withCopy(pki: Pki, use: (copy: Pki) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => use(await copyPki(pki, join(folder, 'pki'))));
}

export async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'kyso-pki-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
