import { signCommand, type SignReport } from '../commands/sign.ts';
import type { EndCounts } from '../signing/run-signing.ts';
import { readTicket } from '../terminal/read-ticket.ts';
import { homeFlag, jsonFlag, lastTryFlag, pinFdFlag, wholeNumber } from './flags.ts';
import { orSayWhy, printJson, say, type Cli, type CommonFlags } from './output.ts';

type SignFlags = CommonFlags & {
  readonly yes?: boolean;
  readonly pinFd?: number;
  readonly lastTry?: boolean;
  readonly pss?: boolean;
  readonly sample: number;
};

export function addSign({ program }: Cli): void {
  program
    .command('sign [ticket]')
    .description(
      'redeems a ticket (argument or standard input), recomputes its batch, and signs it after approval',
    )
    .addOption(homeFlag())
    .option('--yes', 'approve without asking (never in production)')
    .addOption(pinFdFlag('never in production'))
    .addOption(lastTryFlag())
    .option('--pss', 'RSASSA-PSS instead of PKCS #1 v1.5')
    .option('--sample <number>', 'how many records are drawn and shown', wholeNumber, 5)
    .addOption(jsonFlag())
    .action(sign);
}

async function sign(argument: string | undefined, flags: SignFlags): Promise<void> {
  let counts: EndCounts = { signed: 0, skipped: 0, failed: 0, tokenOperations: 0 };
  const onEnd = (ended: EndCounts) => (counts = ended);
  const report = await orSayWhy(
    flags,
    async () =>
      signCommand({
        home: flags.home,
        ticket: await readTicket(argument),
        yes: flags.yes === true,
        pinFd: flags.pinFd,
        lastTry: flags.lastTry === true,
        pss: flags.pss === true,
        sample: flags.sample,
        show: say,
        onEnd,
      }),
    () => counts,
  ).catch((error: unknown) => {
    say(soFarText(counts));
    throw error;
  });
  say(doneText(report));
  if (flags.json) printJson(report);
}

function soFarText({ signed, skipped, failed }: EndCounts): string {
  return `Đã ký ${signed} hồ sơ, ${skipped} đã ký từ trước, ${failed} lỗi.`;
}

function doneText({ mode, count, signed, skipped, tokenOperations, collectedAt }: SignReport): string {
  const what = mode === 'list' ? `Đã ký ${count} hồ sơ` : `Đã ký ${signed} hồ sơ, ${skipped} đã ký từ trước,`;
  return `${what} bằng ${tokenOperations} thao tác token; máy chủ đã nhận lúc ${collectedAt}.`;
}
