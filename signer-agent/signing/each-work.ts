import { instant } from '#core/dates';
import { isRefusal, Refusal, type RefusalCode } from '#core/refusal';
import type { ItemsCollected, ItemSignature } from '#core/wire/signing-sessions';
import { whyOver } from '../session.ts';
import { chooseAlgorithm } from '../token/signer-certificate.ts';
import { cmsWriter } from './item-cms.ts';
import { ItemJournal } from './item-journal.ts';
import { toText, type ResultWindow } from './item-lines.ts';
import { ItemSet } from './item-set.ts';
import { Outbox } from './outbox.ts';
import type { Ceremony, Work } from './sign-batch.ts';
import { EachSigning } from './sign-each.ts';
import { submitItems } from './submit.ts';

/** A signature is refused for what it is, not for when it comes. */
const NOT_TAKEN: readonly RefusalCode[] = [
  'SIGNATURE_MALFORMED',
  'SIGNATURE_INVALID',
  'SIGNER_UNTRUSTED',
  'SIGNER_REVOKED',
  'SIGNER_OF_OTHER_UNIT',
];

/**
 * `each` mode: one signature per record. What the journal has and the API has not is handed in at once; what neither has is left to sign.
 * @throws Refusal BATCH_ALREADY_SIGNED, API_ANSWER_INVALID; of the item journal and the API
 */
export async function eachWork(ceremony: Ceremony): Promise<Work> {
  const { home, session, signer, tokenState, door, pss } = ceremony;
  const { batchId, count } = session.statement;
  const { statementSha256 } = session;
  const stored = await storedItems(ceremony);
  const items = await ItemJournal.open(home, {
    batchId,
    statementSha256,
    signerSha256: signer.sha256,
    count,
  });
  let isEnding = false;
  const hurried = () => isEnding || door.stop.aborted;
  const outbox = new Outbox((window) => handWindowIn(ceremony, window, hurried));
  const lacking = await handInAgain(items, stored, signer.der, outbox);
  await outbox.drain();
  // bytes that may be signed already name their digest and their key: they are signed again as they are
  const bound = items.perhapsSigned.size > 0 ? items.opening : null;
  const done = unionOf(items.signed, stored);
  for (let index = 0; index < count; index++) if (done.has(index)) door.settled?.(index, 'skipped');
  const perhapsSigned = [...items.perhapsSigned.keys()].filter((index) => !done.has(index)).length;
  const isSigned = done.count === count;
  const algorithm = bound?.algorithm ?? chooseAlgorithm(signer, tokenState.algorithms, pss);
  return {
    earlier: { result: undefined, intent: undefined, perhapsSigned },
    signedItems: done.count,
    isSigned,
    sign: async (batch, unlock) => {
      try {
        ensureStarted(ceremony);
        await new EachSigning({ ceremony, algorithm, items, outbox, done, hashes: batch.hashes }).run(unlock);
      } catch (error) {
        isEnding = true;
        // what was signed is handed in still; where that fails, it stays in the journal
        await outbox.drain().catch(() => null);
        throw error;
      } finally {
        unlock.pin.wipe();
        items.close();
      }
    },
    handIn: async () => {
      const last = await outbox.drain();
      items.close();
      if (!last && lacking === 0) throw new Refusal('BATCH_ALREADY_SIGNED');
      if (last?.collectedAt === undefined)
        throw new Refusal('API_ANSWER_INVALID', { detail: 'all items are handed in, and not collected' });
      return { collectedAt: last.collectedAt };
    },
  };
}

/** @throws Refusal API_ANSWER_INVALID */
async function storedItems({ api, session }: Ceremony): Promise<ItemSet> {
  const { items, count, stretches } = await api.signedItems(session.address);
  const stored = new ItemSet(session.statement.count);
  const invalid = () => new Refusal('API_ANSWER_INVALID', { detail: 'signed items' });
  if (count !== stored.size) throw invalid();
  let next = 0;
  for (const [first, last] of stretches) {
    if (first < next || last < first || last >= stored.size) throw invalid();
    for (let index = first; index <= last; index++) stored.add(index);
    next = last + 1;
  }
  if (stored.count !== items) throw invalid();
  return stored;
}

/** @returns how many */
async function handInAgain(
  items: ItemJournal,
  stored: ItemSet,
  signer: Uint8Array,
  outbox: Outbox,
): Promise<number> {
  let count = 0;
  for await (const window of items.results()) {
    const lacking = signaturesOf(window, signer).filter(({ index }) => !stored.has(index));
    if (lacking.length > 0) await outbox.push(lacking);
    count += lacking.length;
  }
  return count;
}

function signaturesOf({ opening, results }: ResultWindow, signer: Uint8Array): ItemSignature[] {
  const write = cmsWriter(opening, signer);
  return results.map(({ index, attributes, signature }) => ({
    index,
    cms: toText(write(attributes, signature)),
  }));
}

function unionOf(a: ItemSet, b: ItemSet): ItemSet {
  const union = new ItemSet(a.size);
  for (let index = 0; index < a.size; index++) if (a.has(index) || b.has(index)) union.add(index);
  return union;
}

async function handWindowIn(
  { api, session, counts, door }: Ceremony,
  window: readonly ItemSignature[],
  hurried: () => boolean,
): Promise<ItemsCollected> {
  try {
    return await submitItems(api, session, window, hurried);
  } catch (error) {
    if (isRefusal(error) && NOT_TAKEN.includes(error.code)) {
      counts.failed += window.length;
      for (const { index } of window) door.settled?.(index, 'failed');
    }
    throw session.ended.aborted ? whyOver(session) : error;
  }
}

/** In the main journal: that this list is signed on this machine. */
function ensureStarted({ journal, session, signer, now }: Ceremony): void {
  const { batchId, instance, kind, unit, sequence } = session.statement;
  const list = { batchId, statementSha256: session.statementSha256, signerSha256: signer.sha256 };
  const isStarted = journal.entries.some(
    (entry) =>
      entry.type === 'items' &&
      entry.statementSha256 === list.statementSha256 &&
      entry.signerSha256 === list.signerSha256,
  );
  if (isStarted) return;
  journal.append({ type: 'items', at: instant(now()), ...list, instance, kind, unit: unit.code, sequence });
}
