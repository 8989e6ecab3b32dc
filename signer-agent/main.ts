import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { Refusal } from '#core/refusal';
import { enrolCommand } from './commands/enrol.ts';
import { signCommand } from './commands/sign.ts';
import { tokensCommand, tokensText } from './commands/tokens.ts';
import { readTicket } from './terminal/read-ticket.ts';

/** Exit codes of `kyso agent`. */
const EXIT = { done: 0, refused: 1, usage: 2 } as const;

/**
 * `kyso agent enrol | tokens | sign`.
 * @param argv what follows `agent`
 * @returns the exit code: 0 done, 1 refused (said on standard error), 2 usage
 */
export async function agentCommand(argv: readonly string[]): Promise<number> {
  const program = agentProgram();
  try {
    await program.parseAsync(argv, { from: 'user' });
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (!(error instanceof Refusal)) throw error;
    show(refusalText(error));
    return EXIT.refused;
  }
}

type CommonOptions = {
  readonly home?: string;
  readonly json?: boolean;
  readonly pinFd?: number;
  readonly lastTry?: boolean;
};

function agentProgram(): Command {
  const program = new Command('agent').description('signs lists with a token').exitOverride();

  program
    .command('enrol <code>')
    .description('binds this machine to a unit and to the certificate on a token')
    .requiredOption('--api <url>', 'origin of the API, kept from now on')
    .requiredOption('--module <path>', "absolute path of the token's PKCS#11 driver")
    .option('--serial <serial>', 'the token, by serial number')
    .option('--label <label>', 'the token, by label')
    .option('--certificate <sha256>', 'which certificate, where the token holds several')
    .option('--home <folder>', "the agent's folder")
    .option(
      '--pin-fd <number>',
      'read the PIN from a file descriptor (only where the API is on this machine)',
      descriptor,
    )
    .option('--last-try', 'try the PIN though it is the last try before the token locks')
    .option('--json', 'print the enrolment as JSON')
    .action(enrol);

  program
    .command('tokens')
    .description('lists tokens and certificates')
    .option('--module <path>', 'absolute path of a PKCS#11 driver; else the known ones are asked')
    .option('--json', 'print as JSON')
    .action(tokens);

  program
    .command('sign [ticket]')
    .description(
      'redeems a ticket (argument or standard input), recomputes its batch, and signs it after approval',
    )
    .option('--home <folder>', "the agent's folder")
    .option('--yes', 'approve without asking (never in production)')
    .option('--pin-fd <number>', 'read the PIN from a file descriptor (never in production)', descriptor)
    .option('--last-try', 'try the PIN though it is the last try before the token locks')
    .option('--pss', 'RSASSA-PSS instead of PKCS #1 v1.5')
    .option('--sample <number>', 'how many records are drawn and shown', whole, 5)
    .option('--json', 'print one final line of JSON on standard output')
    .action(sign);

  return program;
}

type EnrolFlags = CommonOptions & {
  readonly api: string;
  readonly module: string;
  readonly serial?: string;
  readonly label?: string;
  readonly certificate?: string;
};

async function enrol(code: string, flags: EnrolFlags): Promise<void> {
  const options = { ...flags, code, lastTry: flags.lastTry === true };
  const enrolment = await orSayWhy(flags, () => enrolCommand(options));
  const { deviceId, instance, unit, token, signerCertificateSha256 } = enrolment;
  show(
    `Đã đăng ký máy cho ${unit.name} (${unit.code}), hệ thống ${instance}, token ${token.label} ${token.serial}.`,
  );
  show(`Mã máy ${deviceId}`);
  if (flags.json) print({ deviceId, instance, unit, token, signerCertificateSha256 });
}

async function tokens(flags: CommonOptions & { readonly module?: string }): Promise<void> {
  const report = await tokensCommand(flags.module, new Date());
  if (flags.json) print(report);
  else process.stdout.write(tokensText(report).replace(CONTROL, '?') + '\n');
}

type SignFlags = CommonOptions & { readonly yes?: boolean; readonly pss?: boolean; readonly sample: number };

async function sign(argument: string | undefined, flags: SignFlags): Promise<void> {
  const counted = { tokenOperations: 0 };
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
        show,
        onTokenOperations: (count) => (counted.tokenOperations = count),
      }),
    counted,
  );
  show(
    `Đã ký ${report.count} hồ sơ bằng ${report.tokenOperations} thao tác token; máy chủ đã nhận lúc ${report.collectedAt}.`,
  );
  if (flags.json) print(report);
}

/** With --json a refusal, too, is one line on standard output. */
async function orSayWhy<T>({ json }: CommonOptions, action: () => Promise<T>, more: object = {}): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (json && error instanceof Refusal) print({ refused: error.code, detail: error.detail, ...more });
    throw error;
  }
}

/** Labels and names come from tokens: nothing in them may steer the terminal. */
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g;

function show(text: string): void {
  process.stderr.write(text.replace(CONTROL, '?') + '\n');
}

function print(value: unknown): void {
  process.stdout.write(JSON.stringify(value) + '\n');
}

function refusalText({ code, detail, texts, faults }: Refusal): string {
  const located = faults.slice(0, 20).map((fault) => `  ${fault.at} ${fault.code}`);
  return [`${code}: ${texts.vi}`, `  ${texts.en}`, ...(detail ? [`  (${detail})`] : []), ...located].join(
    '\n',
  );
}

function descriptor(text: string): number {
  return whole(text);
}

function whole(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError('a whole number');
  return Number(text);
}
