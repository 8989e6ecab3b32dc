import { checkClock as demandClock } from '../signing/check-clock.ts';
import { checkLink } from './check-link.ts';
import type { LinkReport } from './report.ts';

/** This machine's clock against the server's. */
export async function checkClock(serverTime: Date, now: Date): Promise<LinkReport> {
  return checkLink('clock', () => {
    demandClock(serverTime, now);
    const seconds = Math.round((now.getTime() - serverTime.getTime()) / 1000);
    return { facts: [`lệch ${seconds} giây so với máy chủ`] };
  });
}
