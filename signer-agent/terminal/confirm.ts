import { Refusal } from '#core/refusal';
import { askTerminal } from './terminal.ts';

/**
 * The signer's yes: a typed word, never a mere Enter. Until then the signer may look at any record.
 * @param look shows what a typed line asks to see; false where it asks for nothing
 * @throws Refusal APPROVAL_DECLINED, PIN_UNREADABLE (no terminal); of look
 */
export async function confirmSigning(look: (line: string) => Promise<boolean>): Promise<void> {
  for (;;) {
    const line = await askLine('Ký? Gõ "ký" để đồng ý: ');
    if (['ký', 'ky'].includes(line.trim().toLowerCase())) return;
    if (!(await look(line))) throw new Refusal('APPROVAL_DECLINED');
  }
}

/** @throws Refusal PIN_LAST_TRY, PIN_UNREADABLE */
export async function confirmLastTry(): Promise<void> {
  const answer = await askLine(
    'Chỉ còn MỘT lần thử PIN; sai lần này token bị khóa. Gõ "lần cuối" để tiếp tục: ',
  );
  if (!['lần cuối', 'lan cuoi'].includes(answer.trim().toLowerCase())) throw new Refusal('PIN_LAST_TRY');
}

/** @throws Refusal APPROVAL_DECLINED: in production a person approves */
export function refuseUnattendedApproval(instance: string): void {
  if (instance === 'production')
    throw new Refusal('APPROVAL_DECLINED', { detail: '--yes is refused in production' });
}

async function askLine(question: string): Promise<string> {
  const line = await askTerminal(question, true);
  return line.toString('utf8').normalize('NFC');
}
