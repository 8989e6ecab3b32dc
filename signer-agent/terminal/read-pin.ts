import { readSync } from 'node:fs';
import { Refusal } from '#core/refusal';
import { Pin } from '../token/token.ts';
import { askTerminal } from './terminal.ts';

const MAX_PIN_BYTES = 255;

export type PinSource = {
  /** a file descriptor that holds the PIN and a line end; for tests and machines, never for a production instance */
  readonly pinFd?: number | undefined;
  readonly instance: string | undefined;
};

/**
 * Reads the PIN from the terminal without echo, or from a file descriptor. An empty PIN costs no try: it is not sent to the token.
 * @throws Refusal PIN_UNREADABLE
 */
export async function readPin({ pinFd, instance }: PinSource): Promise<Pin> {
  refuseUnattendedPin({ pinFd, instance });
  const bytes = pinFd === undefined ? await askTerminal('PIN: ', false) : readDescriptor(pinFd);
  if (bytes.length === 0 || bytes.length > MAX_PIN_BYTES || bytes.includes(0)) {
    bytes.fill(0);
    throw new Refusal('PIN_UNREADABLE', { detail: 'empty or too long' });
  }
  return new Pin(bytes);
}

/** @throws Refusal PIN_UNREADABLE where a PIN would come from a descriptor in production */
export function refuseUnattendedPin({ pinFd, instance }: PinSource): void {
  if (pinFd !== undefined && instance === 'production')
    throw new Refusal('PIN_UNREADABLE', { detail: '--pin-fd is refused in production' });
}

function readDescriptor(fd: number): Buffer {
  const bytes = Buffer.alloc(MAX_PIN_BYTES + 2);
  let length = 0;
  try {
    while (length < bytes.length && !bytes.subarray(0, length).includes(0x0a)) {
      const got = readSync(fd, bytes, length, bytes.length - length, null);
      if (got === 0) break;
      length += got;
    }
  } catch (cause) {
    bytes.fill(0);
    throw new Refusal('PIN_UNREADABLE', { detail: 'file descriptor', cause });
  }
  const end = bytes.subarray(0, length).indexOf(0x0a);
  const line = bytes.fill(0, end < 0 ? length : end).subarray(0, end < 0 ? length : end);
  return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
}
