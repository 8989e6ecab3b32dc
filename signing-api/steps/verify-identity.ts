import type { RecordDraft } from '#core/record/record';
import { Refusal } from '#core/refusal';
import { MAX_PEOPLE, type PersonToCheck } from '#core/wire/register';
import type { Service } from '../service.ts';
import {
  countPendingIdentities,
  identityMaxAgeDays,
  insertIdentityChecks,
  pendingIdentities,
  type IdentityCheck,
  type PendingIdentity,
  type Scope,
} from '../store/identity.ts';
import { openDraft } from './complete-versions.ts';

/** Requests on the way at once: the register's own limit is not known, so this is gentle. */
const IN_FLIGHT = 4;
const PAGE = MAX_PEOPLE * IN_FLIGHT;

/** Told after each page; what it throws ends the run there. */
export type Progress = (done: number, total: number) => Promise<void>;

/**
 * Asks the register about every person in scope who was never asked or whose answer is too old; one answer serves all of a person's
 * doses. Answers are kept as they come, so a run that breaks off loses nothing.
 * @param againBefore asks again, whatever the age, whoever's newest answer is from before then and not `right`
 * @throws Refusal REGISTER_UNREACHABLE
 */
export async function verifyIdentities(
  service: Service,
  scope: Scope,
  progress: Progress,
  againBefore: Date | null = null,
): Promise<number> {
  const days = await identityMaxAgeDays(service.db);
  const askedAfter = new Date(service.clock().getTime() - days * 86_400_000);
  const asking = { askedAfter, againBefore };
  const total = await countPendingIdentities(service.db, scope, asking);
  let done = 0;
  for await (const page of pendingIdentities(service.db, scope, asking, PAGE)) {
    await Promise.all(groups(page, MAX_PEOPLE).map((group) => ask(service, group)));
    done += page.length;
    await progress(done, total);
  }
  return done;
}

async function ask(service: Service, group: readonly PendingIdentity[]): Promise<void> {
  const people = group.map((person, i) => toQuestion(openDraft(service.sealer, person), String(i)));
  const { answers, replySha256 } = await service.register.check(people);
  const at = service.clock();
  const checks = answers.map((answer): IdentityCheck => {
    const person = group[Number(answer.ref)];
    if (!person) throw new Refusal('REGISTER_UNREACHABLE', { detail: 'unknown ref' });
    return {
      district: person.district,
      identityIndex: person.identityIndex,
      at,
      result: answer.result,
      wrong: answer.wrong,
      reference: answer.reference ?? null,
      replySha256,
    };
  });
  await service.db.transaction((tx) => insertIdentityChecks(tx, checks));
}

function toQuestion(draft: RecordDraft, ref: string): PersonToCheck {
  const { person, id } = draft;
  if (id.type === 'PASSPORT')
    throw new Refusal('INTERNAL', { detail: 'a passport was queued for the register' });
  return {
    ref,
    name: person.name,
    sex: person.sex,
    birthDate: person.birthDate,
    idType: id.type,
    idNumber: id.number,
  };
}

function groups<T>(items: readonly T[], size: number): T[][] {
  const out: T[][] = [];
  for (let i = 0; i < items.length; i += size) out.push(items.slice(i, i + size));
  return out;
}
