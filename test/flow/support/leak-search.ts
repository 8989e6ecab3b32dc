import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What must stand nowhere, by what it is called in a report. */
export type Secrets = ReadonlyMap<string, string>;

/** @returns what of it stands in these bytes: as it is, in base64 or base64url at any offset, or in hexadecimal */
export function leaksIn(bytes: Uint8Array, secrets: Secrets): string[] {
  const text = Buffer.from(bytes).toString('latin1');
  return [...secrets]
    .filter(([, secret]) => formsOf(secret).some((f) => text.includes(f)))
    .map(([name]) => name);
}

/** Every file below a folder. Sockets and pipes hold nothing. */
export function filesBelow(folder: string): { readonly path: string; readonly bytes: Uint8Array }[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, bytes: readFileSync(path) }));
}

/** Latin-1 texts: each byte one character. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  const base64 = [0, 1, 2].flatMap((offset) => base64At(bytes, offset));
  const base64url = base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'));
  return [bytes.toString('latin1'), hex, hex.toUpperCase(), ...base64, ...base64url];
}

/** As it stands in the base64 of something longer, without the characters that its neighbours share. */
function base64At(bytes: Buffer, offset: number): string {
  const whole = Buffer.concat([Buffer.alloc(offset), bytes]);
  const own = Math.floor((whole.length * 8) / 6);
  return whole.toString('base64').slice(Math.ceil((offset * 8) / 6), own);
}
