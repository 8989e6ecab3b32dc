import { InvalidArgumentError, Option } from 'commander';
import { Refusal } from '#core/refusal';
import { issueCommand } from '../commands/issue.ts';
import { POLICIES, type Policy } from '../issuing/policy.ts';
import type { SecretSource } from '../issuing/secret-source.ts';
import { stopAtInterrupt } from '../terminal/stop-at-interrupt.ts';
import { homeFlag, jsonFlag, wholeNumber } from './flags.ts';
import { orSayWhy, printJson, say, type Cli, type CommonFlags } from './output.ts';

type IssueFlags = CommonFlags & {
  readonly api: string;
  readonly apiKeyFile?: string;
  readonly apiKeyFd?: number;
  readonly pinFile?: string;
  readonly pinFd?: number;
  readonly trust: string;
  readonly trustKeys: string;
  readonly policy: Policy;
  readonly requireToken?: boolean;
  readonly certificate: string[];
  readonly documentSigners?: string;
  readonly module?: string;
  readonly token: string[];
  readonly pkcs12: string[];
  readonly sessions: number;
  readonly perHour?: number;
  readonly total?: number;
  readonly healthPort?: number;
  readonly untilEmpty?: boolean;
};

export function addIssue({ program }: Cli): void {
  program
    .command('issue')
    .description("the Ministry's worker: verifies each record by itself and signs certificates with an HSM")
    .requiredOption('--api <origin>', 'of the signing API')
    .option('--api-key-file <file>', 'key of a `ministry` account; mode 0600')
    .option('--api-key-fd <number>', 'the same, from a descriptor of a file', wholeNumber)
    .requiredOption('--trust <file>', 'trust list (trust.json); read again when it changes')
    .requiredOption('--trust-keys <file>', 'pinned keys of the trust list')
    .addOption(
      new Option('--policy <who>', 'whose signatures a record needs').choices(POLICIES).makeOptionMandatory(),
    )
    .option('--require-token', 'refuse records signed with a key in software')
    .option('--certificate <file>', "a document signer's, DER or PEM; may be repeated", append, [])
    .option('--document-signers <file>', 'the signed list: every key of it that the HSM has')
    .option('--module <path>', "absolute path of the HSM's PKCS#11 driver")
    .option(
      '--token <name>',
      'serial number or label; may be repeated; all that it shows, if not given',
      append,
      [],
    )
    .option('--pkcs12 <file>', 'without an HSM: a key in software, one for each --certificate', append, [])
    .option('--pin-file <file>', 'mode 0600, or a credential of the service manager; read at each login')
    .option('--pin-fd <number>', 'a descriptor of such a file', wholeNumber)
    .option('--sessions <number>', 'with each key, in processes of their own', sessions, 2)
    .option('--per-hour <number>', 'certificates of a key in an hour', count)
    .option('--total <number>', 'certificates of a key in all', count)
    .option('--health-port <number>', 'serve /health on 127.0.0.1; 0 for any', wholeNumber16)
    .option('--until-empty', 'end when nothing waits')
    .addOption(homeFlag())
    .addOption(jsonFlag())
    .action(issue);
}

async function issue(flags: IssueFlags): Promise<void> {
  const { stop, listen, end } = stopAtInterrupt();
  listen();
  try {
    await orSayWhy(flags, () =>
      issueCommand({
        ...flags,
        home: flags.home,
        apiKey: sourceOf('--api-key', flags.apiKeyFile, flags.apiKeyFd),
        pin: sourceOf('--pin', flags.pinFile, flags.pinFd),
        requireToken: flags.requireToken === true,
        certificates: flags.certificate,
        tokens: flags.token,
        limits: { perHour: flags.perHour, total: flags.total },
        healthPort: flags.healthPort ?? null,
        untilEmpty: flags.untilEmpty === true,
        stop,
        onReady: (healthPort) => {
          say(readyText(healthPort));
          if (flags.json) printJson({ ready: true, pid: process.pid, healthPort });
        },
        onRefused: (certificateId, { code, detail }) => say(`${certificateId}: ${code} ${detail ?? ''}`),
      }),
    );
  } finally {
    end();
  }
}

function readyText(healthPort: number | null): string {
  const health = healthPort === null ? '' : ` Tình trạng: http://127.0.0.1:${healthPort}/health`;
  return `Đang cấp chứng nhận.${health}`;
}

/** @throws Refusal CONFIG_INVALID */
function sourceOf(flag: string, file: string | undefined, fd: number | undefined): SecretSource {
  if (file !== undefined && fd === undefined) return { file };
  if (fd !== undefined && file === undefined) return { fd };
  throw new Refusal('CONFIG_INVALID', { detail: `either ${flag}-file or ${flag}-fd` });
}

function append(value: string, before: string[]): string[] {
  return [...before, value];
}

const sessions = (text: string) => within(text, 1, 64);
const count = (text: string) => within(text, 1, 1_000_000_000);
const wholeNumber16 = (text: string) => within(text, 0, 65_535);

function within(text: string, least: number, most: number): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : -1;
  if (number < least || number > most) throw new InvalidArgumentError(`a number from ${least} to ${most}`);
  return number;
}
