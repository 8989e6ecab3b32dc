import { Refusal } from '#core/refusal';
import { secret } from '#core/wire/devices';

const MAX_TICKET_BYTES = 1024;

/**
 * The ticket: an argument, else the first line of standard input.
 * @throws Refusal TICKET_UNKNOWN where it has not the form of one
 */
export async function readTicket(argument: string | undefined): Promise<string> {
  const text = (argument ?? (await firstLine(process.stdin))).trim();
  if (!secret.safeParse(text).success)
    throw new Refusal('TICKET_UNKNOWN', { detail: 'not of the form of a ticket' });
  return text;
}

async function firstLine(input: NodeJS.ReadStream): Promise<string> {
  let text = '';
  for await (const chunk of input) {
    text += String(chunk);
    if (text.includes('\n') || text.length > MAX_TICKET_BYTES) break;
  }
  return text.split('\n')[0] ?? '';
}
