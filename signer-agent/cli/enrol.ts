import { isAbsolute, resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { MAX_PHRASE } from '../config.ts';
import { enrolCommand } from '../commands/enrol.ts';
import { askTerminal } from '../terminal/terminal.ts';
import { homeFlag, jsonFlag, lastTryFlag, pinFdFlag } from './flags.ts';
import { orSayWhy, printJson, say, type Cli, type CommonFlags } from './output.ts';

type EnrolFlags = CommonFlags & {
  readonly api: string;
  readonly module?: string;
  readonly pkcs12?: string;
  readonly serial?: string;
  readonly label?: string;
  readonly certificate?: string;
  readonly phrase?: string;
  readonly pinFd?: number;
  readonly lastTry?: boolean;
};

export function addEnrol({ program }: Cli): void {
  program
    .command('enrol <code>')
    .description('binds this machine to a unit and to the certificate on a token or in a file')
    .requiredOption('--api <url>', 'origin of the API, kept from now on')
    .option(
      '--module <path>',
      "absolute path of the token's PKCS#11 driver; else the known ones are searched",
    )
    .addOption(new Option('--pkcs12 <file>', 'a software certificate instead of a token').conflicts('module'))
    .option('--serial <serial>', 'the token, by serial number')
    .option('--label <label>', 'the token, by label')
    .option('--certificate <sha256>', 'which certificate, where there are several')
    .option('--phrase <text>', "words that the agent's page shows where it asks the PIN", phrase)
    .addOption(homeFlag())
    .addOption(pinFdFlag('only where the API is on this machine'))
    .addOption(lastTryFlag())
    .addOption(jsonFlag())
    .action(enrol);
}

async function enrol(code: string, flags: EnrolFlags): Promise<void> {
  const { pkcs12 } = flags;
  const enrolment = await orSayWhy(flags, async () =>
    enrolCommand({
      ...flags,
      code,
      pkcs12: pkcs12 === undefined || isAbsolute(pkcs12) ? pkcs12 : resolve(pkcs12),
      phrase: flags.phrase ?? (await askPhrase()),
      lastTry: flags.lastTry === true,
    }),
  );
  const { deviceId, instance, unit, storage, token, signerCertificateSha256 } = enrolment;
  const key = storage === 'token' ? `token ${token.label} ${token.serial}` : 'chứng thư phần mềm';
  say(`Đã đăng ký máy cho ${unit.name} (${unit.code}), hệ thống ${instance}, ${key}.`);
  say(`Mã máy ${deviceId}`);
  if (flags.json) printJson({ deviceId, instance, unit, storage, token, signerCertificateSha256 });
}

/** Where somebody sits at a terminal; an empty line is none. */
async function askPhrase(): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  for (;;) {
    const line = await askTerminal('Câu nhận biết của bạn (hiện ở nơi nhập PIN, Enter để bỏ qua): ', true);
    const text = plain(line.toString('utf8'));
    if (text === '') return undefined;
    if (text.length <= MAX_PHRASE) return text;
  }
}

function phrase(text: string): string {
  const given = plain(text);
  if (given === '' || given.length > MAX_PHRASE)
    throw new InvalidArgumentError(`1 to ${MAX_PHRASE} characters`);
  return given;
}

function plain(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .trim();
}
