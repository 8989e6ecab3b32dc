import { v7 as uuidv7 } from 'uuid';
import { newOrders, type NewOrders } from '#core/wire/issuing';
import type { Caller } from '../../caller.ts';
import type { Service } from '../../service.ts';
import {
  countForPlanner,
  issuedDistricts,
  orderNewest,
  orderRecords,
  orderRenewals,
  signedDistricts,
  type OrderTerms,
} from '../../store/certificate-orders.ts';
import { orderRefused, refusedDistricts } from '../../store/refused-orders.ts';
import { insertJob, type Job } from '../../store/jobs.ts';
import type { Tx } from '../../store/database.ts';
import type { Progress } from '../verify-identity.ts';
import { kindsOf } from '../../issuing-policy.ts';

/** Takes an order in; making the single certificates of it is a job. @returns the job's id */
export async function requestOrders(service: Service, caller: Caller, orders: NewOrders): Promise<string> {
  const jobId = uuidv7();
  await insertJob(service.db, {
    jobId,
    kind: 'order',
    unitKind: caller.role,
    unit: caller.unit,
    args: { orders, by: caller.keyId },
    madeAt: service.clock(),
  });
  return jobId;
}

/**
 * Orders certificates, a district at a time; whatever was ordered already is passed over, so that a run that broke off is run again.
 * Records that turn out not to be issuable are refused one by one when their job is leased.
 */
export async function orderCertificates(
  service: Service,
  job: Job,
  progress: Progress,
): Promise<{ ordered: number }> {
  const orders = newOrders.parse(job.args['orders']);
  const terms: OrderTerms = {
    campaign: service.config.campaign,
    kinds: kindsOf(service.config.issuingPolicy),
    by: String(job.args['by']),
    at: service.clock(),
  };
  if (orders.scope === 'records') {
    const ordered = await service.db.transaction((tx) => orderRecords(tx, orders.records, terms));
    await progress(orders.records.length, orders.records.length);
    return { ordered };
  }
  await service.db.transaction(countForPlanner);
  const districts = await service.db.transaction((tx) => districtsOf(tx, orders));
  let ordered = 0;
  for (const [i, district] of districts.entries()) {
    ordered += await service.db.transaction((tx) => orderOf(tx, orders, district, terms));
    await progress(i + 1, districts.length);
  }
  return { ordered };
}

type ByDistrict = Exclude<NewOrders, { scope: 'records' }>;

function districtsOf(tx: Tx, orders: ByDistrict): Promise<string[]> {
  if (orders.scope === 'renewal') return issuedDistricts(tx);
  const among = orders.districts ?? null;
  return orders.scope === 'newest' ? signedDistricts(tx, among) : refusedDistricts(tx, among);
}

function orderOf(tx: Tx, orders: ByDistrict, district: string, terms: OrderTerms): Promise<number> {
  if (orders.scope === 'renewal') return orderRenewals(tx, district, new Date(orders.expiringBefore), terms);
  return orders.scope === 'newest'
    ? orderNewest(tx, district, terms)
    : orderRefused(tx, district, orders.codes ?? null, terms);
}
