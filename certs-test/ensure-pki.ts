import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isRefusalCode, Refusal } from '#core/refusal';
import { findPki, settlePki } from './find-pki.ts';
import type { Pki } from './pki.ts';
import { completeOptions, type PkiOptions } from './pki-options.ts';

export type EnsureOptions = PkiOptions & {
  /** the present, for the age of what is there and for the dates of what is made */
  readonly at?: Date;
  /** told, line by line, what is being made */
  readonly say?: (line: string) => void;
};

/**
 * The test PKI in `dir`: made, in a process of its own, where it is absent, older than 20 days or made with other options.
 * Callers that change it (revoke, reissueTrustList) take a copy first (copyPki).
 * @throws Refusal SOFTHSM_MISSING, MODULE_FAILED, CONFIG_INVALID
 */
export async function ensurePki(
  dir: string,
  { at = new Date(), say, ...options }: EnsureOptions = {},
): Promise<Pki> {
  const found = await findPki(dir, options, at);
  if (found) return found;
  await makeInChild(dir, options, at, say ?? (() => undefined));
  return settlePki(dir);
}

async function makeInChild(
  dir: string,
  options: PkiOptions,
  at: Date,
  say: (line: string) => void,
): Promise<void> {
  const { districts, facilities, bad, instance, software, addresses } = completeOptions(options);
  const child = spawn(
    process.execPath,
    [
      fileURLToPath(new URL('./make.js', import.meta.url)),
      resolve(dir),
      ...['--only-if-needed', '--at', at.toISOString(), '--instance', instance],
      ...['--districts', districts.join(','), '--facilities', facilities.join(',')],
      ...(bad ? [] : ['--no-bad']),
      ...(software === true ? ['--software'] : []),
      ...(addresses?.crl === undefined ? [] : ['--crl-url', addresses.crl]),
      ...(addresses?.ocsp === undefined ? [] : ['--ocsp-url', addresses.ocsp]),
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let last = '';
  const lines = createInterface({ input: child.stderr });
  lines.on('line', (line) => {
    last = line;
    say(line);
  });
  const code = await new Promise<number | null>((done, fail) => {
    child.once('error', fail);
    child.once('close', done);
  });
  if (code !== 0) throw refusalFrom(last);
}

/** The entry's last line is `CODE: detail`. */
function refusalFrom(line: string): Refusal {
  const [code = '', ...detail] = line.split(': ');
  return isRefusalCode(code)
    ? new Refusal(code, { detail: detail.join(': ') })
    : new Refusal('MODULE_FAILED', { detail: `the test PKI was not made: ${line}` });
}
