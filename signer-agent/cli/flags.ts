import { InvalidArgumentError, Option } from 'commander';

/** Flags that several commands have. */

export const homeFlag = () => new Option('--home <folder>', "the agent's folder");
export const jsonFlag = () => new Option('--json', 'one line of JSON on standard output');
export const lastTryFlag = () =>
  new Option('--last-try', 'try the PIN though it is the last try before the token locks');
export const pinFdFlag = (when: string) =>
  new Option('--pin-fd <number>', `read the PIN from a file descriptor (${when})`).argParser(wholeNumber);

export function wholeNumber(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError('a whole number');
  return Number(text);
}

export const portFlag = (what: string) => new Option('--port <number>', what).argParser(port);

function port(text: string): number {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 65536;
  if (number > 65535) throw new InvalidArgumentError('a port');
  return number;
}
