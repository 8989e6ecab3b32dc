import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

/**
 * Whether a connection comes from a program of the user that runs this one. Loopback is open to every user of a machine, and whoever
 * loads the page sees what the signer sees. Linux tells whose a connection is (proc(5), /proc/net/tcp); elsewhere this is not known.
 */
export function fromOwnUser(socket: Pick<Socket, 'remotePort' | 'localPort'>): boolean {
  if (process.platform !== 'linux' || !process.getuid) return true;
  const { remotePort = 0, localPort = 0 } = socket;
  return ownerOf(readFileSync('/proc/net/tcp', 'utf8'), remotePort, localPort) === process.getuid();
}

const LOOPBACK = '0100007F';

/**
 * @param table text of /proc/net/tcp
 * @returns the user id of the program that connected from one loopback port to the other, or null
 */
export function ownerOf(table: string, fromPort: number, toPort: number): number | null {
  const [from, to] = [address(fromPort), address(toPort)];
  for (const line of table.split('\n').slice(1)) {
    const [, local, remote, , , , , uid] = line.trim().split(/\s+/);
    if (local === from && remote === to && uid !== undefined) return Number(uid);
  }
  return null;
}

function address(port: number): string {
  return `${LOOPBACK}:${port.toString(16).toUpperCase().padStart(4, '0')}`;
}
