import { hex } from '../bytes.ts';

/** A statement's digest as people see and compare it (formats §3): the first 8 bytes of SHA-256(statement), hex in fours. */
export function shortDigest(statementSha256: Uint8Array): string {
  return (hex(statementSha256.subarray(0, 8)).match(/.{4}/g) ?? []).join(' ');
}
