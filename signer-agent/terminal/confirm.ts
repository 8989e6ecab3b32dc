import { Refusal } from '#core/refusal';
import { askTerminal } from './terminal.ts';

/**
 * The signer's yes: a typed word, never a mere Enter.
 * @throws Refusal APPROVAL_DECLINED, PIN_UNREADABLE (no terminal)
 */
export async function confirmSigning(): Promise<void> {
  const answer = await askWord('Ký? Gõ "ký" để đồng ý: ');
  if (answer !== 'ký' && answer !== 'ky') throw new Refusal('APPROVAL_DECLINED');
}

/** @throws Refusal PIN_LAST_TRY, PIN_UNREADABLE */
export async function confirmLastTry(): Promise<void> {
  const answer = await askWord(
    'Chỉ còn MỘT lần thử PIN; sai lần này token bị khóa. Gõ "lần cuối" để tiếp tục: ',
  );
  if (answer !== 'lần cuối' && answer !== 'lan cuoi') throw new Refusal('PIN_LAST_TRY');
}

/** @throws Refusal APPROVAL_DECLINED: in production a person approves */
export function refuseUnattendedApproval(instance: string): void {
  if (instance === 'production')
    throw new Refusal('APPROVAL_DECLINED', { detail: '--yes is refused in production' });
}

async function askWord(question: string): Promise<string> {
  const line = await askTerminal(question, true);
  return line.toString('utf8').normalize('NFC').trim().toLowerCase();
}
