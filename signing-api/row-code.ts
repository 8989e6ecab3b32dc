import { timingSafeEqual } from 'node:crypto';
import { fromBase64url, base64url } from '#core/bytes';
import { parse as parseUuid, stringify } from 'uuid';
import type { Sealer } from './sealing.ts';

/**
 * The hidden row code of an exported row: record id, version and a MAC, so that an imported row finds its record, and nobody can
 * point a row at a record that was never exported to them.
 */
const MAC_BYTES = 12;

export function makeRowCode(sealer: Sealer, recordId: string, version: number): string {
  const head = Buffer.alloc(20);
  head.set(parseUuid(recordId));
  head.writeUInt32BE(version, 16);
  return base64url(Buffer.concat([head, mac(sealer, recordId, version)]));
}

/** @returns null where the code is not one of ours */
export function readRowCode(sealer: Sealer, code: string): { recordId: string; version: number } | null {
  const bytes = fromBase64url(code);
  if (bytes?.length !== 20 + MAC_BYTES) return null;
  const head = Buffer.from(bytes);
  let recordId: string;
  try {
    recordId = stringify(head.subarray(0, 16));
  } catch {
    return null;
  }
  const version = head.readUInt32BE(16);
  return timingSafeEqual(head.subarray(20), mac(sealer, recordId, version)) ? { recordId, version } : null;
}

function mac(sealer: Sealer, recordId: string, version: number): Buffer {
  return sealer.blindIndex('row-code', recordId, String(version)).subarray(0, MAC_BYTES);
}
