import { createInterface } from 'node:readline';
import { isRefusal } from '#core/refusal';
import { lockHome } from '#signer-agent/lock';

/** A process that locks and unlocks a folder as it is told on standard input, and says what came of it. */
const [folder = ''] = process.argv.slice(2);
let unlock: (() => void) | undefined;

for await (const order of createInterface({ input: process.stdin })) {
  if (order === 'lock') {
    try {
      unlock = await lockHome({ folder });
      console.log('held');
    } catch (error) {
      console.log(isRefusal(error) ? error.code : 'failed');
    }
  } else {
    unlock?.();
    unlock = undefined;
    console.log('free');
  }
}
