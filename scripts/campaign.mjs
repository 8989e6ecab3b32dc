import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { endWithNpm } from './set-up/end-with-npm.mjs';
import { main } from './set-up/failure.mjs';
import { root, setUp } from './set-up.mjs';

endWithNpm();
await main(setUp);

// The long runs, one after the other: `npm run campaign -- --seed 7`. Each prints one line of JSON; docs/campaigns.md keeps them.
const folder = join(root, 'dist/test/campaigns');
for (const name of readdirSync(folder).filter((file) => file.endsWith('.js'))) {
  console.error(`${name} …`);
  const code = await run(join(folder, name));
  if (code !== 0) {
    console.error(`${name} failed`);
    process.exitCode = 1;
  }
}

function run(script) {
  const child = spawn(process.execPath, [script, ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
  process.on('SIGINT', () => undefined);
  return new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)));
}
