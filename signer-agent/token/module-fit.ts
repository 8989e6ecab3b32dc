import { closeSync, openSync, readSync } from 'node:fs';
import { Refusal } from '#core/refusal';

/** Whether a driver file is one that this process can load, told from its first bytes: a 32-bit driver cannot serve a 64-bit agent. */

const HEADER_BYTES = 4096;

/** ELF class (1: 32 bits, 2: 64 bits) and e_machine (System V ABI), by process.arch */
const ELF_MACHINES: Readonly<Record<string, number>> = {
  ia32: elfCode(1, 3),
  arm: elfCode(1, 40),
  x64: elfCode(2, 62),
  arm64: elfCode(2, 183),
  riscv64: elfCode(2, 243),
  loong64: elfCode(2, 258),
};
/** IMAGE_FILE_HEADER.Machine (PE format) */
const PE_MACHINES: Readonly<Record<string, number>> = { ia32: 0x14c, x64: 0x8664, arm64: 0xaa64 };
/** Mach-O cputype */
const MACH_TYPES: Readonly<Record<string, number>> = { x64: 0x1000007, arm64: 0x100000c };

export type Machine = { readonly platform: string; readonly arch: string };

/** @throws Refusal MODULE_UNFIT */
export function ensureFits(path: string, machine: Machine = process): void {
  const reason = unfitReason(headerOf(path), machine);
  if (reason !== null) throw new Refusal('MODULE_UNFIT', { detail: reason });
}

/** @returns null where a library of that header can be loaded on that machine */
export function unfitReason(header: Uint8Array, { platform, arch }: Machine): string | null {
  const kind = platform === 'win32' ? machineOfPe : platform === 'darwin' ? machinesOfMach : machineOfElf;
  const found = kind(new DataView(header.buffer, header.byteOffset, header.byteLength));
  if (found === null) return `not a library of ${platform}`;
  const table = platform === 'win32' ? PE_MACHINES : platform === 'darwin' ? MACH_TYPES : ELF_MACHINES;
  const wanted = table[arch];
  if (wanted !== undefined && found.includes(wanted)) return null;
  const names = found.map(
    (code) => Object.keys(table).find((name) => table[name] === code) ?? 'another machine',
  );
  return `the driver is for ${names.join(', ')}, the agent runs on ${arch}`;
}

function machineOfElf(view: DataView): number[] | null {
  if (view.byteLength < 20 || view.getUint32(0) !== 0x7f454c46) return null;
  return [elfCode(view.getUint8(4), view.getUint16(18, view.getUint8(5) === 1))];
}

function elfCode(bits: number, machine: number): number {
  return bits * 0x10000 + machine;
}

function machineOfPe(view: DataView): number[] | null {
  if (view.byteLength < 0x40 || view.getUint16(0) !== 0x4d5a) return null;
  const at = view.getUint32(0x3c, true);
  if (at + 6 > view.byteLength || view.getUint32(at) !== 0x50450000) return null;
  return [view.getUint16(at + 4, true)];
}

function machinesOfMach(view: DataView): number[] | null {
  if (view.byteLength < 8) return null;
  const magic = view.getUint32(0);
  if (magic === 0xcffaedfe) return [view.getUint32(4, true)];
  if (magic !== 0xcafebabe) return null;
  // a universal file: one entry of 20 bytes for each machine
  const count = Math.min(view.getUint32(4), 16);
  const entries = Array.from({ length: count }, (_, i) => 8 + i * 20).filter(
    (at) => at + 4 <= view.byteLength,
  );
  return entries.map((at) => view.getUint32(at));
}

function headerOf(path: string): Uint8Array {
  const file = openSync(path, 'r');
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    return header.subarray(0, readSync(file, header, 0, HEADER_BYTES, 0));
  } finally {
    closeSync(file);
  }
}
