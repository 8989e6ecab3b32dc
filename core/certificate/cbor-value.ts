/**
 * CBOR values as certificates use them (RFC 8949; RFC 7049 where it names the canonical form). Byte strings that were decoded are views
 * of the bytes received. Integers are safe integers; a float is never taken for an integer, so that an issuer's mistake can be told.
 */
export type Cbor =
  string | number | boolean | null | Uint8Array | CborFloat | CborTag | readonly Cbor[] | CborMap;

export type CborMap = ReadonlyMap<number | string, Cbor>;

/** Of any width, integral or not. Read only: nothing that is made here holds one. */
export class CborFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

export class CborTag {
  readonly tag: number;
  readonly value: Cbor;
  constructor(tag: number, value: Cbor) {
    this.tag = tag;
    this.value = value;
  }
}

export function isCborMap(value: Cbor | undefined): value is CborMap {
  return value instanceof Map;
}

export function isCborArray(value: Cbor | undefined): value is readonly Cbor[] {
  return Array.isArray(value);
}
