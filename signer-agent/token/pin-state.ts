import { Refusal } from '#core/refusal';
import { CKF } from './cryptoki.ts';
import type { PinState, TokenState } from './token.ts';

/** @param flags CK_TOKEN_INFO.flags (PKCS#11 §3.2) */
export function pinState(flags: number): PinState {
  if ((flags & CKF.USER_PIN_LOCKED) !== 0) return 'locked';
  if ((flags & CKF.USER_PIN_INITIALIZED) === 0) return 'not-set';
  if ((flags & CKF.USER_PIN_FINAL_TRY) !== 0) return 'final-try';
  return (flags & CKF.USER_PIN_COUNT_LOW) !== 0 ? 'low' : 'ok';
}

/** @throws Refusal PIN_PAD_UNSUPPORTED, PIN_LOCKED, PIN_LAST_TRY: before any try is used up */
export function refusePin({ pin, pinPad }: Pick<TokenState, 'pin' | 'pinPad'>, lastTry: boolean): void {
  if (pinPad) throw new Refusal('PIN_PAD_UNSUPPORTED');
  if (pin === 'locked' || pin === 'not-set') throw new Refusal('PIN_LOCKED', { detail: pin });
  if (pin === 'final-try' && !lastTry) throw new Refusal('PIN_LAST_TRY');
}
