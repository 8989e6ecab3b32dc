import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';

/** The counters' file of the fault module: records of a name, NUL-padded, and a number of 64 bits (counters.c). */

const NAME_BYTES = 56;
const RECORD_BYTES = NAME_BYTES + 8;
const RECORDS = 128;

/** Makes the file whole before any process maps it. */
export function makeCounters(path: string): void {
  writeFileSync(path, Buffer.alloc(RECORDS * RECORD_BYTES), { mode: 0o600 });
}

export function readCounters(path: string): Map<string, number> {
  const bytes = readFileSync(path);
  const counters = new Map<string, number>();
  for (let at = 0; at < bytes.length && bytes[at] !== 0; at += RECORD_BYTES) {
    const name = bytes.toString('ascii', at, at + NAME_BYTES).replace(/\0+$/, '');
    counters.set(name, Number(bytes.readBigUInt64LE(at + NAME_BYTES)));
  }
  return counters;
}

/** Written in place: other processes have the file mapped, one that shrank would crash them. */
export function zeroCounters(path: string): void {
  const file = openSync(path, 'r+');
  try {
    for (let record = 0; record < RECORDS; record++)
      writeSync(file, Buffer.alloc(8), 0, 8, record * RECORD_BYTES + NAME_BYTES);
  } finally {
    closeSync(file);
  }
}
