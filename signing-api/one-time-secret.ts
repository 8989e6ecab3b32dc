import { randomBytes } from 'node:crypto';
import { base64url } from '#core/bytes';

/** A random secret that people hand over as text (core/wire/devices.ts). It never begins as an option of a command line does. */
export function oneTimeSecret(bytes: number): string {
  for (;;) {
    const text = base64url(randomBytes(bytes));
    if (!text.startsWith('-')) return text;
  }
}
