import { spawn } from 'node:child_process';
import { SetUpFailure } from './failure.mjs';

const heartbeatSeconds = 8;
const keptCharacters = 6_000;

/** Runs a program and says every few seconds that it still runs; what it prints is shown only when it fails. */
export async function run(label, command, args, options = {}) {
  console.log(`${label} …`);
  const { code, output, seconds } = await runQuietly(command, args, options, (passed, lastLine) =>
    console.log(`  … ${label}: ${passed} s${lastLine === '' ? '' : ` · ${lastLine.slice(0, 90)}`}`),
  );
  if (code !== 0) {
    throw new SetUpFailure(
      'STEP_FAILED',
      `${output.trim()}\n\n"${command} ${args.join(' ')}" ended with ${code}.`,
    );
  }
  console.log(`${label}: done in ${seconds} s`);
  return output;
}

/** @returns {Promise<{code: number | string, output: string, seconds: string}>} never rejects */
export function runQuietly(command, args, options = {}, heartbeat = undefined) {
  const begun = Date.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (output = (output + text).slice(-keptCharacters)));
  }
  const passed = () => ((Date.now() - begun) / 1_000).toFixed(1);
  const timer = setInterval(() => {
    const lines = output.trim().split('\n');
    heartbeat?.(Math.round(passed()), lines[lines.length - 1].trim());
  }, heartbeatSeconds * 1_000);
  return new Promise((resolve) => {
    const end = (code, more = '') => {
      clearInterval(timer);
      resolve({ code, output: output + more, seconds: passed() });
    };
    child.on('error', (error) => end('an error', error.message));
    child.on('close', (code, signal) => end(code ?? signal));
  });
}
