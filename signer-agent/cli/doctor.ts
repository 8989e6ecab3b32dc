import { InvalidArgumentError, Option } from 'commander';
import { linkNames, reportText } from '../doctor/texts.ts';
import { runChecks } from '../doctor/run-checks.ts';
import { LINKS } from '../doctor/report.ts';
import { readSupportCode, type SupportFacts } from '../doctor/support-code.ts';
import { EXIT } from '../exit-codes.ts';
import { homeFlag, jsonFlag } from './flags.ts';
import { answer, orSayWhy, printJson, type Cli, type CommonFlags } from './output.ts';

type DoctorFlags = CommonFlags & { readonly module?: string; readonly explain?: SupportFacts };

export function addDoctor({ program, endWith }: Cli): void {
  program
    .command('doctor')
    .description(
      'checks this machine: agent, driver, token, certificate, clock, server, revocation; needs no PIN',
    )
    .option('--module <path>', 'absolute path of a PKCS#11 driver to check instead of the enrolled one')
    .addOption(new Option('--explain <code>', 'tells what a support code says').argParser(explained))
    .addOption(homeFlag())
    .addOption(jsonFlag())
    .action(async (flags: DoctorFlags) => {
      if (flags.explain) return explain(flags.explain, flags);
      const report = await orSayWhy(flags, () => runChecks({ home: flags.home, module: flags.module }));
      if (flags.json) printJson(report);
      else answer(reportText(report));
      if (report.firstBroken !== null) endWith(EXIT.refused);
    });
}

function explain(facts: SupportFacts, { json }: CommonFlags): void {
  if (json) return printJson(facts);
  const outcomes = LINKS.map((link) => `${linkNames[link].vi.padEnd(16)} ${facts.outcomes[link]}`);
  answer([`kyso-agent ${facts.agentVersion}, Node ${facts.nodeMajor}`, ...outcomes].join('\n'));
}

function explained(text: string): SupportFacts {
  const facts = readSupportCode(text);
  if (!facts) throw new InvalidArgumentError('not a support code: misheard, mistyped, or of a later agent');
  return facts;
}
