import { Refusal } from '#core/refusal';
import { whyOver } from '../session.ts';
import type { Ceremony } from './sign-batch.ts';

/** @throws Refusal SESSION_ENDED, or the API's reason; SIGNING_STOPPED by the signer */
export function demandGoingOn({ session, door }: Pick<Ceremony, 'session' | 'door'>): void {
  if (session.ended.aborted) throw whyOver(session);
  if (door.stop.aborted) throw new Refusal('SIGNING_STOPPED');
}
