import { Refusal, type RefusalCode } from '#core/refusal';
import { checkWellFormed } from './well-formed.ts';
import { DerFault, DerReader } from './reader.ts';

/**
 * Reads one whole thing from DER: proves the bytes well-formed, hands a reader to `read`, and demands that it reaches the end.
 * @throws Refusal of the code handed in for anything that is not DER of the expected shape
 */
export function readDer<T>(
  bytes: Uint8Array,
  maxBytes: number,
  code: RefusalCode,
  read: (reader: DerReader) => T,
): T {
  return refusing(code, () => {
    checkWellFormed(bytes, maxBytes);
    const reader = new DerReader(bytes);
    const value = read(reader);
    reader.finish();
    return value;
  });
}

/** @throws Refusal of the code handed in where `read` throws a DerFault */
export function refusing<T>(code: RefusalCode, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof DerFault) throw new Refusal(code, { detail: cause.message, cause });
    throw cause;
  }
}
