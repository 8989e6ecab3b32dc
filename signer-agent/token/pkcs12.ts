import { fileURLToPath } from 'node:url';
import { Refusal } from '#core/refusal';
import { HostedToken, type Deadlines } from './host.ts';
import { readPkcs12File } from './pkcs12-file.ts';

const PKCS12_CHILD = fileURLToPath(new URL('./pkcs12-child.js', import.meta.url));

/**
 * A software certificate: a PKCS#12 file, its password for the PIN. A child process of its own opens it and holds the key.
 * @param path absolute
 * @throws Refusal PKCS12_UNREADABLE: no such file, or too large; PKCS12_NOT_PRIVATE
 */
export function openPkcs12Token(path: string, deadlines: Partial<Deadlines> = {}): HostedToken {
  if (!readPkcs12File(path)) throw new Refusal('PKCS12_UNREADABLE', { detail: 'no such file' });
  return new HostedToken('software', PKCS12_CHILD, path, deadlines);
}
