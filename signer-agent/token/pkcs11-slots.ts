import { isRefusal, Refusal } from '#core/refusal';
import { CKF } from './cryptoki.ts';
import type { Login } from './engine.ts';
import type { Handle, Pkcs11Module, TokenFlags } from './pkcs11.ts';
import { pinState, refusePin } from './pin-state.ts';
import type { TokenAddress, TokenState } from './token.ts';

/** The tokens in a module's slots. A slot that cannot be read hides no other. */

export type SlotToken = { readonly slot: Handle; readonly token: TokenFlags };

/** @returns the initialised tokens, and why the others could not be read; slots emptied meanwhile are neither */
export function tokensIn(module: Pkcs11Module): { tokens: SlotToken[]; faults: Refusal[] } {
  const tokens: SlotToken[] = [];
  const faults: Refusal[] = [];
  for (const slot of module.slots())
    try {
      const token = module.token(slot);
      if ((token.flags & CKF.TOKEN_INITIALIZED) !== 0) tokens.push({ slot, token });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (!saysAbsent(error)) faults.push(error);
    }
  return { tokens, faults };
}

/** The slot of exactly one token whose PIN may be tried. */
export function readySlot(
  module: Pkcs11Module,
  { serial, label }: TokenAddress,
  { lastTry }: Login,
): { slot: Handle; serial: string } {
  const { tokens, faults } = tokensIn(module);
  const [found, ...others] = tokens.filter(
    ({ token }) => (serial ?? token.serial) === token.serial && (label ?? token.label) === token.label,
  );
  // the one that is asked for may be the one that cannot be read
  if (!found) throw faults[0] ?? new Refusal('TOKEN_ABSENT');
  if (others.length > 0) throw new Refusal('TOKEN_AMBIGUOUS');
  refusePin(pinOf(found.token), lastTry);
  return { slot: found.slot, serial: found.token.serial };
}

export function pinOf({ flags }: TokenFlags): Pick<TokenState, 'pin' | 'pinPad'> {
  return { pin: pinState(flags), pinPad: (flags & CKF.PROTECTED_AUTHENTICATION_PATH) !== 0 };
}

/**
 * Drivers answer a pulled token with whatever they like: after a fault the slot itself is asked, once.
 * @throws Refusal TOKEN_REMOVED in place of what was thrown, where the token is no longer in its slot
 */
export function tellingRemoval<T>(
  module: Pkcs11Module,
  { slot, serial }: { slot: Handle; serial: string },
  action: () => T,
): T {
  try {
    return action();
  } catch (error) {
    const ofToken = isRefusal(error) && (error.code === 'TOKEN_FAILED' || saysAbsent(error));
    if (!ofToken || !isGone(module, slot, serial)) throw error;
    throw new Refusal('TOKEN_REMOVED', { detail: error.detail ?? '', cause: error });
  }
}

function isGone(module: Pkcs11Module, slot: Handle, serial: string): boolean {
  try {
    if (!module.slots().some((other) => Buffer.compare(other, slot) === 0)) return true;
    return module.token(slot).serial !== serial;
  } catch (error) {
    return isRefusal(error) && saysAbsent(error);
  }
}

function saysAbsent({ code }: Refusal): boolean {
  return code === 'TOKEN_ABSENT' || code === 'TOKEN_REMOVED';
}
