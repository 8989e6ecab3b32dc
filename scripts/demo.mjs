import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { endWithNpm } from './set-up/end-with-npm.mjs';
import { main } from './set-up/failure.mjs';
import { root, setUp } from './set-up.mjs';

endWithNpm();
await main(setUp);

// The demo goes on in this process: terminal, signals and exit code are its own, nothing has to be forwarded.
const demo = join(root, 'dist/scripts/demo/main.js');
process.argv[1] = demo;
await import(pathToFileURL(demo).href);
