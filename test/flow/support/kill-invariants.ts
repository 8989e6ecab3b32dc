import type { AgentMachine } from './kill-agent.ts';
import { judgeItemJournal, judgeListJournal } from './kill-journal.ts';
import { persist } from './kill-persist.ts';
import type { KillStage } from './kill-stage.ts';

/** What must hold at any time, whatever was killed, seen through the API and beside it. */

export type Expected = {
  /** rows of imports that were answered with success */
  readonly acknowledgedRecords: number;
  /** SHA-256 (base64url) of every CMS that the API said it has */
  readonly acknowledgedSignatures: ReadonlySet<string>;
  /** nothing is under way: what may be ahead of its acknowledgement is not */
  readonly isSettled: boolean;
};

/** @throws Error naming everything that does not hold */
export async function demandInvariants(stage: KillStage, expected: Expected): Promise<void> {
  const problems: string[] = [];
  const say = (isTrue: boolean, text: string) => (isTrue ? undefined : problems.push(text));
  // before the database is asked
  const acknowledged = [...expected.acknowledgedSignatures];
  for (const kind of ['district', 'facility'] as const) await demandStages(stage, kind, expected, say);
  for (const batch of await persist(() => batches(stage))) {
    const { count, leaves, mode, signatures, counted, isInRange, isCollected } = batch;
    const all = mode === 'list' ? '1' : count;
    const at = `batch ${batch.id} (${mode}, ${count})`;
    say(count === leaves, `${at}: ${leaves} leaves`);
    say(Number(signatures) <= Number(all), `${at}: ${signatures} signatures`);
    say(isCollected === (signatures === all), `${at}: collected ${isCollected}, ${signatures} signatures`);
    say(mode === 'list' || counted === signatures, `${at}: ${signatures} signatures, ${counted} counted`);
    say(isInRange, `${at}: a signature of no item`);
  }
  const stored = new Set(
    (await persist(() => stage.sql<{ sha: Buffer }>('select cms_sha256 as sha from signatures'))).map(
      ({ sha }) => sha.toString('base64url'),
    ),
  );
  for (const sha of acknowledged) say(stored.has(sha), `signature ${sha} was acknowledged and is not there`);
  const [loose] = await persist(() => stage.sql<{ shown: string; leaves: string }>(LOOSE));
  say(loose?.shown === '0', `${loose?.shown ?? ''} records shown as signed without a signature`);
  say(loose?.leaves === '0', `${loose?.leaves ?? ''} leaves of no batch`);
  if (problems.length > 0) throw new Error(problems.join('; '));
}

type Say = (isTrue: boolean, text: string) => void;

/** The report may be asked a moment after the table: what it shows as signed lies between the table before and after. */
async function demandStages(
  stage: KillStage,
  kind: 'district' | 'facility',
  { acknowledgedRecords, isSettled }: Expected,
  say: Say,
): Promise<void> {
  const before = await persist(() => signedRecords(stage, kind));
  const counts = await persist(() => stage.must('cdc', `/v1/reports/stages?kind=${kind}`));
  const after = await persist(() => signedRecords(stage, kind));
  const [records, signed] = [Number(counts['records']), Number(counts['signed'])];
  const isKept = isSettled ? records === acknowledgedRecords : records >= acknowledgedRecords;
  say(isKept, `${kind}: ${records} records, ${acknowledgedRecords} acknowledged`);
  say(signed <= after, `${kind}: ${signed} shown as signed, ${after} signed`);
  if (isSettled) say(signed === before, `${kind}: ${signed} shown as signed, ${before} signed`);
}

async function signedRecords(stage: KillStage, kind: string): Promise<number> {
  const [row] = await stage.sql<{ signed: string }>(
    `select count(*) as signed from batch_leaves l join batches b using (batch_id)
     where l.kind = $1 and exists (${SIGNATURE_OF_LEAF})`,
    [kind],
  );
  return Number(row?.signed);
}

const SIGNATURE_OF_LEAF = `select from signatures s where s.batch_id = l.batch_id
  and s.leaf_index = case b.mode when 'list' then -1 else l.leaf_index end`;

const LOOSE = `select
  (select count(*) from record_stage r where r.stage = 'signed' and not exists (
     select from batch_leaves l join batches b using (batch_id)
     where l.district = r.district and l.record_id = r.record_id and l.version = r.version and l.kind = r.kind
     and exists (${SIGNATURE_OF_LEAF}))) as shown,
  (select count(*) from batch_leaves l where not exists (select from batches b where b.batch_id = l.batch_id)) as leaves`;

type BatchCounts = {
  readonly id: string;
  readonly mode: string;
  readonly count: string;
  readonly leaves: string;
  readonly signatures: string;
  /** of items, as the API counts them */
  readonly counted: string;
  readonly isInRange: boolean;
  readonly isCollected: boolean;
};

function batches(stage: KillStage): Promise<BatchCounts[]> {
  return stage.sql<BatchCounts>(
    `select b.batch_id as id, b.mode, b.count, s.signatures, s."isInRange",
       (select count(*) from batch_leaves l where l.batch_id = b.batch_id) as leaves,
       (select coalesce(max(c.items), 0) from item_counts c where c.batch_id = b.batch_id) as counted,
       exists (select from batch_collections c where c.batch_id = b.batch_id) as "isCollected"
     from batches b cross join lateral (
       select count(*) as signatures,
         coalesce(bool_and(case b.mode when 'list' then s.leaf_index = -1 else s.leaf_index between 0 and b.count - 1 end), true)
           as "isInRange"
       from signatures s where s.batch_id = b.batch_id) s`,
  );
}

/**
 * Every signature of the batch that is stored was written down by the agent that made it, and the agent's journals hold nothing that was
 * signed twice.
 */
export async function demandWrittenDown(
  stage: KillStage,
  machine: AgentMachine,
  batchId: string,
): Promise<void> {
  const lists = judgeListJournal(machine.journal());
  const items = judgeItemJournal(machine.itemJournal(batchId));
  const rows = await stage.sql<{ index: string; cms: Buffer; sha: Buffer }>(
    'select leaf_index as index, cms, cms_sha256 as sha from signatures where batch_id = $1',
    [batchId],
  );
  for (const { index, cms, sha } of rows) {
    const value = items.get(Number(index));
    // the signature value is what a CMS without unsigned attributes ends with (RFC 5652 §5.3)
    const isWritten =
      index === '-1'
        ? lists.has(sha.toString('base64url'))
        : value !== undefined && cms.subarray(-value.length).equals(value);
    if (!isWritten) throw new Error(`batch ${batchId}: signature ${index} is stored and in no journal`);
  }
}
