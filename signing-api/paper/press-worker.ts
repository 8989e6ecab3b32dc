import { parentPort } from 'node:worker_threads';
import { isRefusal } from '#core/refusal';
import type { PressAnswer, PressOrder } from './press.ts';
import { print } from './print.ts';
import { readPaper } from './read-paper.ts';
import { samplePaper } from './sample-paper.ts';

// The thread that draws: one order at a time, so that whoever ordered can count the seconds.
parentPort?.on('message', (order: PressOrder) => {
  void answer(order).then((made) => parentPort?.postMessage(made));
});

async function answer({ source, format }: PressOrder): Promise<PressAnswer> {
  try {
    const paper = source === 'sample' ? samplePaper() : readPaper(source.text, source.nationality);
    return { bytes: await print(paper, format) };
  } catch (error) {
    return isRefusal(error)
      ? { code: error.code, detail: error.detail }
      : { code: 'INTERNAL', detail: 'drawing' };
  }
}
