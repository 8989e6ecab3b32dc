import { spawn } from 'node:child_process';
import { endWithNpm } from './set-up/end-with-npm.mjs';
import { main } from './set-up/failure.mjs';
import { runQuietly } from './set-up/run.mjs';
import { root, setUpForTests } from './set-up.mjs';

endWithNpm();
await main(setUpForTests);

// The compiler ran in set-up. What follows is run to the end, so that one run shows everything that is wrong.
const failed = [];
for (const [label, args] of [
  ['eslint', ['node_modules/eslint/bin/eslint.js', '.']],
  ['prettier', ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.']],
]) {
  console.log(`${label} …`);
  const { code, output, seconds } = await runQuietly(process.execPath, args, { cwd: root }, (passed) =>
    console.log(`  … ${label}: ${passed} s`),
  );
  console.log(code === 0 ? `${label}: fine, ${seconds} s` : `${output}\n${label}: failed`);
  if (code !== 0) failed.push(label);
}
if ((await vitest(process.argv.slice(2))) !== 0) failed.push('vitest');

if (failed.length > 0) console.error(`\nfailed: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;

function vitest(args) {
  const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  // Ctrl-C reaches it through the terminal; it ends its workers, then this process goes on to its own end.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)));
}
