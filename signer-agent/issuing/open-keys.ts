import { Refusal } from '#core/refusal';
import { KeySessions } from './key-sessions.ts';
import { livesLongEnough } from './leasing.ts';
import { LoginGate, type KeyPlace } from './login-gate.ts';
import type { SecretSource } from './secret-source.ts';

export type OpenKeysOptions = {
  readonly pin: SecretSource;
  readonly sessions: number;
  readonly now: () => Date;
  readonly paces: { readonly first: number; readonly most: number; readonly judgementAge: number };
  readonly onRefusal: (refusal: Refusal) => void;
};

/**
 * Opens every key, or none: each certificate must match its HSM's key before anything is asked for.
 * @returns sessions by kid
 * @throws Refusal CERTIFICATE_KEY_NONE where no key lives another 12 months; KEY_MISMATCH, PIN_WRONG … of the token
 */
export async function openKeys(
  places: readonly KeyPlace[],
  { pin, sessions, now, paces, onRefusal }: OpenKeysOptions,
): Promise<Map<string, KeySessions>> {
  if (!places.some(({ key }) => livesLongEnough(key, now()))) throw new Refusal('CERTIFICATE_KEY_NONE');
  const gate = new LoginGate(pin);
  const open = new Map<string, KeySessions>();
  try {
    for (const place of places) {
      const one = new KeySessions({
        ...{ place, gate, sessions, now, onRefusal },
        ...{ backOffMs: paces, judgementAge: paces.judgementAge },
      });
      await one.start();
      open.set(place.key.kid, one);
    }
    return open;
  } catch (error) {
    await Promise.all([...open.values()].map((one) => one.close()));
    throw error;
  }
}
