import { v7 as uuidv7 } from 'uuid';
import { Refusal } from '#core/refusal';
import type { UnitKind } from '#core/sign/fields';
import type { Caller } from '../caller.ts';
import type { Service } from '../service.ts';
import { insertJob } from '../store/jobs.ts';
import { takeLease } from '../store/leases.ts';
import { hasEligible } from '../store/freeze.ts';
import { findUnit } from '../store/units.ts';

export type SigningUnit = { readonly kind: UnitKind; readonly code: string };

/** @throws Refusal FORBIDDEN where the caller is not a unit that signs */
export function signingUnit(caller: Caller): SigningUnit {
  if ((caller.role !== 'district' && caller.role !== 'facility') || caller.unit === null)
    throw new Refusal('FORBIDDEN');
  return { kind: caller.role, code: caller.unit };
}

/**
 * Until people have accounts of their own, a unit's key speaks for its signer, but never in production.
 * @throws Refusal FORBIDDEN
 */
export function requireTestInstance(instance: string): void {
  if (instance === 'production')
    throw new Refusal('FORBIDDEN', {
      detail: "a unit's key makes no tickets or enrolment codes in production",
    });
}

/** The lease that keeps a unit to one open batch of a kind. */
export function openLease(unit: SigningUnit): string {
  return `open:${unit.kind}:${unit.code}`;
}

/**
 * Opens a batch for the caller's unit; freezing it is a job under the batch's id.
 * @throws Refusal BATCH_OPEN, BATCH_EMPTY, FORBIDDEN
 */
export async function requestBatch(service: Service, caller: Caller, mode: 'list' | 'each'): Promise<string> {
  const unit = signingUnit(caller);
  await findUnit(service.db, unit.kind, unit.code);
  const batchId = uuidv7();
  const now = service.clock();
  await service.db.transaction(async (tx) => {
    if (!(await takeLease(tx, openLease(unit), batchId, now, null))) throw new Refusal('BATCH_OPEN');
    if (!(await hasEligible(tx, unit.kind, unit.code, service.config.campaign)))
      throw new Refusal('BATCH_EMPTY');
    await insertJob(tx, {
      jobId: batchId,
      kind: 'freeze',
      unitKind: unit.kind,
      unit: unit.code,
      args: { mode, by: caller.keyId },
      madeAt: now,
    });
  });
  return batchId;
}
