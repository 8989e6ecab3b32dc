import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '#signing-api/project-folder';

/** The loop in C that the PKCS#11 layer is measured against (c-loop.c), compiled here. */

export const canVerifyInC = existsSync('/usr/include/openssl/ecdsa.h');

export type CLoop = {
  readonly module: string;
  readonly serial: string;
  readonly pin: string;
  readonly mechanism: number;
  readonly inputBytes: number;
  readonly count: number;
  /** DER file of the key that verifies each signature too */
  readonly spki?: string;
};

/** @returns path of the program */
export function compileCLoop(folder: string): string {
  const root = projectFolder();
  const program = join(folder, 'c-loop');
  const openssl = canVerifyInC ? ['-DWITH_OPENSSL', '-lcrypto'] : [];
  const include = ['-I', join(root, 'node_modules/pkcs11js/includes/pkcs11')];
  mkdirSync(folder, { recursive: true });
  execFileSync('gcc', ['-O2', ...include, join(root, 'bench/c-loop.c'), '-o', program, '-ldl', ...openssl], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return program;
}

export function runCLoop(program: string, loop: CLoop): { seconds: number; cpuSeconds: number } {
  const { module, serial, mechanism, inputBytes, count, spki } = loop;
  const words = [module, serial, mechanism, inputBytes, count, ...(spki === undefined ? [] : [spki])];
  const output = execFileSync(program, words.map(String), { input: `${loop.pin}\n`, encoding: 'utf8' });
  const [seconds = NaN, cpuSeconds = NaN] = output.trim().split(' ').map(Number);
  return { seconds, cpuSeconds };
}
