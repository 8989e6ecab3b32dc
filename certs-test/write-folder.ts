import { randomInt, X509Certificate } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Authority, AuthorityFamily } from './authorities.ts';
import type { Layout } from './layout.ts';
import { authorityKeyFile } from './pki.ts';
import { FAMILIES, type Family } from './signer-plan.ts';
import type { Pins } from './soft-token.ts';

/** What a generated PKI is made of on disk. */

export type Families = Readonly<Record<Family, AuthorityFamily>>;

export function authoritiesOf(families: Families): Authority[] {
  return FAMILIES.flatMap((family) => [families[family].root, families[family].issuing]);
}

export async function writeAuthorities(files: Layout, families: Families): Promise<void> {
  for (const { name, keyPem } of authoritiesOf(families))
    await writeSecret(authorityKeyFile(files, name), keyPem);
  const { government, national, unknown } = families;
  await writeFile(files.roots, [government, national].map(({ root }) => pem(root.certificate)).join(''));
  for (const { issuing } of [government, national])
    await writeFile(join(files.certificates, `${issuing.name}.der`), issuing.certificate);
  for (const authority of [unknown.root, unknown.issuing])
    await writeFile(join(files.unknown, `${authority.name}.der`), authority.certificate);
}

export async function writePins(files: Layout): Promise<Pins> {
  const eightDigits = () => String(randomInt(100_000_000)).padStart(8, '0');
  const pins = { pin: eightDigits(), soPin: eightDigits() };
  await writeSecret(files.pin, pins.pin + '\n');
  await writeSecret(files.soPin, pins.soPin + '\n');
  return pins;
}

/** Mode 0600, and never over a file that is there. */
export async function writeSecret(path: string, content: string): Promise<void> {
  await writeFile(path, content, { mode: 0o600, flag: 'wx' });
}

/**
 * Puts a complete folder in a place where another may be, unless `keep` says that the other one is good: two processes that
 * make the same PKI at once end with the first one's.
 */
export async function replaceFolder(
  fresh: string,
  target: string,
  keep: () => Promise<boolean>,
): Promise<void> {
  if (await keep()) return;
  if (await moved(fresh, target)) return;
  if (await keep()) return;
  const old = `${fresh}-old`;
  await rename(target, old);
  await rename(fresh, target);
  await rm(old, { recursive: true, force: true });
}

/** @returns false where a folder with content is in the way */
async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST'))
      return false;
    throw error;
  }
}

function pem(certificate: Uint8Array): string {
  return new X509Certificate(certificate).toString();
}
