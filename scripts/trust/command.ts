import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { isRefusal, type RefusalCode } from '#core/refusal';
import { refusalTexts } from '#core/refusal-texts';
import { parseTrustKeys, type TrustKeys } from '#core/sign/trust-list';
import { EXIT } from '#verifier/cli/exit-code';
import { parseTime } from '#verifier/cli/parse-time';
import { nodeCrypto } from '#verifier/crypto-node';
import { readTrust } from '#verifier/trust/read-trust';
import { makeTrust } from './make.ts';
import { showTrust } from './show.ts';
import { readTrustKey, signTrust } from './sign.ts';
import { readFile, readTrustFile, replaceFile } from './trust-file.ts';

export type Output = { readonly out: (text: string) => void; readonly err: (text: string) => void };

const terminal: Output = {
  out: (text) => void process.stdout.write(text + '\n'),
  err: (text) => void process.stderr.write(text + '\n'),
};

/**
 * `kyso trust make | sign | show | verify`, for those who keep the trust list (docs/trust.md).
 * @returns the exit code, as of `kyso verify`: 0 done or good, 1 refused, 2 usage or unreadable, 3 too old or not to be judged
 */
export async function trustCommand(argv: readonly string[], output: Output = terminal): Promise<number> {
  let exitCode: number = EXIT.valid;
  const command = describe(output, (code) => (exitCode = code));
  try {
    await command.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.unreadable;
    if (!isRefusal(error)) throw error;
    output.err(sentence(error.code));
    for (const { at, code } of error.faults) output.err(`  ${at}: ${code}`);
    if (error.faults.length === 0 && error.detail) output.err(`  ${error.detail}`);
    return error.code === 'SOURCE_UNREADABLE' ? EXIT.unreadable : EXIT.invalid;
  }
}

type MakeOptions = { readonly out: string; readonly previous?: string };
type SignOptions = { readonly key: string; readonly trustKeys?: string; readonly out?: string };
type ShowOptions = { readonly trustKeys?: string; readonly at?: Date };
type VerifyOptions = { readonly trustKeys: string; readonly at?: Date; readonly above?: number };

function describe(output: Output, end: (code: number) => void): Command {
  const command = new Command('kyso trust').description('Danh sách tin cậy · the trust list, offline');
  const part = (name: string) =>
    command
      .command(name)
      .exitOverride()
      .configureOutput({
        writeOut: (text) => output.out(text.trimEnd()),
        writeErr: (text) => output.err(text.trimEnd()),
      });
  part('make <description>')
    .description('the bytes to be signed, from a JSON description; all faults at once')
    .requiredOption('--out <file>', 'where to write them')
    .option('--previous <file>', 'the list before: no row of it may be missing or changed, but for its end')
    .action((description: string, { out, previous }: MakeOptions) => {
      replaceFile(out, makeTrust(description, previous ?? null));
      output.out(showTrust(readTrustFile(out), null, new Date()));
    });
  part('sign <file>')
    .description('add one signature to what `make` wrote, or to what others signed')
    .requiredOption('--key <file>', 'P-256 private key, PEM, readable by nobody else')
    .option('--trust-keys <file>', 'the pins: a key that is not among them is refused')
    .option('--out <file>', 'the signed list; FILE itself, if not given')
    .action((file: string, { key, trustKeys, out }: SignOptions) => {
      const pins = readPins(trustKeys);
      const target = out ?? file;
      replaceFile(target, signTrust(readTrustFile(file), readTrustKey(key), pins));
      output.out(showTrust(readTrustFile(target), pins, new Date()));
    });
  part('show <file>')
    .description('what stands in it, and who signed')
    .option('--trust-keys <file>', 'the pins')
    .option('--at <time>', 'the time that ages are counted from', parseTime)
    .action((file: string, { trustKeys, at }: ShowOptions) => {
      output.out(showTrust(readTrustFile(file), readPins(trustKeys), at ?? new Date()));
    });
  part('verify <file>')
    .description('whether enough pinned keys signed it, and whether it is current')
    .requiredOption('--trust-keys <file>', 'the pins')
    .option('--above <sequence>', 'the sequence must be higher than this one', parseSequence)
    .option('--at <time>', 'judge at this time; now, if not given', parseTime)
    .action(async (file: string, options: VerifyOptions) => {
      end(await verifyTrust(file, options, output));
    });
  return command.exitOverride().configureOutput({
    writeOut: (text) => output.out(text.trimEnd()),
    writeErr: (text) => output.err(text.trimEnd()),
  });
}

async function verifyTrust(file: string, { trustKeys, at, above }: VerifyOptions, { out }: Output) {
  const highestSequenceSeen = above === undefined ? 0 : above + 1;
  const { trust, findings } = await readTrust({
    envelopeBytes: readFile(file),
    pins: readPins(trustKeys),
    at: at ?? new Date(),
    highestSequenceSeen,
    crypto: nodeCrypto,
  });
  for (const { code, detail } of findings) out(`${sentence(code)}${detail ? `\n  ${detail}` : ''}`);
  if (findings.some(({ code }) => code !== 'TRUST_STALE')) return EXIT.invalid;
  if (findings.length > 0) return EXIT.undetermined;
  out(`${file}: HỢP LỆ · Valid (${trust?.list.instance ?? ''}, ${trust?.list.sequence ?? ''})`);
  return EXIT.valid;
}

function parseSequence(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('a sequence is a number');
  return Number(text);
}

function readPins(path: string | undefined): TrustKeys | null {
  return path === undefined ? null : parseTrustKeys(readFile(path));
}

function sentence(code: RefusalCode): string {
  return `${code}: ${refusalTexts[code].vi} · ${refusalTexts[code].en}`;
}
