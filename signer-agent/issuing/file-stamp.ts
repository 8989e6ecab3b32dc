import { readFileSync, statSync } from 'node:fs';
import { Refusal } from '#core/refusal';

/** What changes when a file is replaced. @throws Refusal CONFIG_INVALID */
export function stampOf(path: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(path);
    return [ino, size, mtimeMs].join(',');
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** @throws Refusal CONFIG_INVALID */
export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): Refusal {
  return new Refusal('CONFIG_INVALID', { detail: `${path} cannot be read`, cause });
}
