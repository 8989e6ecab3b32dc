import { isRefusal } from '#core/refusal';
import { openHome, readEnrolment, type Home } from '../config.ts';
import { readJournal, type Entry } from '../journal.ts';
import { askRunning, type Running } from '../local-socket.ts';

export type OpenBatch = {
  readonly batchId: string;
  readonly mode: 'list' | 'each';
  /** perhaps: the token was asked and the answer was lost; in `each` mode some items may be signed */
  readonly signed: 'yes' | 'perhaps';
  readonly sequence: number;
  readonly since: string;
};

export type StatusReport = {
  /** null: AGENT_NOT_RUNNING */
  readonly running: Running | null;
  /** null: AGENT_NOT_ENROLLED */
  readonly enrolled: {
    readonly unit: { readonly kind: string; readonly code: string; readonly name: string };
    readonly instance: string;
    readonly api: string;
    readonly storage: string;
  } | null;
  /** begun here and, as far as this machine knows, not collected: a new ticket goes on with them */
  readonly resumable: readonly OpenBatch[];
};

/**
 * `kyso agent status`.
 * @throws Refusal CONFIG_INVALID, AGENT_STATE_DAMAGED
 */
export async function statusCommand(chosenHome: string | undefined): Promise<StatusReport> {
  const home = openHome(chosenHome);
  return {
    running: await unless('AGENT_NOT_RUNNING', () => askRunning(home)),
    enrolled: await unless('AGENT_NOT_ENROLLED', () => enrolledAs(home)),
    resumable: openBatches(readJournal(home)),
  };
}

function enrolledAs(home: Home): StatusReport['enrolled'] {
  const { unit, instance, api, storage } = readEnrolment(home);
  return { unit, instance, api, storage };
}

async function unless<T>(
  code: 'AGENT_NOT_RUNNING' | 'AGENT_NOT_ENROLLED',
  ask: () => T | Promise<T>,
): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (isRefusal(error, code)) return null;
    throw error;
  }
}

type Begun = Extract<Entry, { type: 'intent' | 'items' }>;

/** A list that a later one of the unit has overtaken cannot be collected any more. */
export function openBatches(entries: readonly Entry[]): OpenBatch[] {
  const last = new Map<string, Begun>();
  for (const entry of entries) {
    if (entry.type === 'intent' || entry.type === 'items') last.set(entry.statementSha256, entry);
    if (entry.type === 'unsigned' || entry.type === 'collected') last.delete(entry.statementSha256);
  }
  const hasResult = (begun: Begun) =>
    entries.some(
      ({ type, statementSha256 }) => type === 'result' && statementSha256 === begun.statementSha256,
    );
  const isOvertaken = (begun: Begun) =>
    entries.some(
      (entry) => entry.type === 'collected' && samePlace(entry, begun) && entry.sequence >= begun.sequence,
    );
  return [...last.values()]
    .filter((begun) => !isOvertaken(begun))
    .map((begun) => ({
      batchId: begun.batchId,
      mode: begun.type === 'items' ? 'each' : 'list',
      signed: hasResult(begun) ? 'yes' : 'perhaps',
      sequence: begun.sequence,
      since: begun.at,
    }));
}

type Placed = { readonly instance: string; readonly kind: string; readonly unit: string };

function samePlace(a: Placed, b: Placed): boolean {
  return a.instance === b.instance && a.kind === b.kind && a.unit === b.unit;
}

export function statusText({ running, enrolled, resumable }: StatusReport): string {
  return [
    running
      ? `Trình ký ${running.version} đang chạy: ${running.origin}/sign${running.signing ? ', đang ký' : ''}`
      : 'Trình ký chưa chạy (AGENT_NOT_RUNNING). Mở bằng: kyso agent serve',
    enrolled
      ? `Đơn vị ${enrolled.unit.name} (${enrolled.unit.code}), hệ thống ${enrolled.instance}, máy chủ ${enrolled.api}`
      : 'Máy này chưa đăng ký (AGENT_NOT_ENROLLED).',
    ...(resumable.length === 0 ? [] : ['Danh sách có thể ký tiếp, nếu chưa bị rút:']),
    ...resumable.map(
      ({ batchId, mode, signed, sequence, since }) =>
        `  ${batchId} · số ${sequence} · ${mode === 'list' ? 'ký toàn bộ' : 'ký từng hồ sơ'} · ${signed === 'yes' ? 'đã ký, chưa nộp' : 'có thể đã ký'} · từ ${since}`,
    ),
  ].join('\n');
}
