import { expect, it } from 'vitest';
import { secret } from '#core/wire/devices';
import { oneTimeSecret } from '#signing-api/one-time-secret';

it('can be handed to a command: it never looks like an option', () => {
  const secrets = Array.from({ length: 5000 }, () => oneTimeSecret(16));
  expect(new Set(secrets).size).toBe(5000);
  expect(secrets.filter((text) => text.startsWith('-') || !secret.safeParse(text).success)).toEqual([]);
});
