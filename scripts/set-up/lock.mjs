import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * One set-up at a time in one project. The lock is a socket without a file (unix(7), abstract namespace): it goes with
 * its process, however that ends.
 */
export async function withLock(root, work) {
  if (process.platform !== 'linux') return work();
  const name = `\0kyso-set-up-${createHash('sha256').update(root).digest('hex').slice(0, 32)}`;
  let lock = await tryLock(name);
  for (let waited = 0; lock === undefined; waited += 1) {
    if (waited % 8 === 0) console.log('Another set-up of this project is running; waiting for it …');
    await sleep(1_000);
    lock = await tryLock(name);
  }
  try {
    return await work();
  } finally {
    lock.close();
  }
}

function tryLock(name) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', (error) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen(name, () => resolve(server));
  });
}
