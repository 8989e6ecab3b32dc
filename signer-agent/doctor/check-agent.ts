import { openHome, readEnrolment, type Enrolment, type Home } from '../config.ts';
import { readDeviceKey } from '../device-key.ts';
import { readJournal } from '../journal.ts';
import { readSettings, type Settings } from '../settings.ts';
import { AGENT_VERSION } from '../version.ts';
import { checkLink } from './check-link.ts';
import type { LinkReport } from './report.ts';

/** What the later links need of this one; null where it could not be read. */
export type AgentState = {
  readonly home: Home | null;
  readonly settings: Settings | null;
  readonly enrolment: Enrolment | null;
};

/** The agent itself: its folder is its owner's alone, what stands in it can be read, and this machine is enrolled. */
export async function checkAgent(
  chosenHome: string | undefined,
): Promise<{ report: LinkReport; state: AgentState }> {
  let home: Home | null = null;
  let settings: Settings | null = null;
  let enrolment: Enrolment | null = null;
  const facts = [
    `phiên bản ${AGENT_VERSION}, Node ${process.versions.node}, ${process.platform} ${process.arch}`,
  ];
  const report = await checkLink(
    'agent',
    () => {
      home = openHome(chosenHome);
      settings = readSettings(home);
      readJournal(home);
      const found = readEnrolment(home);
      readDeviceKey(home, found.deviceKey);
      enrolment = found;
      return { facts: [`${found.unit.name} (${found.unit.code}), hệ thống ${found.instance}`, home.folder] };
    },
    facts,
  );
  return { report, state: { home, settings, enrolment } };
}
