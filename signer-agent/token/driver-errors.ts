import { Refusal, type RefusalCode } from '#core/refusal';

/** What a driver's return value means to the signer. Everything not named here is TOKEN_FAILED. */
const meanings: Readonly<Record<string, RefusalCode>> = {
  CKR_PIN_INCORRECT: 'PIN_WRONG',
  CKR_PIN_INVALID: 'PIN_WRONG',
  CKR_PIN_LEN_RANGE: 'PIN_WRONG',
  CKR_PIN_LOCKED: 'PIN_LOCKED',
  CKR_USER_PIN_NOT_INITIALIZED: 'PIN_LOCKED',
  CKR_TOKEN_NOT_PRESENT: 'TOKEN_ABSENT',
  CKR_TOKEN_NOT_RECOGNIZED: 'TOKEN_ABSENT',
  CKR_SLOT_ID_INVALID: 'TOKEN_ABSENT',
  CKR_DEVICE_REMOVED: 'TOKEN_REMOVED',
  CKR_SESSION_HANDLE_INVALID: 'TOKEN_REMOVED',
  CKR_SESSION_CLOSED: 'TOKEN_REMOVED',
  CKR_MECHANISM_INVALID: 'TOKEN_MECHANISM_MISSING',
  CKR_MECHANISM_PARAM_INVALID: 'TOKEN_MECHANISM_MISSING',
  CKR_KEY_FUNCTION_NOT_PERMITTED: 'TOKEN_MECHANISM_MISSING',
};

/** The CKR_… name in an error of the binding, or undefined where the error is of another kind. */
export function returnName(error: unknown): string | undefined {
  return error instanceof Error ? /CKR_[A-Z0-9_]+/.exec(error.message)?.[0] : undefined;
}

/** @param call the PKCS#11 function that failed; arguments are never part of a refusal, one of them may be the PIN */
export function driverRefusal(error: unknown, call: string): Refusal {
  const name = returnName(error);
  if (name === undefined) return new Refusal('MODULE_FAILED', { detail: call });
  return new Refusal(meanings[name] ?? 'TOKEN_FAILED', { detail: `${call} ${name}` });
}
