/** What drivers in the field do that the standard does not say; each rule is one reason why a token "does not work". */

/** Drivers that cannot lock by the operating system refuse the flag that others need: they are asked again without it. */
export const REFUSES_LOCKING: ReadonlySet<string> = new Set([
  'CKR_CANT_LOCK',
  'CKR_ARGUMENTS_BAD',
  'CKR_NEED_TO_CREATE_THREADS',
  'CKR_FUNCTION_FAILED',
]);

/** A second login into an open token is answered so; the token is open, which is what was wanted. */
export const ALREADY_LOGGED_IN = 'CKR_USER_ALREADY_LOGGED_IN';
export const ALREADY_INITIALISED = 'CKR_CRYPTOKI_ALREADY_INITIALIZED';

/** Some drivers answer the size query with 0: then a buffer is handed in that takes any value of its kind, in bytes. */
const FIXED_BUFFERS = [256, 4096, 16384] as const;

/**
 * Reads an attribute by asking for its size first, and with fixed buffers where the answer to that is 0.
 * @param read the value for a buffer of that many bytes (0: ask for the size); null where the object has no such attribute
 */
export function readWithFixedBuffers(read: (bufferBytes: number) => Uint8Array | null): Uint8Array | null {
  const asked = read(0);
  if (asked === null || asked.length > 0) return asked;
  for (const size of FIXED_BUFFERS) {
    const value = read(size);
    // a buffer that comes back whole was not touched; all zeros may be a value, as CKK_RSA is
    if (value !== null && value.length > 0 && value.length < size) return value;
  }
  return asked;
}

/** Labels and serial numbers are padded with blanks; some drivers pad with NUL. */
export function unpadded(text: string): string {
  return text.replace(/[\s\0]+$/, '').trimStart();
}

/** CKA_EC_POINT is an OCTET STRING around 04‖X‖Y; some drivers give the bare point. */
export function endsWith(bytes: Uint8Array, tail: Uint8Array): boolean {
  return (
    bytes.length >= tail.length && Buffer.compare(bytes.subarray(bytes.length - tail.length), tail) === 0
  );
}
