import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Refusal } from '#core/refusal';
import type { ItemsCollected, ItemSignature } from '#core/wire/signing-sessions';
import { Outbox } from '#signer-agent/signing/outbox';

const window = (index: number): ItemSignature[] => [{ index, cms: 'AAAA' }];
const batchId = '01800000-0000-7000-9000-000000000001';

/** An API that answers when it is told to. */
function slowApi() {
  const sent: number[] = [];
  const answers: ((error?: Refusal) => void)[] = [];
  const send = (items: readonly ItemSignature[]): Promise<ItemsCollected> =>
    new Promise((resolve, reject) => {
      sent.push(items[0]?.index ?? -1);
      answers.push((error) => (error ? reject(error) : resolve({ batchId, items: sent.length, count: 99 })));
    });
  return { sent, answers, outbox: new Outbox(send) };
}

async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await turn();
}

it('hands windows in two at a time, in order', async () => {
  const { sent, answers, outbox } = slowApi();
  for (const index of [0, 1, 2, 3]) await outbox.push(window(index));
  await settled();
  expect(sent).toEqual([0, 1]);
  answers[0]?.();
  await settled();
  expect(sent).toEqual([0, 1, 2]);
  answers[1]?.();
  await settled();
  expect(sent).toEqual([0, 1, 2, 3]);
  answers[2]?.();
  answers[3]?.();
  expect(await outbox.drain()).toMatchObject({ items: 4 });
});

it('knows that the batch is collected, whatever the window that was under way beside the last one is told', async () => {
  for (const isLastFirst of [true, false]) {
    const collected = { batchId, items: 99, count: 99, collectedAt: '2026-11-22T01:02:03Z' };
    const answers: (() => void)[] = [];
    const outbox = new Outbox(
      (items) =>
        new Promise((resolve, reject) => {
          const isLast = items[0]?.index === 1;
          answers.push(() => (isLast ? resolve(collected) : reject(new Refusal('SESSION_ENDED'))));
        }),
    );
    await outbox.push(window(0));
    await outbox.push(window(1));
    await settled();
    for (const answer of isLastFirst ? answers.reverse() : answers) {
      answer();
      await settled();
    }
    expect(await outbox.drain()).toEqual(collected);
  }
});

it('lets signing go on for eight windows, then makes it wait', async () => {
  const { answers, outbox } = slowApi();
  for (let index = 0; index < 8; index++) await outbox.push(window(index));
  let isPlaced = false;
  const ninth = outbox.push(window(8)).then(() => (isPlaced = true));
  await settled();
  expect(isPlaced).toBe(false);
  answers[0]?.();
  await ninth;
  expect(isPlaced).toBe(true);
});

it('hands in nothing after a window that could not be, and makes nobody wait', async () => {
  const { sent, answers, outbox } = slowApi();
  for (let index = 0; index < 8; index++) await outbox.push(window(index));
  const ninth = outbox.push(window(8));
  await settled();
  answers[0]?.(new Refusal('BATCH_WITHDRAWN'));
  await ninth;
  answers[1]?.();
  await expect(outbox.drain()).rejects.toMatchObject({ code: 'BATCH_WITHDRAWN' });
  expect(outbox.failed.aborted).toBe(true);
  expect(sent).toEqual([0, 1]);
});

it('has nothing to say where nothing was handed in', async () => {
  expect(await slowApi().outbox.drain()).toBeNull();
});
