import { z } from 'zod';
import { Refusal } from '#core/refusal';
import { readShape } from '#core/shape';
import { secret } from '#core/wire/devices';
import type { Records } from '../signing/door.ts';
import { FATES } from './fates.ts';
import type { Html } from './html.ts';
import type { PageSession } from './page-session.ts';
import { foundRecords, openedRecord } from './pages/records.ts';
import { resultFile } from './result-file.ts';
import type { Action } from './server.ts';

/** Everything that the page may ask, and nothing else: each has one shape, and unknown members are refused. */

const none = z.strictObject({});
const whole = z.string().regex(/^[1-9]\d{0,8}$/);
const FOUND = 20;

export function doorActions(session: PageSession): Readonly<Record<string, Action>> {
  const { signing } = session;
  return {
    state: said(z.strictObject({ seen: z.number().int().min(0) }), ({ seen }) => session.shown(seen)),
    today: said(none, () => session.today()),
    check: said(none, () => session.checkMachine()),
    ticket: said(z.strictObject({ ticket: z.string().max(1024) }), ({ ticket }) =>
      session.sign(ticketIn(ticket)),
    ),
    search: said(z.strictObject({ text: z.string().min(1).max(200) }), async ({ text }) =>
      fragment(foundRecords(await recordsOf(session).search(text, FOUND))),
    ),
    open: said(z.strictObject({ number: whole }), async ({ number }) => {
      const index = Number(number) - 1;
      return fragment(openedRecord({ index, leaf: await opened(recordsOf(session), index) }));
    }),
    approve: said(z.strictObject({ shortDigest: z.string(), statementSha256: z.string() }), (shown) =>
      signing.approve(shown),
    ),
    pin: {
      contentType: 'application/octet-stream',
      answer: (body, header) =>
        signing.bringPin(body, header('kyso-statement') ?? '', header('kyso-last-try') === 'yes'),
    },
    stop: said(none, () => signing.stop()),
    download: said(z.strictObject({ what: z.enum(FATES) }), ({ what }) => {
      const { step, summary } = signing;
      if (!('counts' in step) || !summary)
        throw new Refusal('RECORD_UNKNOWN', { detail: 'no result is shown' });
      return resultFile(what, signing.fates, summary);
    }),
    leave: said(none, () => session.today()),
  };
}

function said<S extends z.ZodType>(shape: S, answer: (body: z.infer<S>) => unknown): Action {
  return {
    contentType: 'application/json',
    answer: (body) => answer(readShape(shape, jsonIn(body), 'REQUEST_MALFORMED')),
  };
}

function jsonIn(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch (cause) {
    throw new Refusal('REQUEST_MALFORMED', { detail: 'not JSON', cause });
  }
}

/** A ticket alone, or the link or `kyso:` address that it came in. */
function ticketIn(text: string): string {
  const ticket = text.trim().replace(/^.*[#:]/s, '');
  if (!secret.safeParse(ticket).success)
    throw new Refusal('TICKET_UNKNOWN', { detail: 'not of the form of a ticket' });
  return ticket;
}

function recordsOf({ signing: { step } }: PageSession): Records {
  if (step.at !== 'review') throw new Refusal('RECORD_UNKNOWN', { detail: 'no list is shown' });
  return step.records;
}

async function opened(records: Records, index: number) {
  try {
    return await records.open(index);
  } catch (cause) {
    throw cause instanceof RangeError ? new Refusal('RECORD_UNKNOWN', { cause }) : cause;
  }
}

function fragment({ text }: Html): { readonly html: string } {
  return { html: text };
}
