import { Refusal } from '#core/refusal';
import { secret } from '#core/wire/devices';

/**
 * The link that the console makes: `kyso:sign#TICKET`, or `kyso:TICKET`. It names a ticket and nothing else: no address, no file, no option.
 * @throws Refusal TICKET_UNKNOWN
 */
export function ticketOfLink(link: string): string {
  const ticket = /^kyso:(?:sign#)?([A-Za-z0-9_-]+)$/.exec(link)?.[1];
  if (ticket === undefined || !secret.safeParse(ticket).success)
    throw new Refusal('TICKET_UNKNOWN', { detail: 'not a kyso: link' });
  return ticket;
}
