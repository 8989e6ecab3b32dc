import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { endWithNpm } from './set-up/end-with-npm.mjs';
import { main } from './set-up/failure.mjs';
import { root, setUpForTests } from './set-up.mjs';

endWithNpm();
await main(setUpForTests);

// The long runs: `npm run campaign -- kill --seed 7` is that one, without a name all of them, one after the other. Each prints one line of
// JSON; docs/campaigns.md keeps them.
const folder = join(root, 'dist/test/campaigns');
const campaigns = readdirSync(folder).flatMap((file) => (file.endsWith('.js') ? [file.slice(0, -3)] : []));
const [first = '', ...rest] = process.argv.slice(2);
const isNamed = first !== '' && !first.startsWith('-');
if (isNamed && !campaigns.includes(first)) {
  console.error(`no campaign is called "${first}"; there are: ${campaigns.join(', ')}`);
  process.exit(2);
}
for (const name of isNamed ? [first] : campaigns) {
  console.error(`${name} …`);
  const code = await run(join(folder, `${name}.js`), isNamed ? rest : process.argv.slice(2));
  if (code !== 0) {
    console.error(`${name} failed`);
    process.exitCode = 1;
  }
}

function run(script, args) {
  const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
  process.on('SIGINT', () => undefined);
  return new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)));
}
