import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Certificates and CRLs to judge with, as DER. Who fills the folders keeps them fresh; files are read again when they change. */
export type RevocationSource = {
  readonly crls: () => Promise<readonly Uint8Array[]>;
  readonly certificates: () => Promise<readonly Uint8Array[]>;
};

const MAX_FILE_BYTES = 32 * 1024 * 1024;
const PEM = /-----BEGIN (X509 CRL|CERTIFICATE)-----([A-Za-z0-9+/=\s]+)-----END \1-----/g;

export function revocationFolder(crlDir: string, certificateDir: string | undefined): RevocationSource {
  const crls = derFiles(crlDir, ['.crl', '.pem']);
  const certificates =
    certificateDir === undefined
      ? () => Promise.resolve([])
      : derFiles(certificateDir, ['.der', '.cer', '.crt', '.pem']);
  return { crls, certificates };
}

function derFiles(folder: string, endings: readonly string[]): () => Promise<readonly Uint8Array[]> {
  const cache = new Map<string, { readonly stamp: string; readonly ders: readonly Uint8Array[] }>();
  return async () => {
    const names = (await readdir(folder))
      .filter((name) => endings.some((ending) => name.endsWith(ending)))
      .sort();
    const found: Uint8Array[] = [];
    for (const name of names) {
      const file = join(folder, name);
      const { size, mtimeMs, ino } = await stat(file);
      if (size > MAX_FILE_BYTES) continue;
      const stamp = `${size}/${mtimeMs}/${ino}`;
      let entry = cache.get(file);
      if (entry?.stamp !== stamp) cache.set(file, (entry = { stamp, ders: derBlocks(await readFile(file)) }));
      found.push(...entry.ders);
    }
    return found;
  };
}

/** DER as it is, or the blocks of a PEM file. */
export function derBlocks(bytes: Buffer): Uint8Array[] {
  if (bytes[0] === 0x30) return [bytes];
  return [...bytes.toString('latin1').matchAll(PEM)].map((block) => Buffer.from(block[2] ?? '', 'base64'));
}
