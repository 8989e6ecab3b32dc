import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Refusal } from '#core/refusal';
import { CKR, type CkrName } from './fault-module-codes.ts';
import { makeCounters, readCounters, zeroCounters } from './fault-module-counters.ts';
import type { Pki } from './pki.ts';

/** Commands to the PKCS#11 module that fails as tokens and drivers in the field do; fault-module/fault.h says what it is made of. */

const MODULE = fileURLToPath(new URL('../fault-module/kyso-fault.so', import.meta.url));

/** The functions that the module counts and can make fail; the others go straight to SoftHSM. */
export const FAULT_FUNCTIONS = [
  'C_Initialize',
  'C_Finalize',
  'C_GetInfo',
  'C_GetSlotList',
  'C_GetSlotInfo',
  'C_GetTokenInfo',
  'C_GetMechanismList',
  'C_GetMechanismInfo',
  'C_OpenSession',
  'C_CloseSession',
  'C_CloseAllSessions',
  'C_GetSessionInfo',
  'C_Login',
  'C_Logout',
  'C_FindObjectsInit',
  'C_FindObjects',
  'C_FindObjectsFinal',
  'C_GetAttributeValue',
  'C_SignInit',
  'C_Sign',
] as const;
export type FaultFunction = (typeof FAULT_FUNCTIONS)[number];

/** `signatures` are calls of C_Sign that made one; `wrong PINs` are tries used up. */
export type FaultCounter = FaultFunction | 'signatures' | 'wrong PINs' | 'context logins';

/** Which call fails: the n-th from now on (1 is the next); every one where it is left out. */
export type When = { readonly nth?: number };

const FLAGS = { 'protected-path': 0x100, low: 0x10000, 'final-try': 0x20000, locked: 0x40000 } as const;
export type FaultFlag = keyof typeof FLAGS;

/** What some drivers always do. */
export type Quirk =
  'always-authenticate' | 'no-read-write' | 'size-zero' | 'empty-id' | 'no-os-locking' | 'hide-before-login';

/**
 * The fault module before the soft tokens of a PKI. Its commands and counters lie in `folder`, so that they outlive every process that
 * loads it. The module lies in a user's folder: it is opened with `new Pkcs11Token(fault.modulePath, …)`, past the rule of folders.
 * @throws Refusal MODULE_ABSENT where the set-up for tests has not compiled it
 */
export function openFault(pki: Pki, folder: string): Fault {
  if (!existsSync(MODULE)) throw new Refusal('MODULE_ABSENT', { detail: MODULE });
  mkdirSync(folder, { recursive: true });
  return new Fault(pki, folder);
}

export class Fault {
  readonly modulePath = MODULE;
  /** what a process needs in its environment before it loads the module */
  readonly environment: Readonly<Record<string, string>>;
  readonly #control: string;
  readonly #counters: string;
  #commands: string[] = [];
  #unplugged: string | null = null;
  #reinitialise = false;
  #epoch = 1;

  constructor(pki: Pki, folder: string) {
    this.#control = join(folder, 'control');
    this.#counters = join(folder, 'counters');
    this.environment = {
      ...pki.environment,
      KYSO_FAULT_BEHIND: pki.modulePath,
      KYSO_FAULT_CONTROL: this.#control,
      KYSO_FAULT_COUNTERS: this.#counters,
    };
    if (!existsSync(this.#counters)) makeCounters(this.#counters);
    this.#write();
  }

  /** The call takes that much longer. */
  delay(name: FaultFunction, ms: number, when: When = {}): void {
    this.#fault('delay', name, ms, when);
  }

  /** The call never comes back. */
  hang(name: FaultFunction, when: When = {}): void {
    this.#fault('hang', name, 0, when);
  }

  /** The process ends with SIGSEGV: before the call does anything, or `after` it did it and before it answers. */
  crash(name: FaultFunction, { after = false, ...when }: When & { readonly after?: boolean } = {}): void {
    this.#fault(after ? 'crash-after' : 'crash', name, 0, when);
  }

  answer(name: FaultFunction, code: CkrName, when: When = {}): void {
    this.#fault('answer', name, CKR[code], when);
  }

  /** Pulls the token out now; of several the one with that serial number. */
  unplug(serial = '*'): void {
    this.#unplugged = serial;
    this.#write();
  }

  /** Pulls every token out at the n-th call from now on, before it does anything. */
  unplugAt(name: FaultFunction, nth: number): void {
    this.#fault('remove', name, 0, { nth });
  }

  /** @param afterReinitialise the driver shows the token only after C_Finalize and C_Initialize */
  replug({ afterReinitialise = false }: { readonly afterReinitialise?: boolean } = {}): void {
    this.#commands = this.#commands.filter((command) => !command.startsWith('remove '));
    this.#unplugged = null;
    this.#reinitialise = afterReinitialise;
    this.#epoch++;
    this.#write();
  }

  /** The token locks after that many wrong PINs in a row, and says so in its flags on the way. */
  lockAfter(tries: number): void {
    this.#add(`lock-after ${tries}`);
  }

  /** Flags of the token, shown whatever it has counted. */
  flags(...names: readonly FaultFlag[]): void {
    this.#add(`flags ${names.reduce((all, name) => all | FLAGS[name], 0)}`);
  }

  quirk(...names: readonly Quirk[]): void {
    this.#add(...names);
  }

  /** Takes back every command: the token is in, with its PIN untried, and all counters are 0. */
  reset(): void {
    this.#commands = [];
    zeroCounters(this.#counters);
    this.replug();
  }

  /** Calls so far, whoever made them. */
  count(name: FaultCounter): number {
    return readCounters(this.#counters).get(name) ?? 0;
  }

  #fault(what: string, name: FaultFunction, value: number, { nth }: When): void {
    this.#add(`${what} ${name} ${value} ${nth === undefined ? 0 : this.count(name) + nth}`);
  }

  #add(...commands: readonly string[]): void {
    this.#commands.push(...commands);
    this.#write();
  }

  /** Replaced as a whole: the module reads the old commands or the new ones. */
  #write(): void {
    const lines = [
      ...this.#commands,
      `epoch ${this.#epoch}`,
      ...(this.#reinitialise ? ['reinitialise'] : []),
      ...(this.#unplugged === null ? [] : [`unplugged ${this.#unplugged}`]),
    ];
    writeFileSync(`${this.#control}.new`, lines.join('\n') + '\n');
    renameSync(`${this.#control}.new`, this.#control);
  }
}
