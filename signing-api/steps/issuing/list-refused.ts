import { instant } from '#core/dates';
import type { RefusedOrders } from '#core/wire/issuing';
import type { Service } from '../../service.ts';
import { listRefused } from '../../store/refused-orders.ts';

const PAGE = 500;

/** The orders of a district that were refused, a page at a time. @param after a certificateId that was `next` */
export async function listRefusedOrders(
  service: Service,
  asked: {
    readonly district: string;
    readonly code?: string | undefined;
    readonly after?: string | undefined;
  },
): Promise<RefusedOrders> {
  const { district, code = null, after = null } = asked;
  const rows = await listRefused(service.db, { district, code, after, limit: PAGE + 1 });
  const orders = rows.slice(0, PAGE).map((row) => ({ ...row, refusedAt: instant(row.refusedAt) }));
  return { orders, next: rows.length > PAGE ? (orders.at(-1)?.certificateId ?? null) : null };
}
