import { instant } from '#core/dates';
import { AGENT_VERSION } from '../version.ts';
import { checkAgent } from './check-agent.ts';
import { checkCertificate } from './check-certificate.ts';
import { checkClock } from './check-clock.ts';
import { checkDriver } from './check-driver.ts';
import { checkRevocation } from './check-revocation.ts';
import { checkServer } from './check-server.ts';
import { checkToken } from './check-token.ts';
import { isBroken, LINKS, notRun, type CheckReport, type LinkReport } from './report.ts';
import { supportCode } from './support-code.ts';

export type CheckOptions = {
  readonly home?: string | undefined;
  /** absolute path of a driver to check instead of the enrolled one */
  readonly module?: string | undefined;
  readonly now?: () => Date;
};

/**
 * Checks this machine for signing: agent, driver, token, certificate, clock, server, revocation. A link that hangs on a broken one is not
 * run. Needs no PIN and changes nothing; what is broken is in the report, not thrown.
 */
export async function runChecks({
  home,
  module,
  now = () => new Date(),
}: CheckOptions): Promise<CheckReport> {
  const agent = await checkAgent(home);
  const { enrolment, settings } = agent.state;
  const driver = await checkDriver(agent.state, module);
  const token = driver.shown ? await checkToken(driver.shown, enrolment) : null;
  const server = enrolment ? await checkServer(enrolment) : null;
  const clock = server?.time ? await checkClock(server.time, now()) : notRun('clock');
  // by a wrong clock a good certificate has expired, and its owner would be told to renew it
  const judgedAt = isBroken(clock) && server?.time ? server.time : now();
  const certificate =
    enrolment && token?.token
      ? await checkCertificate(enrolment, token.token, judgedAt)
      : notRun('certificate');
  const canAsk = ![certificate, clock, server?.report ?? notRun('server')].some(
    (link) => isBroken(link) || link.state === 'not-run',
  );
  const revocation =
    enrolment && settings && token?.token && canAsk
      ? await checkRevocation(enrolment, settings, token.token, now())
      : notRun('revocation');
  return reportOf(
    [
      agent.report,
      driver.report,
      token?.report ?? notRun('token'),
      certificate,
      clock,
      server?.report ?? notRun('server'),
      revocation,
    ],
    now(),
  );
}

function reportOf(links: readonly LinkReport[], at: Date): CheckReport {
  const nodeMajor = Number(process.versions.node.split('.')[0]);
  return {
    at: instant(at),
    links,
    firstBroken:
      LINKS.find((link) => links.some((report) => report.link === link && isBroken(report))) ?? null,
    supportCode: supportCode(AGENT_VERSION, nodeMajor, links),
  };
}
